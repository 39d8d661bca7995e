//! `keyferry run`: the command ends as it would by itself, and hears every signal once.

use std::fmt::Write as _;

use keyferry_test_support::{canary, eventually};
use rustix::process::Signal;

use super::{Person, Running, is_alive};
use crate::harness::run_to_end;

/// Counts the signals it hears; TERM ends it with 7.
const LISTENER: &str = "for s in HUP INT QUIT USR1 USR2 WINCH; do trap \"echo heard-$s\" $s; done; trap 'echo heard-TERM; exit 7' TERM; \
                        echo ready $$; while :; do sleep 0.05; done";

fn listener(person: &Person) -> Running {
    Running::start(person.undisturbed(&["run", "--", "sh", "-c", LISTENER]))
}

/// The number behind `ready`.
async fn child(running: &Running) -> String {
    running.says("ready").await.split_once(' ').unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_reach_the_command_once_and_its_exit_code_is_ours() {
    let person = Person::signed_in().await;
    let running = listener(&person);
    let child = child(&running).await;
    let signals = [
        (Signal::HUP, "HUP"),
        (Signal::INT, "INT"),
        (Signal::QUIT, "QUIT"),
        (Signal::USR1, "USR1"),
        (Signal::USR2, "USR2"),
        (Signal::WINCH, "WINCH"),
    ];
    for (signal, name) in signals {
        running.signal(signal);
        running.says(&format!("heard-{name}")).await;
    }
    running.signal(Signal::TERM);
    let (status, said) = running.ended().await;
    assert_eq!(status.code(), Some(7), "{said}");
    for (_, name) in signals.iter().chain(&[(Signal::TERM, "TERM")]) {
        assert_eq!(said.matches(&format!("heard-{name}\n")).count(), 1, "{said}");
    }
    assert!(!is_alive(&child), "the command is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_are_those_of_a_shell() {
    let person = Person::signed_in().await;
    let shell = |line: &'static str| ["run", "--", "sh", "-c", line];
    let file = person.directory().join("not-executable");
    std::fs::write(&file, "#!/bin/sh\n").unwrap();
    let cases: &[(&[&str], i32)] = &[
        (&["run", "--", "true"], 0),
        (&shell("exit 3"), 3),
        (&shell("exit 255"), 255),
        (&shell("kill -KILL $$"), 137),
        (&shell("kill -TERM $$"), 143),
        (&shell("kill -INT $$"), 130),
        (&shell("kill -SEGV $$"), 139),
        (&["run", "--command", "false || exit 9"], 9),
        (&["run", "--", "no-such-command-anywhere"], 127),
        (&["run", "--", "./not-executable"], 126),
        (&["run", "--", "/"], 126),
        (&["run"], 2),
        (&["run", "--command", "true", "--", "true"], 2),
        (&["run", "--env", "nowhere", "--", "true"], 1),
    ];
    for (arguments, code) in cases {
        let ended = run_to_end(person.undisturbed(arguments)).await;
        assert_eq!(ended.status.code(), Some(*code), "{arguments:?}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_killed_by_a_signal_ends_us_with_128_and_its_number() {
    let person = Person::signed_in().await;
    for (signal, code) in [(Signal::KILL, 137), (Signal::USR1, 138), (Signal::TERM, 143)] {
        let running = Running::start(person.undisturbed(&["run", "--", "sh", "-c", "echo ready $$; exec sleep 600"]));
        let child = child(&running).await;
        let pid = rustix::process::Pid::from_raw(child.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        let (status, said) = running.ended().await;
        assert_eq!(status.code(), Some(code), "{said}");
    }
    // A signal to us, which the command does not handle.
    let running = Running::start(person.undisturbed(&["run", "--", "sh", "-c", "echo ready $$; exec sleep 600"]));
    let child = child(&running).await;
    running.signal(Signal::INT);
    assert_eq!(running.ended().await.0.code(), Some(130));
    assert!(!is_alive(&child));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_not_left_behind_when_we_are_killed() {
    let person = Person::signed_in().await;
    let running = listener(&person);
    let child = child(&running).await;
    assert!(is_alive(&child));
    running.signal(Signal::KILL);
    running.says("heard-TERM").await;
    eventually("the command ends", async || (!is_alive(&child)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_was_ignored_stays_ignored() {
    let person = Person::signed_in().await;
    let program = person.command(&[]).get_program().to_owned();
    let mut command = std::process::Command::new("env");
    person.prepare(&mut command);
    command.args(["--default-signal", "--ignore-signal=HUP"]).arg(program).args(["run", "--", "sh", "-c", LISTENER]);
    let running = Running::start(command);
    let child = child(&running).await;
    running.signal(Signal::HUP);
    running.signal(Signal::USR1);
    running.says("heard-USR1").await;
    assert!(is_alive(&child));
    running.signal(Signal::TERM);
    let (status, said) = running.ended().await;
    assert_eq!(status.code(), Some(7));
    assert!(!said.contains("heard-HUP"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_the_environment_and_nowhere_else() {
    let person = Person::signed_in().await;
    let value = canary("value");
    let lines = format!("{value}\n\"two\" ünd 🔑\n");
    let pairs = [("KEY", value.as_str()), ("LINES", &lines), ("CALLER", "secret wins"), ("PATH", "/nowhere"), ("EMPTY", "")];
    person.journey.put(&pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))).await;
    assert_eq!(person.done(&["run", "--", "printenv", "LINES"]).await, format!("{lines}\n"));
    let script = "echo \"$CALLER|${EMPTY-unset}|${KEYFERRY_TOKEN-unset}|${INFISICAL_TOKEN-unset}|$OWN|$PATH\"";
    let token = token(&person).await;
    let with_token = |more: &[&str]| {
        let url = person.server.url();
        let (begin, end) = (["run", "--server", &url], ["--", "sh", "-c", script]);
        let mut command = person.command(&[&begin[..], more, &end[..]].concat());
        command.env("KEYFERRY_TOKEN", &token).env("CALLER", "caller").env("OWN", "kept").env("PATH", "/usr/bin:/bin");
        command
    };
    let ended = run_to_end(with_token(&[])).await;
    assert_eq!(ended.stdout, "secret wins||unset|unset|kept|/usr/bin:/bin\n", "{}", ended.stderr);
    assert!(ended.stderr.contains("PATH"), "the reserved name is told: {}", ended.stderr);
    let kept = run_to_end(with_token(&["--keep-token"])).await;
    assert_eq!(kept.stdout, format!("secret wins||{token}|unset|kept|/usr/bin:/bin\n"));

    // Nobody sees a value in the list of processes, and the command line is the command's own.
    let running = Running::start(person.undisturbed(&["run", "--", "sh", "-c", "echo ready $$; exec sleep 600"]));
    let child = child(&running).await;
    let mut lines = String::new();
    for pid in [running.pid().as_raw_nonzero().to_string(), child.trim().to_owned()] {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        writeln!(lines, "{}", String::from_utf8_lossy(&line)).unwrap();
    }
    assert!(lines.contains("sleep") && !lines.contains(&value) && !lines.contains(&token), "{lines}");
    running.signal(Signal::TERM);
    assert_eq!(running.ended().await.0.code(), Some(143));
}

async fn token(person: &Person) -> String {
    let login = ["login", "--plain", "--server", &person.server.url(), "--email", "ann@example.com"];
    person.typed(&login, &person.journey.password).await.stdout.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_starts_the_command_again() {
    let person = Person::signed_in().await;
    person.journey.put(&[("KEY".to_owned(), "first".to_owned())]).await;
    let script = "trap 'echo stopping; exit 0' TERM; echo \"began with $KEY\"; while :; do sleep 0.05; done";
    let running = Running::start(person.undisturbed(&["run", "--watch", "--watch-interval", "1", "--", "sh", "-c", script]));
    running.says("began with first").await;
    person.journey.put(&[("KEY".to_owned(), "second".to_owned())]).await;
    running.says("began with second").await;
    running.signal(Signal::TERM);
    let (status, said) = running.ended().await;
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(said.matches("began with").count(), 2, "{said}");
    assert_eq!(said.matches("stopping").count(), 2, "{said}");
}
