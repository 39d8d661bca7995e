//! The listening side: one server task, and connections that a fault can reset.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::config::{SimConfig, SimError};
use crate::handle::{SimHandle, router};

/// How long [`Sim::stop`] waits for calls in flight.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// A running simulator; dropping it stops it too.
#[derive(Debug)]
pub struct Sim {
    addr: SocketAddr,
    handle: SimHandle,
    task: JoinHandle<io::Result<()>>,
}

/// Binds the address and serves in a task of the current runtime.
///
/// # Errors
///
/// When the address is not loopback or cannot be bound, or the seed or a setting is not valid.
pub async fn start(config: SimConfig) -> Result<Sim, SimError> {
    let asked = config.listen;
    if !asked.ip().is_loopback() {
        return Err(SimError::NotLoopback(asked));
    }
    let handle = SimHandle::new(&config)?;
    let bind = |source| SimError::Bind { addr: asked, source };
    let listener = TcpListener::bind(asked).await.map_err(bind)?;
    let addr = listener.local_addr().map_err(bind)?;
    let service = router(&handle).into_make_service_with_connect_info::<Connection>();
    let mut closing = handle.shared().closing.subscribe();
    let stopped = async move {
        let _stopped = closing.wait_for(|closing| *closing).await;
    };
    let serving = axum::serve(SimListener(listener), service).with_graceful_shutdown(stopped);
    let task = tokio::spawn(serving.into_future());
    Ok(Sim { addr, handle, task })
}

impl Sim {
    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base URL without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Token of the control routes, random at each start.
    #[must_use]
    pub fn control_token(&self) -> &str {
        self.handle.control_token()
    }

    /// Control from the same process.
    #[must_use]
    pub fn state(&self) -> &SimHandle {
        &self.handle
    }

    /// Stops listening, lets calls in flight end for two seconds, and breaks off hanging ones.
    pub async fn stop(mut self) {
        self.handle.shared().closing.send_replace(true);
        if tokio::time::timeout(STOP_GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }

    /// Serves until the task ends by itself.
    pub(crate) async fn ended(&mut self) -> Result<(), SimError> {
        match (&mut self.task).await {
            Ok(result) => result.map_err(SimError::Serve),
            Err(error) => Err(SimError::Serve(io::Error::other(error))),
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.handle.shared().closing.send_replace(true);
    }
}

/// One accepted connection as the pipeline sees it.
#[derive(Debug, Clone)]
pub(crate) struct Connection(Arc<AtomicBool>);

impl Connection {
    /// Makes the next write reset the connection.
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Connected<IncomingStream<'_, SimListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, SimListener>) -> Self {
        Self(Arc::clone(&stream.io().reset))
    }
}

struct SimListener(TcpListener);

impl Listener for SimListener {
    type Io = SimStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        (SimStream { stream, reset: Arc::new(AtomicBool::new(false)) }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A stream that turns the first write after [`Connection::reset`] into a TCP reset.
struct SimStream {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl SimStream {
    fn check(&self) -> io::Result<()> {
        if self.reset.load(Ordering::Acquire) {
            // Without lingering the close is a reset, not an orderly end.
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for SimStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for SimStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
