//! The official clients, unmodified, against a running server: a script a client in `tests/clients` calls every method that the
//! client has and checks values and errors.
//!
//! `cargo xtask clients` installs them into `target/clients`; `cargo xtask test` does so before the tests.

pub mod installed;
mod world;

use std::process::Command;

use keyferry_test_support::backends;

use crate::harness::run_to_end;
use world::World;

/// Runs a client's script on every backend; it must end well and have made this many checks.
async fn all_methods(checks: u32, script: impl Fn() -> Command) {
    for backend in backends() {
        let world = World::new(backend).await;
        let mut command = script();
        world.tell(&mut command);
        let ended = run_to_end(command).await;
        assert!(ended.status.success(), "{backend:?}: {}{}", ended.stdout, ended.stderr);
        let said = ended.stdout.lines().last().unwrap_or_default();
        assert_eq!(said, format!("checks: {checks}"), "{backend:?}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_infisicalsdk() {
    all_methods(164, || installed::python("infisicalsdk.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_infisical_python() {
    all_methods(31, || installed::python("infisical_python.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_sdk_newest() {
    all_methods(98, || installed::node("5")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_sdk_4() {
    all_methods(98, || installed::node("4")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_infisical() {
    all_methods(27, installed::rust).await;
}
