//! Runs the commands of the pages as a reader would: in one shell, in the order of the pages, against a server and a simulator.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::{cargo, debian, postgres, say};

/// Pages with commands to run, in the order in which they build on each other.
const PAGES: [&str; 3] = ["docs/using-the-api.md", "docs/sync-to-checkly.md", "docs/webhooks.md"];
/// Stands on the line before a block that is run.
const MARK: &str = "<!-- tested -->";
/// How long all of it may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(180);
/// What the simulator knows.
const SEED: &str = r#"{"accounts": [{"id": "3f0c8d0a-7f55-4a8a-9d55-1f1f2c3d4e5f", "name": "Acme EU", "groups": [{"id": 7, "name": "Checkout"}]}],
  "keys": [{"key": "cu_0123456789abcdef", "role": "READ_WRITE"}]}"#;

/// Runs every marked block with the program of the dev profile.
///
/// # Errors
/// When a command fails, or a page has none.
pub fn run() -> anyhow::Result<()> {
    find_or_install()?;
    let program = cargo::target_debug().join("keyferry");
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("seed.json"), SEED)?;
    std::fs::create_dir(path("shell"))?;

    let mut simulator = Command::new(&program);
    simulator.args(["checkly-sim", "--listen", "127.0.0.1:0", "--seed"]).arg(path("seed.json"));
    let simulator = Server::start(simulator, "Checkly simulator on ")?;
    let mut server = Command::new(&program);
    server.args(["serve", "--listen", "127.0.0.1:0", "--checkly-api-url", &simulator.url, "--data-dir"]).arg(path("data"));
    let server = Server::start(server, "listens on ")?;

    let mut script = "set -euo pipefail\n".to_owned();
    for page in PAGES {
        let text = std::fs::read_to_string(cargo::root().join(page)).with_context(|| format!("cannot read {page}"))?;
        let blocks = blocks(&text);
        ensure!(!blocks.is_empty(), "{page} has no block after `{MARK}`");
        script.extend(blocks.iter().map(|(line, block)| format!("AT={page}:{line}\n{block}")));
    }
    script = format!("trap 'echo \"failed: $AT\" >&2' ERR\n{script}");
    say(format_args!("$ bash, {} lines of {}", script.lines().count(), PAGES.join(", ")));
    shell(&script, &path("shell"), &server.url)?;
    say("the commands of the pages work");
    Ok(())
}

/// The marked blocks, each with the number of its first line.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate().peekable();
    while let Some((_, line)) = lines.next() {
        if line != MARK || lines.next_if(|(_, line)| *line == "```sh").is_none() {
            continue;
        }
        let first = lines.peek().map_or(0, |(index, _)| index + 1);
        let block: String = lines.by_ref().take_while(|(_, line)| *line != "```").map(|(_, line)| format!("{line}\n")).collect();
        found.push((first, block));
    }
    found
}

/// Runs a script that types a password, and waits for its end.
fn shell(script: &str, directory: &Path, url: &str) -> anyhow::Result<()> {
    let mut command = Command::new("bash");
    command.arg("-c").arg(script).current_dir(directory).env("K", url).env("CHECKLY_API_KEY", "cu_0123456789abcdef");
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().context("cannot start bash")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(b"correct horse battery staple\n")?;
    }
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "a command of the pages failed ({status}); its page and line are above");
            return Ok(());
        }
        if started.elapsed() > DEADLINE {
            child.kill().ok();
            child.wait().ok();
            bail!("the commands of the pages did not end within {DEADLINE:?}");
        }
        postgres::pause();
    }
}

/// A process that serves until it is dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts it and reads its address from the line that says it.
    fn start(mut command: Command, before: &str) -> anyhow::Result<Self> {
        cargo::without_settings(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().with_context(|| format!("cannot start {program}; `cargo build` makes it"))?;
        let stdout = child.stdout.take().context("no output")?;
        let stderr = child.stderr.take().context("no output")?;
        let mut server = Self { child, url: String::new() };
        let (sender, lines) = std::sync::mpsc::channel();
        for stream in [Box::new(stdout) as Box<dyn std::io::Read + Send>, Box::new(stderr)] {
            let sender = sender.clone();
            // Reads to the end, so that the process never waits for a reader.
            std::thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)))
            });
        }
        drop(sender);
        let started = Instant::now();
        let mut said = Vec::new();
        while started.elapsed() < DEADLINE {
            let Ok(line) = lines.recv_timeout(DEADLINE) else { break };
            if let Some((_, url)) = line.split_once(before) {
                url.trim().clone_into(&mut server.url);
                return Ok(server);
            }
            said.push(line);
        }
        bail!("`{program}` did not say its address:\n{}", said.join("\n"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The commands need curl and jq.
fn find_or_install() -> anyhow::Result<()> {
    let missing: Vec<&str> = ["curl", "jq"].into_iter().filter(|name| !is_there(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !debian::may_install() {
        bail!("the commands of the pages need {} on the PATH", missing.join(" and "));
    }
    debian::install(&missing).with_context(|| format!("installing {}", missing.join(" and ")))
}

fn is_there(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_blocks_are_found_with_their_lines() {
        let page =
            "# T\n\n<!-- tested -->\n```sh\necho a\necho b\n```\n\n```sh\nnot this\n```\n<!-- tested -->\n```sh\necho c\n```\n";
        assert_eq!(blocks(page), [(5, "echo a\necho b\n".to_owned()), (14, "echo c\n".to_owned())]);
    }

    #[test]
    fn every_page_that_is_run_has_commands() {
        for page in PAGES {
            assert!(!blocks(&std::fs::read_to_string(cargo::root().join(page)).unwrap()).is_empty(), "{page}");
        }
    }
}
