//! The figures of one kind of request.

use std::time::Duration;

use serde::Serialize;

use super::load::Outcome;

/// What a kind of request costs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// For people.
    pub name: &'static str,
    /// Clients at a time.
    pub connections: usize,
    /// Answers.
    pub requests: usize,
    /// Processor time of the server for an answer, in microseconds.
    pub cpu_us: f64,
    /// Answers a second.
    pub rate: f64,
    /// Half of the answers came within this time, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 answers came within this time, in milliseconds.
    pub p99_ms: f64,
}

impl Measured {
    /// From the server's processor time and what the clients saw.
    pub fn new(name: &'static str, connections: usize, cpu: Duration, mut outcome: Outcome) -> Self {
        outcome.latencies_us.sort_unstable();
        let requests = outcome.latencies_us.len();
        let at = |share: f64| {
            let index = ((requests - 1) as f64 * share) as usize;
            f64::from(outcome.latencies_us[index]) / 1000.0
        };
        Self {
            name,
            connections,
            requests,
            cpu_us: cpu.as_secs_f64() * 1e6 / requests as f64,
            rate: requests as f64 / outcome.elapsed.as_secs_f64(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
        }
    }
}
