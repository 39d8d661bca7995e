//! What the far side sees of a guarded call: nothing at all unless the address is excepted.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::HeaderMap;
use keyferry_outbound::{AllowList, Client, Error};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

/// Counts connections and answers each with these bytes.
struct Listener {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Listener {
    async fn on(address: &str, answer: &'static str) -> Option<Self> {
        let listener = TcpListener::bind((address, 0)).await.ok()?;
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    if stream.read(&mut head).await.is_ok() && !answer.is_empty() {
                        stream.write_all(answer.as_bytes()).await.ok();
                    } else {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Some(Self { port, connections })
    }

    fn seen(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

async fn post(client: &Client, url: &str) -> Result<u16, Error> {
    client.post(&Url::parse(url).unwrap(), HeaderMap::new(), b"{}".to_vec()).await.map(|status| status.as_u16())
}

fn allowing(list: &str) -> Client {
    Client::new(list.parse().unwrap())
}

#[tokio::test]
async fn f1_no_spelling_of_a_private_address_is_connected_to() {
    let v4 = Listener::on("0.0.0.0", OK).await.unwrap();
    let v6 = Listener::on("::", OK).await;
    let client = Client::new(AllowList::default());
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[::127.0.0.1]",
        "[fe80::1]",
        "127.0.0.2",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "①②⑦.⓪.⓪.①",
    ];
    for port in [Some(v4.port), v6.as_ref().map(|listener| listener.port)].into_iter().flatten() {
        for scheme in ["http", "https"] {
            for host in hosts {
                let url = format!("{scheme}://{host}:{port}/hook");
                let outcome = post(&client, &url).await;
                assert!(matches!(outcome, Err(Error::Refused { .. } | Error::Unresolved { .. })), "{url}: {outcome:?}");
                let checked = client.check(&Url::parse(&url).unwrap()).await;
                assert!(matches!(checked, Err(Error::Refused { .. } | Error::Unresolved { .. })), "{url}: {checked:?}");
            }
        }
    }
    for url in ["http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://192.168.0.1/", "http://[fd00:ec2::254]/"] {
        assert!(matches!(post(&client, url).await, Err(Error::Refused { .. })), "{url}");
    }
    assert_eq!(v4.seen(), 0, "something was connected to");
    assert_eq!(v6.map_or(0, |listener| listener.seen()), 0, "something was connected to");
}

#[tokio::test]
async fn other_schemes_and_credentials_in_the_address_are_refused() {
    let listener = Listener::on("127.0.0.1", OK).await.unwrap();
    let client = allowing("127.0.0.0/8");
    for url in ["ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1/x", "data:text/plain,x"] {
        assert_eq!(post(&client, url).await, Err(Error::Address), "{url}");
    }
    let url = format!("http://user:pass@127.0.0.1:{}/", listener.port);
    assert_eq!(post(&client, &url).await, Err(Error::Address));
    assert_eq!(listener.seen(), 0);
}

#[tokio::test]
async fn exceptions_are_called_and_nothing_beside_them() {
    let listener = Listener::on("127.0.0.1", OK).await.unwrap();
    let other = Listener::on("127.0.0.1", OK).await.unwrap();
    let (port, other_port) = (listener.port, other.port);
    assert_eq!(post(&allowing("127.0.0.0/8"), &format!("http://127.0.0.1:{port}/")).await, Ok(200));
    let client = allowing(&format!("127.0.0.1:{port}"));
    assert_eq!(post(&client, &format!("http://127.0.0.1:{port}/")).await, Ok(200));
    assert_eq!(post(&client, &format!("http://0x7f000001:{port}/")).await, Ok(200));
    assert_eq!(listener.seen(), 3);
    assert!(matches!(post(&client, &format!("http://127.0.0.1:{other_port}/")).await, Err(Error::Refused { .. })));
    assert!(matches!(post(&client, &format!("http://localhost:{port}/")).await, Err(Error::Refused { .. })));
    assert_eq!((listener.seen(), other.seen()), (3, 0));
}

/// F2: the name is resolved once by the guard; the connection knows the addresses and asks nobody again.
#[tokio::test]
async fn f2_an_excepted_name_is_called_at_what_it_resolved_to() {
    let listener = Listener::on("127.0.0.1", OK).await.unwrap();
    let client = allowing("127.0.0.0/8,::1");
    assert_eq!(post(&client, &format!("http://localhost:{}/", listener.port)).await, Ok(200));
    assert_eq!(listener.seen(), 1);
    assert!(matches!(post(&client, "http://no-such-name.invalid/").await, Err(Error::Unresolved { .. })));
}

#[tokio::test]
async fn f3_a_redirect_is_an_answer_and_is_not_followed() {
    let target = Listener::on("127.0.0.1", OK).await.unwrap();
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n", target.port);
    let listener = Listener::on("127.0.0.1", answer.leak()).await.unwrap();
    assert_eq!(post(&allowing("127.0.0.0/8"), &format!("http://127.0.0.1:{}/", listener.port)).await, Ok(307));
    assert_eq!((listener.seen(), target.seen()), (1, 0));
}

#[tokio::test]
async fn f7_whoever_never_answers_is_given_up() {
    let listener = Listener::on("127.0.0.1", "").await.unwrap();
    let client = allowing("127.0.0.0/8").with_timeout(Duration::from_millis(300));
    let outcome = post(&client, &format!("http://127.0.0.1:{}/", listener.port)).await;
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
    assert_eq!(listener.seen(), 1);
}

#[tokio::test]
async fn f7_an_answer_without_end_is_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        assert!(stream.read(&mut head).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
        while stream.write_all(b"5\r\nxxxxx\r\n").await.is_ok() {}
    });
    assert_eq!(post(&allowing("127.0.0.0/8"), &format!("http://127.0.0.1:{port}/")).await, Ok(200));
}

#[tokio::test]
async fn closed_ports_and_strange_certificates_have_words() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = allowing("127.0.0.0/8");
    let outcome = post(&client, &format!("http://127.0.0.1:{closed}/")).await.unwrap_err();
    assert_eq!(outcome.to_string(), "Cannot connect to 127.0.0.1: it refuses the connection.");
    let plain = Listener::on("127.0.0.1", OK).await.unwrap();
    let outcome = post(&client, &format!("https://127.0.0.1:{}/", plain.port)).await.unwrap_err();
    assert!(matches!(outcome, Error::Connect { .. }), "{outcome:?}");
    assert!(outcome.is_transient());
}
