//! Runs the tests of the workspace, and those few that failed once more, alone.
//!
//! A suite that starts real processes, browsers and databases meets a machine's bad moment now and then. A test that fails and
//! then passes alone is named as unstable at the end, where nobody overlooks it: it is a defect to mend, not a lost afternoon
//! for whoever changed something else. More than [`MOST_REPEATED`] failures are no bad moment and fail at once.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::say;

/// How many failed tests get a second try.
const MOST_REPEATED: usize = 3;

/// Runs the `cargo test` command that `make` makes; it must not have arguments after `--` yet.
///
/// # Errors
/// When something does not build, or tests fail twice, or more than a few fail.
pub fn run(make: impl Fn() -> Command) -> anyhow::Result<()> {
    let mut first = make();
    first.arg("--no-fail-fast");
    let outcome = watch(&mut first)?;
    if outcome.succeeded {
        return Ok(());
    }
    let failed = outcome.failed;
    if failed.is_empty() || failed.len() > MOST_REPEATED {
        bail!("{} tests failed: {}", failed.len(), list(&failed));
    }
    say(format_args!("once more, alone: {}", list(&failed)));
    let mut second = make();
    second.args(["--no-fail-fast", "--", "--exact", "--test-threads=1"]).args(&failed);
    let outcome = watch(&mut second)?;
    if !outcome.succeeded || outcome.passed < failed.len() {
        bail!("tests failed twice: {}", list(&failed));
    }
    say(format_args!("UNSTABLE, failed and then passed alone: {}", list(&failed)));
    Ok(())
}

/// What a run of `cargo test` said.
struct Outcome {
    succeeded: bool,
    failed: BTreeSet<String>,
    passed: usize,
}

/// Runs a command, shows what it says, and notes which tests failed and how many passed.
fn watch(command: &mut Command) -> anyhow::Result<Outcome> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut outcome = Outcome { succeeded: false, failed: BTreeSet::new(), passed: 0 };
    let mut shown = std::io::stdout().lock();
    for line in BufReader::new(child.stdout.take().context("cargo's output")?).split(b'\n') {
        let line = line?;
        shown.write_all(&line)?;
        shown.write_all(b"\n")?;
        note(&String::from_utf8_lossy(&line), &mut outcome);
    }
    drop(shown);
    outcome.succeeded = child.wait()?.success();
    Ok(outcome)
}

/// Reads one line of the test harness: `test <name> ... ok` or `… FAILED`.
fn note(line: &str, outcome: &mut Outcome) {
    let Some((name, verdict)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) else { return };
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    match verdict.trim() {
        "ok" => outcome.passed += 1,
        "FAILED" => drop(outcome.failed.insert(name.to_owned())),
        _ => {}
    }
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_harness_are_told_apart() {
        let mut outcome = Outcome { succeeded: false, failed: BTreeSet::new(), passed: 0 };
        for line in [
            "running 4 tests",
            "test a::good ... ok",
            "test a::bad ... FAILED",
            "test b::dies - should panic ... ok",
            "test c::later ... ignored",
            "test result: FAILED. 2 passed; 1 failed; 1 ignored",
        ] {
            note(line, &mut outcome);
        }
        assert_eq!(outcome.passed, 2);
        assert_eq!(outcome.failed, BTreeSet::from(["a::bad".to_owned()]));
    }
}
