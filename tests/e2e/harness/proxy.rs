//! A TCP proxy whose far end can go away.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Everything.
    Open,
    /// Nothing, and whoever is connected or connects is cut off.
    Cut,
    /// Nothing, and nobody is told.
    Silent,
}

/// A proxy on loopback; dropping it ends it.
pub struct Proxy {
    address: SocketAddr,
    passage: Arc<watch::Sender<Passage>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// In front of this `host:port`.
    pub async fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passage = Arc::new(watch::Sender::new(Passage::Open));
        let sender = Arc::clone(&passage);
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else { continue };
                let passage = sender.subscribe();
                if *passage.borrow() == Passage::Cut {
                    continue;
                }
                let target = target.clone();
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(target).await else { return };
                    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
                    tokio::join!(pump(near_read, far_write, passage.clone()), pump(far_read, near_write, passage));
                });
            }
        });
        Self { address, passage, accepting }
    }

    /// The URL with this proxy in place of its host.
    pub fn in_front_of(&self, url: &str) -> String {
        let (_, authority, _) = split(url);
        let user = authority.rsplit_once('@').map(|(user, _)| format!("{user}@")).unwrap_or_default();
        url.replacen(authority, &format!("{user}{}", self.address), 1)
    }

    pub fn set(&self, passage: Passage) {
        self.passage.send_replace(passage);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// `host:port` of a database URL.
pub fn host_of(url: &str) -> String {
    let (_, authority, _) = split(url);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_owned()
}

fn split(url: &str) -> (&str, &str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    (scheme, authority, path)
}

/// Copies until an end closes or the passage is cut.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut passage: watch::Receiver<Passage>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            () = is(&mut passage, Passage::Cut) => return,
        };
        let Ok(count @ 1..) = read else { return };
        // What was read before the silence is kept for afterwards.
        let mut open = passage.clone();
        tokio::select! {
            () = is(&mut open, Passage::Open) => {}
            () = is(&mut passage, Passage::Cut) => return,
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn is(passage: &mut watch::Receiver<Passage>, wanted: Passage) {
    // The sender outlives every connection it is asked about.
    if passage.wait_for(|now| *now == wanted).await.is_err() {
        std::future::pending::<()>().await;
    }
}
