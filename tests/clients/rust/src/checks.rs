//! The world that the test has made, and checks that are counted.

use std::fmt::Debug;

use infisical::InfisicalError;

/// A value of the world, from the environment.
pub fn given(name: &str) -> String {
    std::env::var(format!("KEYFERRY_CLIENTS_{name}")).unwrap_or_else(|_| panic!("KEYFERRY_CLIENTS_{name} is not set"))
}

/// Counts what was checked; the first difference ends the program.
#[derive(Default)]
pub struct Checks(usize);

impl Checks {
    pub fn equal<T: PartialEq<U> + Debug, U: Debug>(&mut self, actual: T, expected: U, what: &str) {
        self.0 += 1;
        assert!(actual == expected, "{what}: expected {expected:?}, got {actual:?}");
    }

    pub fn that(&mut self, condition: bool, what: &str) {
        self.equal(condition, true, what);
    }

    /// The server's refusal, and no answer that could not be read.
    pub fn refused<T: Debug>(&mut self, answer: Result<T, InfisicalError>, status: u16, text: &str, what: &str) {
        self.0 += 1;
        match answer {
            Err(InfisicalError::HttpError { status: found, message }) if found.as_u16() == status && message.contains(text) => {}
            other => panic!("{what}: expected {status} with {text:?}, got {other:?}"),
        }
    }

    pub fn done(self) {
        println!("checks: {}", self.0);
    }
}
