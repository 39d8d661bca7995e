//! Requests of a machine identity with one custom role, beside a trivial server on the same framework: processor time and rate.
//!
//! Server on one core, load on another, where `taskset` is there. Processor time counts first: a busy neighbour hardly moves it.

pub mod hello;
mod load;
mod measured;
mod world;

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use crate::process::Server;
use crate::say;
use load::Request;
use measured::Measured;
use world::World;

/// Secrets in the folder that is listed.
const SECRETS: usize = 1_000;
/// Connections of most measurements.
const CONNECTIONS: usize = 32;
/// How long each measurement takes.
const DURATION: Duration = Duration::from_secs(4);
/// The reference, measured first and last, may differ by this much; more, and a neighbour was too loud.
const MAX_DRIFT: f64 = 0.1;

/// Measures and prints ratios.
///
/// # Errors
/// When a server does not start, or an answer is not the right one.
pub async fn run(program: &Path) -> anyhow::Result<Value> {
    let hello = Server::start_hello().await?;
    let server = Server::start_pinned(program).await?;
    let world = World::fill(&server, SECRETS).await?;
    let idle_bytes = server.resident_bytes()?;

    let greet = [Request::get("/", None)];
    let first = measure("hello", &hello, &greet, CONNECTIONS).await?;
    let mut rows = vec![
        measure("read one secret", &server, &world.reads(), CONNECTIONS).await?,
        measure("list 1,000 with values", &server, &[world.list()], CONNECTIONS).await?,
        measure("write, 1 client", &server, &world.writes(), 1).await?,
        measure("write, 32 clients", &server, &world.writes(), CONNECTIONS).await?,
        measure("machine login", &server, &[world.login()], CONNECTIONS).await?,
    ];
    let loaded_bytes = server.resident_bytes()?;
    let start = Instant::now();
    world.create_batch(SECRETS).await?;
    let batch_rate = SECRETS as f64 / start.elapsed().as_secs_f64();
    let last = measure("hello", &hello, &greet, CONNECTIONS).await?;
    let disk_rate = disk_rate()?;

    let drift = (first.cpu_us - last.cpu_us).abs() / first.cpu_us;
    rows.insert(0, first);
    print(&rows, disk_rate);
    say(format_args!("batch of 1,000 creates: {batch_rate:.0} secrets/s; one block to disk at a time: {disk_rate:.0}/s"));
    say(format_args!("resident: {:.1} MiB idle, {:.1} MiB after the load", mib(idle_bytes), mib(loaded_bytes)));
    if drift > MAX_DRIFT {
        say(format_args!(
            "VOID: the reference differs by {:.0} % between first and last; try again on a quiet machine",
            drift * 100.0
        ));
    }
    Ok(json!({
        "connections": CONNECTIONS, "rows": rows, "batchCreatesPerSecond": batch_rate, "diskBlocksPerSecond": disk_rate,
        "idleBytes": idle_bytes, "loadedBytes": loaded_bytes, "referenceDrift": drift, "isVoid": drift > MAX_DRIFT,
    }))
}

async fn measure(name: &'static str, server: &Server, requests: &[Request], connections: usize) -> anyhow::Result<Measured> {
    // Caches, allocator and connections settle first.
    load::run(server.address()?, requests, connections, DURATION / 8).await.with_context(|| name.to_owned())?;
    let before = server.cpu_time()?;
    let outcome = load::run(server.address()?, requests, connections, DURATION).await.with_context(|| name.to_owned())?;
    let cpu = server.cpu_time()?.saturating_sub(before);
    ensure!(!outcome.latencies_us.is_empty(), "{name}: no answer");
    Ok(Measured::new(name, connections, cpu, outcome))
}

/// How many small blocks a second a file takes when each is on the disk before the next.
fn disk_rate() -> anyhow::Result<f64> {
    let mut file = tempfile::tempfile()?;
    let (start, mut blocks) = (Instant::now(), 0_u32);
    while start.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        blocks += 1;
    }
    Ok(f64::from(blocks) / start.elapsed().as_secs_f64())
}

fn print(rows: &[Measured], disk_rate: f64) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["", "CPU µs", "× hello", "rate/s", "of hello", "of disk", "p50 ms", "p99 ms"]);
    let Some(hello) = rows.first() else { return };
    for row in rows {
        table.add_row([
            row.name.to_owned(),
            format!("{:.1}", row.cpu_us),
            format!("{:.1}", row.cpu_us / hello.cpu_us),
            format!("{:.0}", row.rate),
            format!("{:.2}", row.rate / hello.rate),
            format!("{:.2}", row.rate / disk_rate),
            format!("{:.2}", row.p50_ms),
            format!("{:.2}", row.p99_ms),
        ]);
    }
    say(table);
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
