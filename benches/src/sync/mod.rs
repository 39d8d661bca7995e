//! P7, P8, P10, P12 and P14 of the performance goals.

mod ours;
mod strategies;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use comfy_table::{Table, presets};
use keyferry_checkly_sim::{Account, Role, Sim, SimConfig};
use serde::Serialize;
use serde_json::{Value, json};

use crate::process::Server;
use crate::say;

/// Variables in the sync.
pub const VARIABLES: usize = 500;
/// Time the simulator takes for a call.
const LATENCY: Duration = Duration::from_millis(20);
/// Changes measured for P10.
const CHANGES: usize = 40;

/// Checkly as a benchmark sees it.
pub struct Checkly {
    sim: Sim,
    key: String,
    account: String,
}

/// Calls and time of one pass.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pass {
    /// Calls that reached Checkly.
    pub calls: usize,
    /// Of these, calls that changed something there.
    pub writes: usize,
    /// From the first call's arrival to the last one's answer, in ms.
    pub ms: u64,
}

/// The three passes of a strategy.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Passes {
    /// Into an empty account.
    pub first_load: Pass,
    /// With nothing changed.
    pub no_change: Pass,
    /// With one value changed.
    pub one_change: Pass,
}

impl Checkly {
    async fn start() -> anyhow::Result<Self> {
        let sim = keyferry_checkly_sim::start(SimConfig { latency: LATENCY, ..SimConfig::default() }).await?;
        let (key, account) = ("cu_bench".to_owned(), "9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3".to_owned());
        sim.state().add_account(Account { id: account.clone(), name: "Bench".to_owned(), ..Account::default() });
        sim.state().add_key(&key, Role::ReadWrite, &[&account]);
        Ok(Self { sim, key, account })
    }

    /// What reached the simulator since the log was cleared.
    fn pass(&self) -> Pass {
        let log = self.sim.state().log();
        let first = log.iter().map(|c| c.at_ms).min().unwrap_or_default();
        let last = log.iter().filter_map(|c| c.answered_at_ms).max().unwrap_or_default();
        Pass { calls: log.len(), writes: log.iter().filter(|c| c.method != "GET").count(), ms: last.saturating_sub(first) }
    }
}

/// Runs everything and prints the ratios.
///
/// # Errors
/// When a part does not start or gives a wrong result: a failed check voids the figures.
pub async fn run(program: &Path) -> anyhow::Result<Value> {
    let binary_bytes = std::fs::metadata(program).context("the program is missing")?.len();
    let original = strategies::original(&Checkly::start().await?).await.context("strategy `original`")?;
    let one_by_one = strategies::one_by_one(&Checkly::start().await?).await.context("strategy `loop`")?;
    let floor = strategies::floor(&Checkly::start().await?).await.context("strategy `floor`")?;

    let checkly = Checkly::start().await?;
    let server = Server::start(program, &checkly.sim.url()).await?;
    let idle_bytes = server.resident_bytes()?;
    let (ours, changes) = ours::run(&checkly, &server).await.context("keyferry")?;
    let after_bytes = server.resident_bytes()?;

    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["strategy", "first load", "no change", "one change"]);
    for (name, passes) in [("original", original), ("loop", one_by_one), ("floor", floor), ("keyferry", ours)] {
        let cell = |p: Pass| format!("{} calls ({} writes), {} ms", p.calls, p.writes, p.ms);
        table.add_row([name.to_owned(), cell(passes.first_load), cell(passes.no_change), cell(passes.one_change)]);
    }
    say(table);
    let ratio = |ours: Pass, other: Pass| ours.ms.max(1) as f64 / other.ms.max(1) as f64;
    let ratios = json!({
        "P7 calls over floor, first load": ours.first_load.calls as i64 - floor.first_load.calls as i64,
        "P7 calls over floor, no change": ours.no_change.calls as i64 - floor.no_change.calls as i64,
        "P7 writes on no change": ours.no_change.writes,
        "P8 time / floor, first load (must <= 1.5)": ratio(ours.first_load, floor.first_load),
        "P8 time / floor, no change (must <= 2)": ratio(ours.no_change, floor.no_change),
        "P8 original / ours, first load (must >= 8)": 1.0 / ratio(ours.first_load, original.first_load),
        "P8 original / ours, no change (must >= 60)": 1.0 / ratio(ours.no_change, original.no_change),
        "P10 p50 ms (must <= 500)": percentile(&changes, 50),
        "P10 p99 ms (must <= 1500)": percentile(&changes, 99),
        "P12 idle MiB (must <= 40)": mib(idle_bytes),
        "P12 after the syncs MiB": mib(after_bytes),
        "P14 program MiB (must <= 50)": mib(binary_bytes),
    });
    say(serde_json::to_string_pretty(&ratios)?);
    Ok(
        json!({"original": original, "loop": one_by_one, "floor": floor, "keyferry": ours, "changesMs": changes, "ratios": ratios}),
    )
}

fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

fn mib(bytes: u64) -> f64 {
    (bytes as f64 / 1_048_576.0 * 10.0).round() / 10.0
}

/// The key and value of variable `i`; `round` makes it another value.
fn variable(i: usize, round: usize) -> (String, String) {
    (format!("BENCH_{i:04}"), format!("value-{i}-{round}"))
}
