//! Signing in through the browser: the server's page posts the token to a port of this machine (core API contract, section 4.2).

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::login_of;
use crate::api::Api;
use crate::session::{claims, token_in};
use crate::store::{Kind, Login};
use crate::terminal::tell;

/// How long somebody may take in the browser.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest request taken, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Waits for the browser.
pub async fn sign_in(api: &Api) -> anyhow::Result<Login> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen for the browser")?;
    let port = listener.local_addr()?.port();
    let page = format!("{}/login?callback_port={port}", api.server());
    tell(format_args!("Sign in with your browser: {page}"));
    open(&page);
    let origin = Url::parse(api.server())?.origin().ascii_serialization();
    let received = tokio::time::timeout(PATIENCE, receive(&listener, &origin));
    let received = received.await.context("nobody signed in within ten minutes")??;
    let token = token_in(&received, "JTWToken")?;
    let api = api.with_token(token.clone());
    api.post("/api/v1/auth/checkAuth", &serde_json::json!({})).await?;
    let told = claims(&token);
    Ok(login_of(Kind::User, received["email"].as_str().unwrap_or_default().to_owned(), None, token, &told))
}

/// Opens the page where there is something to open it with.
fn open(page: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let null = Stdio::null;
    std::process::Command::new(program).arg(page).stdin(null()).stdout(null()).stderr(null()).spawn().ok();
}

/// What the page posts. Only a page of the server may: another one could sign the person in as somebody else.
async fn receive(listener: &TcpListener, origin: &str) -> anyhow::Result<Value> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        let Ok(Ok(request)) = tokio::time::timeout(REQUEST_TIMEOUT, read(&mut stream)).await else { continue };
        let is_allowed = request.header("origin") == Some(origin);
        let body = is_allowed.then(|| serde_json::from_slice::<Value>(&request.body).ok()).flatten();
        let is_post = request.line.starts_with("POST / ");
        let status = match (is_allowed, is_post, &body) {
            (true, true, Some(_)) => "200 OK",
            (true, false, _) if request.line.starts_with("OPTIONS / ") => "204 No Content",
            (true, ..) => "400 Bad Request",
            _ => "403 Forbidden",
        };
        let answer = answer(status, origin);
        stream.write_all(answer.as_bytes()).await.ok();
        stream.shutdown().await.ok();
        if let (true, Some(body)) = (is_post, body) {
            return Ok(body);
        }
    }
}

fn answer(status: &str, origin: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nAccess-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n\
         Access-Control-Allow-Headers: Content-Type\r\nAccess-Control-Allow-Private-Network: true\r\nVary: Origin\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

struct Request {
    line: String,
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

async fn read(stream: &mut TcpStream) -> anyhow::Result<Request> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let line = head.lines().next().unwrap_or_default().to_owned();
            let request = Request { line, head, body: bytes[end + 4..].to_vec() };
            let length: usize = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            if request.body.len() >= length {
                return Ok(request);
            }
        }
        let length = stream.read(&mut part).await?;
        if length == 0 || bytes.len() > MAX_BYTES {
            bail!("no whole request");
        }
        bytes.extend_from_slice(&part[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn send(port: u16, method: &str, origin: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request =
            format!("{method} / HTTP/1.1\r\nHost: 127.0.0.1\r\norigin: {origin}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn only_the_servers_page_may_hand_a_token_over() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let waiting = tokio::spawn(async move { receive(&listener, "https://keyferry.example").await.unwrap() });
        let body = "{\"JTWToken\": \"theirs\"}";
        assert!(send(port, "POST", "https://elsewhere.example", body).await.starts_with("HTTP/1.1 403"));
        assert!(send(port, "OPTIONS", "https://keyferry.example", "").await.starts_with("HTTP/1.1 204"));
        assert!(send(port, "POST", "https://keyferry.example", "rubbish").await.starts_with("HTTP/1.1 400"));
        let body = "{\"JTWToken\": \"ours\"}";
        let answer = send(port, "POST", "https://keyferry.example", body).await;
        assert!(answer.contains("Access-Control-Allow-Origin: https://keyferry.example\r\n"), "{answer}");
        assert_eq!(waiting.await.unwrap()["JTWToken"], "ours");
    }
}
