//! Ends a server under test at a chosen step of a run, as `kill -9` would. Debug builds only.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use keyferry_domain::steps::Steps;
use rustix::process::{Signal, getpid, kill_process};

/// Names a file with the step to end at, such as `call_answered:3` for the third time it is reached. Without the file, or with
/// nothing in it, the server goes on.
pub const KILL_FILE: &str = "KEYFERRY_TEST_KILL_FILE";

/// Watches the steps if the environment asks for it.
pub fn from_environment() -> Steps {
    let Some(file) = std::env::var_os(KILL_FILE).map(PathBuf::from) else { return Steps::default() };
    let reached = Mutex::new((String::new(), 0_u32));
    Steps::watched_by(move |step| {
        let Ok(wanted) = std::fs::read_to_string(&file) else { return };
        let (name, nth) = wanted.trim().split_once(':').unwrap_or((wanted.trim(), "1"));
        if name != step.as_str() {
            return;
        }
        let mut reached = reached.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.0 != wanted {
            *reached = (wanted.clone(), 0);
        }
        reached.1 += 1;
        if nth.parse() == Ok(reached.1) {
            kill_process(getpid(), Signal::KILL).ok();
            // The signal may reach another thread first; this one goes no further.
            loop {
                std::thread::park();
            }
        }
    })
}
