//! Faults and life cycle over a real socket, with a raw HTTP/1.1 client.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use keyferry_checkly_sim::{Account, Fault, FaultEffect, Filling, Role, Sim, SimConfig, SimError, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{ACCOUNT, KEY};

async fn served() -> Sim {
    let sim = start(SimConfig::default()).await.unwrap();
    sim.state().add_account(Account { id: ACCOUNT.into(), ..Account::default() });
    sim.state().add_key(KEY, Role::ReadWrite, &[ACCOUNT]);
    sim
}

fn create(key: &str) -> String {
    let body = format!(r#"{{"key":"{key}","value":"v"}}"#);
    format!(
        "POST /v1/variables HTTP/1.1\r\nhost: sim\r\nauthorization: Bearer {KEY}\r\n\
         x-checkly-account: {ACCOUNT}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Sends a request and reads until the server closes.
async fn exchange(addr: SocketAddr, request: &str) -> (std::io::Result<()>, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await.map(drop);
    (end, String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn serves_on_a_free_loopback_port_only() {
    let sim = served().await;
    assert!(sim.addr().ip().is_loopback() && sim.addr().port() != 0);
    assert_eq!(sim.url(), format!("http://{}", sim.addr()));
    let (end, answer) = exchange(sim.addr(), &create("A")).await;
    end.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let taken = SimConfig { listen: sim.addr(), ..SimConfig::default() };
    assert!(matches!(start(taken).await, Err(SimError::Bind { .. })));
    sim.stop().await;
    for open in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let config = SimConfig { listen: open.parse().unwrap(), ..SimConfig::default() };
        assert!(matches!(start(config).await, Err(SimError::NotLoopback(_))), "{open}");
    }
}

#[tokio::test]
async fn reset_during_apply_leaves_the_variable_and_no_answer() {
    let sim = served().await;
    sim.state().push_fault(Fault::new(FaultEffect::ResetDuringApply).times(1));
    let (end, answer) = exchange(sim.addr(), &create("A")).await;
    assert!(end.is_err() && answer.is_empty(), "{answer}");
    let late = Instant::now() + Duration::from_secs(30);
    while sim.state().variable(ACCOUNT, "A").is_none() {
        assert!(Instant::now() < late, "the call never took effect");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_huge_answer_says_no_length_and_ends_where_it_was_told_to() {
    let sim = served().await;
    for (filling, beginning) in [
        (Filling::Items, ",{},{}"),
        (Filling::Blanks, "     "),
        (Filling::Nested, "[[[["),
        (Filling::Value, "[{\"key\":\"HUGE\",\"value\":\""),
    ] {
        sim.state().set_faults(vec![Fault::new(FaultEffect::Huge { bytes: 300_000, filling })]);
        let (end, answer) = exchange(sim.addr(), &create("A")).await;
        end.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200") && !head.to_ascii_lowercase().contains("content-length"), "{head}");
        assert!(body.contains(beginning) && body.len() >= 300_000 && body.len() < 600_000, "{} bytes", body.len());
    }
    assert!(sim.state().variable(ACCOUNT, "A").is_none(), "no effect");
}

#[tokio::test]
async fn reset_before_apply_leaves_nothing() {
    let sim = served().await;
    sim.state().push_fault(Fault::new(FaultEffect::ResetBeforeApply).times(1));
    let (end, answer) = exchange(sim.addr(), &create("A")).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(answer, "");
    assert!(sim.state().variables(ACCOUNT).is_empty());
    let log = sim.state().log();
    assert_eq!((log[0].status, log[0].answered_at_ms), (0, None));
    assert_eq!(log[0].fault.as_deref(), Some("reset_before_apply"));
    let (_, again) = exchange(sim.addr(), &create("A")).await;
    assert!(again.starts_with("HTTP/1.1 201"));
    sim.stop().await;
}

#[tokio::test]
async fn reset_after_apply_leaves_the_variable() {
    let sim = served().await;
    sim.state().push_fault(Fault::new(FaultEffect::ResetAfterApply).times(1));
    let (end, answer) = exchange(sim.addr(), &create("A")).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(answer, "");
    assert_eq!(sim.state().variables(ACCOUNT).len(), 1);
    sim.stop().await;
}

#[tokio::test]
async fn an_answer_is_cut_in_half() {
    let sim = served().await;
    sim.state().push_fault(Fault::new(FaultEffect::Truncate));
    let (_, answer) = exchange(sim.addr(), &create("A")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let whole = r#"{"key":"A","value":"v","locked":false,"secret":false}"#;
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
    assert_eq!(body, &whole[..whole.len() / 2]);
    sim.stop().await;
}

#[tokio::test]
async fn a_hang_ends_when_the_simulator_stops() {
    for apply in [false, true] {
        let sim = served().await;
        sim.state().push_fault(Fault::new(FaultEffect::Hang { ms: None, apply }));
        let mut stream = TcpStream::connect(sim.addr()).await.unwrap();
        stream.write_all(create("A").as_bytes()).await.unwrap();
        let arrived = || sim.state().log().len() == 1;
        let applied = || sim.state().variables(ACCOUNT).len() == usize::from(apply);
        wait_for(|| arrived() && applied()).await;
        assert_eq!(sim.state().log()[0].status, 0);
        let state = sim.state().clone();
        sim.stop().await;
        let mut rest = Vec::new();
        assert!(stream.read_to_end(&mut rest).await.is_err());
        assert_eq!(state.variables(ACCOUNT).len(), usize::from(apply));
    }
}

#[tokio::test]
async fn a_short_hang_goes_on() {
    let sim = served().await;
    sim.state().push_fault(Fault::new(FaultEffect::Hang { ms: Some(5), apply: false }));
    let (end, answer) = exchange(sim.addr(), &create("A")).await;
    end.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"));
    sim.stop().await;
}

#[tokio::test]
async fn latency_comes_before_the_effect() {
    let sim = served().await;
    sim.state().set_latency(Duration::from_secs(3_600));
    let mut stream = TcpStream::connect(sim.addr()).await.unwrap();
    stream.write_all(create("A").as_bytes()).await.unwrap();
    wait_for(|| sim.state().log().len() == 1).await;
    assert!(sim.state().variables(ACCOUNT).is_empty());
    sim.state().set_latency(Duration::ZERO);
    let (_, answer) = exchange(sim.addr(), &create("B")).await;
    assert!(answer.starts_with("HTTP/1.1 201"));
    drop(stream);
    sim.stop().await;
}

async fn wait_for(done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "nothing happened");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
