//! The browser's part of the command line's sign-in.

use base64::Engine as _;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Stage, Tab};

/// Waits for one sign-in, as the program does: answers the browser's question whether it may, then takes the body.
async fn receive(listener: TcpListener) -> Value {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read(&mut stream).await;
        let origin = request.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("origin: ").map(str::to_owned));
        let answer = format!(
            "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: {}\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n\
             Access-Control-Allow-Headers: Content-Type\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            origin.unwrap_or_default()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.ok();
        if request.starts_with("POST / ") {
            let (_, body) = request.split_once("\r\n\r\n").unwrap();
            return serde_json::from_str(body).unwrap();
        }
    }
}

/// A whole request.
async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.unwrap();
        bytes.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert_ne!(length, 0, "the request ended early: {text}");
    }
}

async fn ask(stage: &Stage, tab: &Tab, port: u16) {
    tab.go(&format!("/login?callback_port={port}")).await;
    tab.see(&format!("port {port}, wants to sign in as ann@example.com")).await;
    tab.inspect("cli").await;
    assert!(tab.path().await.starts_with("/login/cli"), "{}", stage.server.url());
    tab.press("Sign in the program").await;
}

#[tokio::test]
async fn the_command_line_is_signed_in_by_a_click_or_by_a_pasted_token() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let received = tokio::spawn(receive(listener));
    ask(&stage, &tab, port).await;
    let received = received.await.unwrap();
    for field in ["email", "privateKey", "JTWToken", "RefreshToken"] {
        assert!(received[field].is_string(), "{field} is missing");
    }
    assert_eq!(received["email"], "ann@example.com");
    let client = stage.server.client().with_token(received["JTWToken"].as_str().unwrap());
    client.get("/api/v1/user").await;
    tab.see("You can return to your terminal.").await;
    tab.at("/cli-redirect").await;
    tab.inspect("cli-done").await;

    // Nobody listens there any more.
    ask(&stage, &tab, port).await;
    tab.see("Your terminal could not be reached.").await;
    tab.press("The terminal did not notice? Show the token to paste").await;
    tab.see("It disappears after 5 minutes").await;
    let pasted = base64::engine::general_purpose::STANDARD.decode(tab.value("Browser token").await).unwrap();
    let pasted: Value = serde_json::from_slice(&pasted).unwrap();
    assert_eq!(pasted["email"], "ann@example.com");
    assert!(pasted["JTWToken"].is_string() && pasted["RefreshToken"].is_string(), "a token is missing");

    for port in ["abc", "80", "70000"] {
        tab.go(&format!("/login?callback_port={port}")).await;
        tab.see("The callback port must be a number from 1024 to 65535. Nothing was sent.").await;
    }
}
