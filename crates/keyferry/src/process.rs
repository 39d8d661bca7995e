//! What a process that holds secrets does about itself before anything else.

use std::panic::PanicHookInfo;

/// Keeps the process's memory out of core dumps and away from other processes of the user. A system that does not let it is no
/// reason not to start: it loses a second line of defence.
pub fn harden() {
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(rustix::process::Resource::Core, none).ok();
    hide();
}

/// The part of [`harden`] that the commands a process runs do not inherit.
pub fn hide() {
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).ok();
}

/// From now on a panic says where it happened, and nothing of what it was told: that may hold a secret.
#[expect(clippy::print_stderr, reason = "before the log begins there is no other place")]
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let line = line(info);
        if tracing::dispatcher::has_been_set() {
            tracing::error!("{line}");
        } else {
            eprintln!("keyferry: {line}");
        }
    }));
}

fn line(info: &PanicHookInfo<'_>) -> String {
    let at = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    format!("a defect ended a task at {at}; what it said is left out, as it may hold a secret")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn e4_a_panic_tells_its_place_and_not_its_words() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| sink.lock().unwrap().push(line(info))));
        let secret = "canary-in-a-panic";
        let ended = std::panic::catch_unwind(|| panic!("the value is {secret}"));
        std::panic::set_hook(before);
        assert!(ended.is_err());
        let told = told.lock().unwrap().join("\n");
        assert!(told.contains("process.rs:") && !told.contains("canary"), "{told}");
    }

    #[test]
    fn d7_no_core_is_dumped() {
        harden();
        let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
