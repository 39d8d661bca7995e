//! The database: reachable, right schema, sound, right key; the clock against it; jobs and syncs.

use keyferry_db::Db;
use keyferry_domain::diagnostics::{self, Findings};
use keyferry_domain::{Clock as _, SystemClock, installation};

use super::finding::Finding;
use crate::commands::database;
use crate::config::Config;
use crate::server::root_key;

/// How far the clock may be behind the newest audit row.
const CLOCK_SLACK_MS: i64 = 60_000;
/// No release is older: a clock before 2026 is wrong.
const OLDEST_NOW_MS: i64 = 1_767_225_600_000;

/// Checks the database; the second part is how many syncs there are.
pub async fn check(config: &Config) -> (Vec<Finding>, u64) {
    let db = match database::open_existing(config).await {
        Ok(db) => db,
        Err(error) => {
            let advice = "check that the database runs, and database_url";
            return (vec![Finding::fail("database", format!("{error:#}"), advice)], 0);
        }
    };
    let mut findings = vec![Finding::ok("database", format!("{:?} answers", db.backend()))];
    let mut syncs = 0;
    if let Some(schema) = schema(&db).await {
        let is_current = schema.state == super::State::Ok;
        findings.push(schema);
        findings.extend(soundness(&db).await);
        if is_current {
            findings.push(key(config, &db).await);
            let now_ms = SystemClock.now_ms();
            match diagnostics::inspect(&db, now_ms).await {
                Ok(found) => {
                    syncs = found.syncs;
                    findings.extend(from_rows(&found, now_ms));
                }
                Err(error) => findings.push(unreadable("jobs and syncs", &error)),
            }
        }
    } else {
        findings.push(Finding::warn("schema", "the database is empty", "start the server, or restore a backup"));
    }
    db.close().await;
    (findings, syncs)
}

fn unreadable(check: &'static str, error: &dyn std::fmt::Display) -> Finding {
    Finding::fail(check, error.to_string(), "look at the database's own log")
}

async fn schema(db: &Db) -> Option<Finding> {
    const CHECK: &str = "schema";
    let level = match db.schema_level().await {
        Ok(level) => level?,
        Err(error) => return Some(unreadable(CHECK, &error)),
    };
    Some(match (db.knows_schema().await, db.is_migrated().await) {
        (Ok(true), Ok(true)) => Finding::ok(CHECK, format!("up to date ({level})")),
        (Ok(true), Ok(false)) => Finding::fail(
            CHECK,
            format!("older than this program ({level})"),
            "make a backup with the version that wrote it, then start this version: it migrates at its start",
        ),
        (Ok(false), _) => {
            Finding::fail(CHECK, format!("newer than this program ({level})"), "use the version of Keyferry that wrote it")
        }
        (Err(error), _) | (_, Err(error)) => unreadable(CHECK, &error),
    })
}

async fn soundness(db: &Db) -> Option<Finding> {
    const CHECK: &str = "integrity";
    match db.structural_faults().await {
        Ok(None) => None,
        Ok(Some(faults)) if faults.is_empty() => Some(Finding::ok(CHECK, "quick_check finds no fault")),
        Ok(Some(faults)) => Some(Finding::fail(
            CHECK,
            faults.join("; "),
            "stop the server, keep a copy of the files, and restore the last backup; check the disk",
        )),
        Err(error) => Some(unreadable(CHECK, &error)),
    }
}

async fn key(config: &Config, db: &Db) -> Finding {
    const CHECK: &str = "root key fits";
    let needed = match installation::root_key_fingerprint(db).await {
        Ok(Some(needed)) => needed,
        Ok(None) => return Finding::ok(CHECK, "the database is not in use yet"),
        Err(error) => return unreadable(CHECK, &error),
    };
    let advice = format!("put the key with the fingerprint {needed} in place");
    let Ok(given) = root_key::find(config, Some(&needed)) else {
        return Finding::fail(CHECK, format!("the database needs the key with the fingerprint {needed}"), advice);
    };
    let fingerprint = given.fingerprint();
    if fingerprint != needed {
        return Finding::fail(CHECK, format!("needed is {needed}, given is {fingerprint}"), advice);
    }
    match diagnostics::opens(db, given).await {
        Ok(Some(false)) => Finding::fail(
            CHECK,
            "the key is the right one, but what it protects does not open: the settings row is damaged",
            "restore the last backup",
        ),
        Ok(_) => Finding::ok(CHECK, "it opens this database"),
        Err(error) => unreadable(CHECK, &error),
    }
}

