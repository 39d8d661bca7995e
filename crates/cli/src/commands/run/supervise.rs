//! Waiting for the command: signals are passed on to it, its end is ours.
//!
//! It stays in our process group, so that the terminal treats both alike (Ctrl-C, Ctrl-Z, the loss of the terminal). What the kernel
//! sends for a terminal has reached the whole group, and is not passed on: the command would get it twice. What another process
//! sends to us alone is. A signal that was ignored when we were started (`nohup`) stays ignored for both.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

use super::child::{self, NotStarted};
use super::environment::Environment;
use crate::terminal::tell;

/// Signals that are passed on.
const PASSED_ON: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH];
/// Those that ask for the end; SIGHUP often means to read the settings again.
const ENDING: &[i32] = &[SIGINT, SIGQUIT, SIGTERM];
/// How long a command may take to end before it is started again.
const GRACE: Duration = Duration::from_secs(10);

/// What happens while the command runs.
pub enum Event {
    /// A signal came.
    Signal(Origin),
    /// The secrets changed.
    Changed(Environment),
}

/// Catches signals from its beginning on.
pub struct Supervisor {
    events: Receiver<Event>,
}

impl Supervisor {
    /// Begins to catch signals; those that come before the command is started are passed on then.
    pub fn begin(sender: Sender<Event>, events: Receiver<Event>) -> anyhow::Result<Self> {
        let ignored = ignored();
        let caught = PASSED_ON.iter().copied().filter(|signal| !is_in(ignored, *signal)).chain([SIGCHLD]);
        let mut signals = SignalsInfo::<WithOrigin>::new(caught).context("cannot catch signals")?;
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for origin in signals.forever() {
                if sender.send(Event::Signal(origin)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { events })
    }

    /// Runs the command to its end; answers its exit code.
    pub fn run(self, program: &[OsString], environment: Environment) -> anyhow::Result<ExitCode> {
        let mut child = match child::start(program, &environment) {
            Ok(child) => child,
            Err(NotStarted(code)) => return Ok(code),
        };
        drop(environment);
        let mut next: Option<(Environment, Instant)> = None;
        let mut is_ending = false;
        loop {
            match self.event(next.as_ref().map(|(_, deadline)| *deadline)) {
                Some(Event::Signal(origin)) if origin.signal != SIGCHLD => {
                    is_ending |= ENDING.contains(&origin.signal);
                    if !is_from_terminal(&origin)
                        && let Some(signal) = Signal::from_named_raw(origin.signal)
                    {
                        kill_process(child, signal).ok();
                    }
                }
                Some(Event::Signal(_)) => {}
                Some(Event::Changed(_)) if is_ending => {}
                Some(Event::Changed(environment)) => {
                    tell("the secrets changed; starting the command again");
                    environment.warn();
                    kill_process(child, Signal::TERM).ok();
                    next = Some((environment, Instant::now() + GRACE));
                }
                None => {
                    kill_process(child, Signal::KILL).ok();
                    next = next.map(|(environment, _)| (environment, Instant::now() + GRACE));
                }
            }
            // After each event, not only SIGCHLD: many signals at once may displace one another.
            let Some(status) = reap(child) else { continue };
            match next.take() {
                Some((environment, _)) if !is_ending => match child::start(program, &environment) {
                    Ok(started) => child = started,
                    Err(NotStarted(code)) => return Ok(code),
                },
                _ => return Ok(ExitCode::from(code(status))),
            }
        }
    }

    /// The next event; `None` at the deadline.
    fn event(&self, deadline: Option<Instant>) -> Option<Event> {
        let Some(deadline) = deadline else { return self.events.recv().ok() };
        self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }
}

/// Collects every child that has ended, also those that a container's first process is given; answers how the command ended.
fn reap(command: Pid) -> Option<WaitStatus> {
    let mut ended = None;
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == command && (status.exited() || status.signaled()) => ended = Some(status),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) | Err(_) => return ended,
        }
    }
}

/// As a shell would say it.
fn code(status: WaitStatus) -> u8 {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(1)
}

/// Whether the kernel sent it to the terminal's whole group.
fn is_from_terminal(origin: &Origin) -> bool {
    match origin.cause {
        Cause::Kernel => true,
        // Systems that do not say.
        Cause::Unknown => origin.signal == SIGWINCH || (origin.process.is_none() && is_foreground()),
        _ => false,
    }
}

fn is_foreground() -> bool {
    let group = rustix::termios::tcgetpgrp(std::io::stdin());
    group.is_ok_and(|group| group == rustix::process::getpgrp())
}

/// The signals this process was told to ignore by whoever started it, one bit each; none where the system does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    mask(&status)
}

fn mask(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

fn is_in(mask: u64, signal: i32) -> bool {
    signal > 0 && (mask >> (signal - 1)) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_kernel() {
        let mask = mask("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0\n");
        assert!(is_in(mask, SIGHUP) && is_in(mask, signal_hook::consts::SIGPIPE) && !is_in(mask, SIGTERM));
    }
}
