//! Gathers the audit rows of reads and writes them in batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use keyferry_db::Db;
use keyferry_db::entities::audit_logs;
use tokio::sync::mpsc;

use super::denials::Denials;
use super::looks::Looks;
use crate::error::{Error, Result};

/// How many rows may wait; at this bound reads are refused.
const MAX_WAITING: usize = 20_000;
/// How many rows a batch holds.
const BATCH: usize = 1_000;
/// How long a batch gathers.
const GATHER: Duration = Duration::from_millis(25);
/// How long to wait after a failed write.
const RETRY: Duration = Duration::from_millis(500);

/// The entrance to the batches.
#[derive(Clone)]
pub struct Sink {
    sender: mpsc::UnboundedSender<Message>,
    state: Arc<State>,
    pub(super) denials: Denials,
    pub(super) looks: Looks,
}

#[derive(Default)]
struct State {
    waiting: AtomicUsize,
    failing: AtomicBool,
}

enum Message {
    Row(Box<audit_logs::Model>),
    Flush(tokio::sync::oneshot::Sender<()>),
}

impl Sink {
    /// Starts the writer of batches.
    #[must_use]
    pub fn start(db: Db) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let state = Arc::new(State::default());
        tokio::spawn(write_batches(db, receiver, Arc::clone(&state)));
        Self { sender, state, denials: Denials::default(), looks: Looks::default() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Unavailable`] while the last batch could not be written or too many rows wait.
    pub fn push(&self, row: audit_logs::Model) -> Result<()> {
        let refuse = || Error::Unavailable { message: "The audit log cannot be written. Try again shortly.".to_owned() };
        if self.state.failing.load(Ordering::Relaxed) || self.state.waiting.load(Ordering::Relaxed) >= MAX_WAITING {
            return Err(refuse());
        }
        self.state.waiting.fetch_add(1, Ordering::Relaxed);
        self.sender.send(Message::Row(Box::new(row))).map_err(|_| refuse())
    }

    /// Answers when every row pushed before is written; used by exports and at the stop.
    pub async fn flush(&self) {
        let (done, wait) = tokio::sync::oneshot::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            wait.await.ok();
        }
    }
}

async fn write_batches(db: Db, mut receiver: mpsc::UnboundedReceiver<Message>, state: Arc<State>) {
    while let Some(first) = receiver.recv().await {
        let mut rows = Vec::new();
        let mut flushes = Vec::new();
        sort(first, &mut rows, &mut flushes);
        if flushes.is_empty() {
            tokio::time::sleep(GATHER).await;
        }
        while rows.len() < BATCH
            && let Ok(message) = receiver.try_recv()
        {
            sort(message, &mut rows, &mut flushes);
        }
        while let Err(error) = write(&db, &rows).await {
            if !state.failing.swap(true, Ordering::Relaxed) {
                tracing::error!(%error, rows = rows.len(), "the audit log cannot be written; reads are refused until it can");
            }
            tokio::time::sleep(RETRY).await;
        }
        if state.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("the audit log is written again");
        }
        state.waiting.fetch_sub(rows.len(), Ordering::Relaxed);
        for done in flushes {
            done.send(()).ok();
        }
    }
}

fn sort(message: Message, rows: &mut Vec<audit_logs::Model>, flushes: &mut Vec<tokio::sync::oneshot::Sender<()>>) {
    match message {
        Message::Row(row) => rows.push(*row),
        Message::Flush(done) => flushes.push(done),
    }
}

async fn write(db: &Db, rows: &[audit_logs::Model]) -> Result<(), keyferry_db::DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let tx = db.begin().await?;
    keyferry_db::insert_many(&tx, rows.to_vec()).await?;
    tx.commit().await
}
