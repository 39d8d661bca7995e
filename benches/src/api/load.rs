//! Many connections that each send a request, wait for its answer, and send the next.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A request as it goes over the wire, and what its answer must hold.
#[derive(Clone, Debug)]
pub struct Request {
    bytes: Vec<u8>,
    expected: String,
}

impl Request {
    /// `GET`.
    pub fn get(path: &str, token: Option<&str>) -> Self {
        Self::new("GET", path, token, None)
    }

    /// Any method; the body is JSON.
    pub fn new(method: &str, path: &str, token: Option<&str>, body: Option<&serde_json::Value>) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: keyferry-benches\r\n");
        if let Some(token) = token {
            text.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        match body.map(serde_json::Value::to_string) {
            Some(body) => {
                text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
            }
            None => text.push_str("\r\n"),
        }
        Self { bytes: text.into_bytes(), expected: String::new() }
    }

    /// With a text that the answer must hold.
    pub fn expecting(mut self, text: &str) -> Self {
        text.clone_into(&mut self.expected);
        self
    }
}

/// What the clients saw.
#[derive(Debug)]
pub struct Outcome {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// How long each answer took, in microseconds.
    pub latencies_us: Vec<u32>,
}

/// Sends the requests in turns over this many connections for so long.
///
/// # Errors
/// When a connection breaks, or an answer is not 200 or does not hold what it must.
pub async fn run(address: SocketAddr, requests: &[Request], connections: usize, duration: Duration) -> anyhow::Result<Outcome> {
    let requests: Arc<[Request]> = requests.into();
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for number in 0..connections {
        let requests = Arc::clone(&requests);
        clients.spawn(async move {
            let mut connection = Connection { stream: TcpStream::connect(address).await?, buffer: Vec::with_capacity(1 << 16) };
            connection.stream.set_nodelay(true)?;
            let mut latencies = Vec::new();
            let mut turn = number * 31;
            while start.elapsed() < duration {
                let sent = Instant::now();
                connection.exchange(&requests[turn % requests.len()]).await?;
                latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                turn += 1;
            }
            anyhow::Ok(latencies)
        });
    }
    let mut latencies_us = Vec::new();
    while let Some(client) = clients.join_next().await {
        latencies_us.extend(client??);
    }
    Ok(Outcome { elapsed: start.elapsed(), latencies_us })
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn exchange(&mut self, request: &Request) -> anyhow::Result<()> {
        self.stream.write_all(&request.bytes).await?;
        self.buffer.clear();
        let head = loop {
            self.read().await?;
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = content_length(&self.buffer[..head])?;
        while self.buffer.len() < head + length {
            self.read().await?;
        }
        let (head, body) = self.buffer.split_at(head);
        if !head.starts_with(b"HTTP/1.1 200 ") {
            bail!("{}{}", String::from_utf8_lossy(head), String::from_utf8_lossy(body));
        }
        ensure!(find(body, request.expected.as_bytes()).is_some(), "an answer without {:?}", request.expected);
        Ok(())
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        Ok(())
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if wanted.is_empty() {
        return Some(0);
    }
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn content_length(head: &[u8]) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(head)?;
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    Ok(line.context("an answer without a length")?.trim().parse()?)
}
