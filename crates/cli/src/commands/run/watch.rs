//! Looking for changes of the secrets while the command runs.

use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;

use super::Source;
use super::environment::{self, Rules};
use super::supervise::Event;
use crate::secrets::Secret;
use crate::terminal::tell;

/// Looks every so often, on a thread of its own.
pub fn begin(
    mut source: Source,
    first: Vec<Secret>,
    rules: Rules,
    interval: Duration,
    sender: Sender<Event>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot watch for changes")?;
    source.api = source.api.renewed()?;
    let caller: Vec<_> = std::env::vars_os().collect();
    let work = async move {
        let mut known = first;
        let mut is_told = false;
        loop {
            tokio::time::sleep(interval).await;
            let found = match source.read().await {
                Ok((found, _)) => found,
                Err(error) => {
                    if !is_told {
                        tell(format_args!("cannot look for changes, the command goes on: {error:#}"));
                    }
                    is_told = true;
                    continue;
                }
            };
            is_told = false;
            if is_same(&known, &found) {
                continue;
            }
            let environment = environment::compose(caller.iter().cloned(), &found, rules);
            known = found;
            if sender.send(Event::Changed(environment)).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("watch".to_owned()).spawn(move || runtime.block_on(work))?;
    Ok(())
}

fn is_same(a: &[Secret], b: &[Secret]) -> bool {
    let pair = |secret: &Secret| (secret.key.clone(), secret.value.as_ref().map(|value| value.expose_secret().to_owned()));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| pair(a) == pair(b))
}