fn from_rows(found: &Findings, now_ms: i64) -> Vec<Finding> {
    vec![clock(found, now_ms), jobs(found), syncs(found), paused(found)]
}

fn clock(found: &Findings, now_ms: i64) -> Finding {
    const CHECK: &str = "clock";
    let advice = "set the clock (NTP): tokens, schedules and the order of the audit log stand on it";
    if now_ms < OLDEST_NOW_MS {
        return Finding::fail(CHECK, "the clock is years behind", advice);
    }
    match found.newest_audit_ms {
        Some(newest) if newest > now_ms + CLOCK_SLACK_MS => {
            let seconds = (newest - now_ms) / 1000;
            Finding::fail(CHECK, format!("the newest audit row is {seconds} s in the future"), advice)
        }
        Some(newest) => Finding::ok(CHECK, format!("{} s after the newest audit row", (now_ms - newest).max(0) / 1000)),
        None => Finding::ok(CHECK, "no audit row to compare with"),
    }
}

fn jobs(found: &Findings) -> Finding {
    const CHECK: &str = "jobs";
    if found.abandoned_jobs + found.late_jobs == 0 {
        return Finding::ok(CHECK, "none is stuck");
    }
    Finding::warn(
        CHECK,
        format!("{} wait for more than five minutes, {} were left by a process that died", found.late_jobs, found.abandoned_jobs),
        "is the server running? It takes them at its start; if it runs, look for errors in its log",
    )
}

fn syncs(found: &Findings) -> Finding {
    const CHECK: &str = "syncs";
    if found.failed_syncs == 0 {
        return Finding::ok(CHECK, format!("{} in all, none failed", found.syncs));
    }
    let mut lines: Vec<String> =
        found.failures.iter().map(|failure| format!("{} ({}): {}", failure.name, failure.id, failure.message)).collect();
    let more = found.failed_syncs.saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    let retried = found.failures.iter().filter(|failure| failure.next_retry_at_ms.is_some()).count();
    let advice = match retried {
        0 => "mend what each message names, then trigger the sync".to_owned(),
        some => format!("{some} of them are tried again by themselves; for the others mend what the message names, then trigger"),
    };
    Finding::warn(CHECK, lines.join("\n"), advice)
}

fn paused(found: &Findings) -> Finding {
    const CHECK: &str = "paused syncs";
    match found.paused_syncs {
        0 => Finding::ok(CHECK, "none"),
        count => Finding::warn(
            CHECK,
            format!("{count} are paused after a restore"),
            "when the server the backup came from is stopped, trigger each sync or change it (PATCH isAutoSyncEnabled)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    fn well() -> Findings {
        Findings {
            newest_audit_ms: Some(1_772_452_800_000),
            abandoned_jobs: 0,
            late_jobs: 0,
            syncs: 2,
            paused_syncs: 0,
            failed_syncs: 0,
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_sound_installation_is_all_ok() {
        let findings = from_rows(&well(), 1_772_452_801_000);
        assert!(findings.iter().all(|finding| finding.state == State::Ok && finding.advice.is_empty()));
    }

    #[test]
    fn trouble_is_named_with_what_to_do() {
        let id = uuid::Uuid::nil();
        let failure = diagnostics::SyncFailure {
            id,
            name: "checkly-prod".to_owned(),
            message: "the key is read-only".to_owned(),
            next_retry_at_ms: None,
        };
        let found = Findings { late_jobs: 3, paused_syncs: 1, failed_syncs: 1, failures: vec![failure], ..well() };
        let findings = from_rows(&found, 1_772_452_600_000);
        let states: Vec<State> = findings.iter().map(|finding| finding.state).collect();
        assert_eq!(states, [State::Fail, State::Warn, State::Warn, State::Warn]);
        assert!(findings[0].detail.contains("200 s in the future"));
        assert!(findings[2].detail.contains("checkly-prod") && findings[2].detail.contains("read-only"));
        assert!(findings.iter().all(|finding| !finding.advice.is_empty()));
        assert_eq!(clock(&well(), 0).state, State::Fail);
    }
}
