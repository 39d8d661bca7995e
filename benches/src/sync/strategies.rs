//! Three other ways to do the same, written out: how the original does it, one call a key, and the least that is possible.

use std::collections::HashMap;

use anyhow::ensure;
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Checkly, Pass, Passes, VARIABLES, variable};
use crate::client::Client;

/// Calls in flight, as ours.
const IN_FLIGHT: usize = 10;
/// Variables a page.
const PAGE: usize = 100;

/// Per key GET, then PUT or POST, one after another, whatever has changed.
pub async fn original(checkly: &Checkly) -> anyhow::Result<Passes> {
    three(checkly, async |client, source, _known| {
        client.get("/v1/variables?limit=50&page=1").await?;
        for (key, value) in source {
            let found = client.send(Method::GET, &format!("/v1/variables/{key}"), None).await?;
            write(client, key, value, found.is_some()).await?;
        }
        Ok(())
    })
    .await
}

/// One write a key after reading the list, one after another.
pub async fn one_by_one(checkly: &Checkly) -> anyhow::Result<Passes> {
    three(checkly, async |client, source, _known| {
        let there = list(client).await?;
        for (key, value) in source {
            write(client, key, value, there.contains(key)).await?;
        }
        Ok(())
    })
    .await
}

/// All pages, then only the differences, in parallel.
pub async fn floor(checkly: &Checkly) -> anyhow::Result<Passes> {
    three(checkly, async |client, source, known| {
        let there = list(client).await?;
        let changed: Vec<_> = source.iter().filter(|(key, value)| known.get(key) != Some(value)).cloned().collect();
        futures_util::stream::iter(changed.into_iter().map(|(key, value)| {
            let exists = there.contains(&key);
            async move { write(client, &key, &value, exists).await }
        }))
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<Vec<_>>()
        .await?;
        Ok(())
    })
    .await
}

async fn three<F>(checkly: &Checkly, strategy: F) -> anyhow::Result<Passes>
where
    F: AsyncFn(&Client, &[(String, String)], &HashMap<String, String>) -> anyhow::Result<()>,
{
    let client = Client::new(checkly.sim.url())?.token(&checkly.key).account(&checkly.account);
    let mut source: Vec<(String, String)> = (0..VARIABLES).map(|i| variable(i, 0)).collect();
    let mut known = HashMap::new();
    let mut passes = Vec::<Pass>::new();
    for pass in 0..3 {
        if pass == 2 {
            source[7].1 = variable(7, 1).1;
        }
        checkly.sim.state().clear_log();
        strategy(&client, &source, &known).await?;
        passes.push(checkly.pass());
        known = source.iter().cloned().collect();
        let held = checkly.sim.state().variables(&checkly.account);
        ensure!(held.len() == VARIABLES && held.iter().all(|v| known.get(&v.key) == Some(&v.value)), "the account is not right");
    }
    Ok(Passes { first_load: passes[0], no_change: passes[1], one_change: passes[2] })
}

async fn list(client: &Client) -> anyhow::Result<std::collections::HashSet<String>> {
    let mut keys = std::collections::HashSet::new();
    for page in 1.. {
        let answer = client.get(&format!("/v1/variables?limit={PAGE}&page={page}")).await?;
        let items = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        keys.extend(items.iter().filter_map(|v| v["key"].as_str()).map(str::to_owned));
        if items.len() < PAGE {
            break;
        }
    }
    Ok(keys)
}

async fn write(client: &Client, key: &str, value: &str, exists: bool) -> anyhow::Result<Value> {
    let body = json!({"key": key, "value": value, "secret": true, "locked": true});
    let (method, path) =
        if exists { (Method::PUT, format!("/v1/variables/{key}")) } else { (Method::POST, "/v1/variables".to_owned()) };
    Ok(client.send(method, &path, Some(&body)).await?.unwrap_or_default())
}
