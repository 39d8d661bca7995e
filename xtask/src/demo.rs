//! Runs the demo as a user would and checks its report.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::{cargo, say};

/// How long the demo may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// `keyferry demo --once --json`, from the dev profile.
pub fn run() -> anyhow::Result<()> {
    let program = cargo::target_debug().join("keyferry");
    let mut command = Command::new(&program);
    command.args(["demo", "--once", "--json"]).stdin(Stdio::null()).stdout(Stdio::piped());
    cargo::without_settings(&mut command);
    say("$ keyferry demo --once --json");
    let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let mut stdout = child.stdout.take().context("the demo has no output")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > DEADLINE {
            child.kill().ok();
            child.wait().ok();
            bail!("the demo did not end within {DEADLINE:?}");
        }
        crate::postgres::pause();
    };
    let text = reader.join().map_err(|_| anyhow::anyhow!("reading the demo's output failed"))??;
    ensure!(status.success(), "the demo failed ({status})");
    let report: Value = serde_json::from_str(&text).context("the demo's report is not JSON")?;
    let said = check(&report).context("the demo's report")?;
    say(said);
    Ok(())
}

/// What every report must say; answers a line about it.
fn check(report: &Value) -> anyhow::Result<String> {
    let items = report["plan"]["items"].as_array().context("has no plan with items")?;
    ensure!(!items.is_empty(), "has an empty plan");
    ensure!(report["run"]["status"] == "succeeded", "has no run that succeeded");
    let calls = report["calls"].as_u64().filter(|calls| *calls > 0).context("counts no calls")?;
    let propagation_ms = report["propagationMs"].as_u64().context("has no propagationMs")?;
    Ok(format!("demo: {} keys planned, {calls} calls to the simulator, a change arrived after {propagation_ms} ms", items.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;

    #[test]
    fn a_report_without_a_part_is_refused() {
        let whole = json!({
            "plan": {"items": [{"secretKey": "A"}]}, "run": {"status": "succeeded"}, "calls": 3, "propagationMs": 12,
        });
        assert!(check(&whole).is_ok());
        for part in ["plan", "run", "calls", "propagationMs"] {
            let mut report = whole.clone();
            report[part] = serde_json::Value::Null;
            assert!(check(&report).is_err(), "{part}");
        }
    }
}
