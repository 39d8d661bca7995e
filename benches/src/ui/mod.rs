//! Pages with 10 000 secrets in one of six environments, against the budgets of the user interface contract, 1.10 and 1.11.

mod world;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use comfy_table::{Table, presets};
use reqwest::{StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::process::Server;
use crate::say;
use world::World;

/// Secrets in the large environment.
const SECRETS: usize = 10_000;
/// Requests for each page, after some that warm up.
const REQUESTS: usize = 60;
const WARM_UP: usize = 5;
/// Budgets: a page to its last byte (p95), its HTML, its elements, the first load compressed, scripts compressed.
const PAGE_MS: f64 = 150.0;
const HTML_BYTES: usize = 400_000;
const ELEMENTS: usize = 3_000;
const FIRST_LOAD_BYTES: usize = 150_000;
const SCRIPT_BYTES: usize = 40_000;

/// One page's figures.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    page: &'static str,
    p50_ms: f64,
    p95_ms: f64,
    html_bytes: usize,
    elements: usize,
}

/// A browser's requests, without scripts and without a cache.
struct Browser<'a> {
    http: reqwest::Client,
    server: &'a Server,
    cookie: String,
}

/// Fills a server and asks for every page.
///
/// # Errors
/// When the server does not start, refuses what it should take, or answers a page with an error.
pub async fn run(program: &Path) -> anyhow::Result<Value> {
    let server = Server::start(program, "http://127.0.0.1:9").await?;
    let world = World::fill(&server, SECRETS).await?;
    let browser = Browser::sign_in(&server, &world).await?;
    let mut pages = Vec::new();
    let mut missing = Vec::new();
    for (name, path) in world.pages() {
        match browser.measure(name, &path).await? {
            Some(figures) => pages.push(figures),
            None => missing.push(name),
        }
    }
    let (first_load, scripts) = browser.first_load().await?;
    print(&pages, &missing, first_load, scripts);
    Ok(json!({
        "secrets": SECRETS,
        "pages": pages,
        "missing": missing,
        "firstLoadBytes": first_load,
        "scriptBytes": scripts,
        "residentBytes": server.resident_bytes()?,
    }))
}

impl<'a> Browser<'a> {
    #[expect(clippy::disallowed_methods, reason = "benchmarks talk to loopback only")]
    async fn sign_in(server: &'a Server, world: &World) -> anyhow::Result<Self> {
        let policy = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().user_agent("keyferry-benches").no_proxy().redirect(policy).build()?;
        let form = format!("email={}&password={}", world.email, world.password);
        let request =
            http.post(format!("{}/login", server.url)).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = request.body(form).send().await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER, "the sign-in answered {}", answer.status());
        let cookie = answer.headers().get(header::SET_COOKIE).context("no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { http, server, cookie })
    }

    /// Status and body, as sent.
    #[expect(clippy::disallowed_methods, reason = "benchmarks talk to loopback only")]
    async fn get(&self, path: &str, encoding: &str) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let request = self.http.get(format!("{}{path}", self.server.url)).header(header::COOKIE, &self.cookie);
        let answer = request.header(header::ACCEPT_ENCODING, encoding).send().await?;
        Ok((answer.status(), answer.bytes().await?.to_vec()))
    }

    /// `None` when there is no such page.
    async fn measure(&self, page: &'static str, path: &str) -> anyhow::Result<Option<Figures>> {
        let (status, body) = self.get(path, "identity").await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        ensure!(status == StatusCode::OK, "{page} answered {status}");
        for _ in 0..WARM_UP {
            self.get(path, "identity").await?;
        }
        let mut times = Vec::with_capacity(REQUESTS);
        for _ in 0..REQUESTS {
            let start = Instant::now();
            self.get(path, "identity").await?;
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times.get((REQUESTS * share / 100).min(REQUESTS - 1)).copied().unwrap_or_default();
        let html = String::from_utf8_lossy(&body);
        let elements = html.split('<').skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())).count();
        Ok(Some(Figures { page, p50_ms: at(50), p95_ms: at(95), html_bytes: body.len(), elements }))
    }

    /// Bytes of a first load of a small page with all it names, and of its scripts, compressed.
    async fn first_load(&self) -> anyhow::Result<(usize, usize)> {
        let (_, page) = self.get("/account", "identity").await?;
        let html = String::from_utf8_lossy(&page);
        let (mut all, mut scripts) = (page.len(), 0);
        for path in html.split('"').filter(|part| part.starts_with("/assets/")).collect::<std::collections::BTreeSet<_>>() {
            let (status, body) = self.get(path, "gzip").await?;
            ensure!(status == StatusCode::OK, "{path} answered {status}");
            all += body.len();
            if path.ends_with(".js") {
                scripts += body.len();
            }
        }
        Ok((all, scripts))
    }
}

fn print(pages: &[Figures], missing: &[&str], first_load: usize, scripts: usize) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["page", "p50 ms", "p95 ms", "HTML bytes", "elements", "within budget"]);
    for page in pages {
        let holds = page.p95_ms <= PAGE_MS && page.html_bytes <= HTML_BYTES && page.elements <= ELEMENTS;
        table.add_row([
            page.page.to_owned(),
            format!("{:.1}", page.p50_ms),
            format!("{:.1}", page.p95_ms),
            page.html_bytes.to_string(),
            page.elements.to_string(),
            word(holds),
        ]);
    }
    say(table);
    say(format_args!("budget: {PAGE_MS} ms, {HTML_BYTES} bytes, {ELEMENTS} elements"));
    say(format_args!(
        "first load, compressed: {first_load} bytes of {FIRST_LOAD_BYTES}: {}",
        word(first_load <= FIRST_LOAD_BYTES)
    ));
    say(format_args!("scripts, compressed: {scripts} bytes of {SCRIPT_BYTES}: {}", word(scripts <= SCRIPT_BYTES)));
    if !missing.is_empty() {
        say(format_args!("no page yet: {}", missing.join(", ")));
    }
}

fn word(holds: bool) -> String {
    if holds { "yes" } else { "NO" }.to_owned()
}
