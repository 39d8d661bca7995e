//! Waking the job workers of other replicas: NOTIFY and LISTEN on PostgreSQL. SQLite has one process, which wakes itself.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::mpsc;

use crate::connect::{Backend, Db};
use crate::error::DbError;
use crate::write::WriteTx;

const CHANNEL: &str = "keyferry_jobs";
/// Wait before a lost connection is opened again; polling carries the queue meanwhile.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// Tells all replicas, once the transaction commits, that jobs may be due. Does nothing on SQLite.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn notify_jobs(tx: &WriteTx) -> Result<(), DbError> {
    if tx.needs_row_locks() {
        tx.execute_unprepared(&format!("NOTIFY {CHANNEL}")).await?;
    }
    Ok(())
}

/// Signals that jobs may be due. Signals merge: one stands for any number.
pub struct JobSignals(Option<mpsc::Receiver<()>>);

impl JobSignals {
    /// Waits for the next signal; forever on SQLite. Dropping the future loses nothing.
    pub async fn recv(&mut self) {
        if let Some(receiver) = &mut self.0
            && receiver.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

impl Db {
    /// Listens for signals of all replicas on a connection of its own, which is opened again when lost.
    ///
    /// Needs a Tokio runtime. Ends when the answer is dropped.
    #[must_use]
    pub fn listen_jobs(&self) -> JobSignals {
        match self.backend() {
            Backend::Sqlite => JobSignals(None),
            Backend::Postgres => {
                // One slot: a signal that nobody has taken yet stands for those that follow.
                let (sender, receiver) = mpsc::channel(1);
                tokio::spawn(listen(self.read().get_postgres_connection_pool().clone(), sender));
                JobSignals(Some(receiver))
            }
        }
    }
}

async fn listen(main: PgPool, sender: mpsc::Sender<()>) {
    // A pool of its own, or the listener would hold a connection that the main pool counts on.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with((*main.connect_options()).clone());
    let mut is_lost = false;
    loop {
        let error = tokio::select! {
            () = sender.closed() => return,
            error = forward(&pool, &sender, &mut is_lost) => error,
        };
        if !std::mem::replace(&mut is_lost, true) {
            tracing::warn!(%error, "listening for jobs failed; polling goes on");
        }
        tokio::select! {
            () = sender.closed() => return,
            () = tokio::time::sleep(RECONNECT_AFTER) => {}
        }
    }
}

/// Passes signals on until the connection cannot be kept.
async fn forward(pool: &PgPool, sender: &mpsc::Sender<()>, is_lost: &mut bool) -> sqlx::Error {
    let mut listener = match PgListener::connect_with(pool).await {
        Ok(listener) => listener,
        Err(error) => return error,
    };
    if let Err(error) = listener.listen(CHANNEL).await {
        return error;
    }
    if std::mem::replace(is_lost, false) {
        tracing::info!("listening for jobs again");
    }
    // What was signalled before the connection stood is looked up once.
    sender.try_send(()).ok();
    loop {
        // `None` is a connection that was lost and is already back: signals may have been missed.
        match listener.try_recv().await {
            Ok(_) => {
                sender.try_send(()).ok();
            }
            Err(error) => return error,
        }
    }
}
