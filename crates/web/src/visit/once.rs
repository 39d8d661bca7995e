//! Forms that were sent twice do their work once. The memory is this process's own and lasts ten minutes, longer than any
//! impatient click.

use std::sync::Arc;
use std::time::Duration;

use keyferry_domain::{Error, Result};
use moka::future::Cache;

/// Answers already given, by session, address, the form's key and what was typed.
#[derive(Clone)]
pub struct Once {
    answers: Cache<String, String>,
}

impl Default for Once {
    fn default() -> Self {
        Self { answers: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(600)).build() }
    }
}

impl Once {
    /// Runs the work unless it was done under this key, and answers where it led. Two at once: the second waits. Work that failed
    /// may be tried again.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn run(&self, key: String, work: impl Future<Output = Result<String>>) -> Result<String> {
        self.answers.try_get_with(key, work).await.map_err(|shared| match Arc::try_unwrap(shared) {
            Ok(error) => error,
            Err(shared) => again(&shared),
        })
    }
}

/// Two senders share one failure.
fn again(error: &Error) -> Error {
    match error {
        Error::BadRequest { name, message, details } => {
            Error::BadRequest { name: name.clone(), message: message.clone(), details: details.clone() }
        }
        Error::Invalid(issues) => Error::Invalid(issues.clone()),
        Error::NotFound { name, message } => Error::NotFound { name: name.clone(), message: message.clone() },
        Error::PermissionDenied { action, subject, rules } => {
            Error::PermissionDenied { action: action.clone(), subject: subject.clone(), rules: rules.clone() }
        }
        Error::Forbidden { name, message, details } => {
            Error::Forbidden { name: name.clone(), message: message.clone(), details: details.clone() }
        }
        Error::Conflict { name, message, details } => {
            Error::Conflict { name: name.clone(), message: message.clone(), details: details.clone() }
        }
        Error::RateLimited { retry_after_s } => Error::RateLimited { retry_after_s: *retry_after_s },
        Error::Unavailable { message } => Error::Unavailable { message: message.clone() },
        other => Error::internal(other),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_shared_refusal_stays_a_refusal() {
        let missing = vec![serde_json::json!({"action": "edit", "subject": "secrets"})];
        let refused = keyferry_domain::access::boundary_error("No", missing);
        assert!(matches!(again(&refused), Error::Forbidden { details: Some(_), .. }), "not a defect of ours");
        assert!(matches!(again(&Error::RateLimited { retry_after_s: 3 }), Error::RateLimited { retry_after_s: 3 }));
    }

    #[tokio::test]
    async fn work_is_done_once_and_failures_may_be_tried_again() {
        let (once, runs) = (Once::default(), AtomicU32::new(0));
        let work = async |fails: bool| {
            runs.fetch_add(1, Ordering::Relaxed);
            if fails { Err(Error::bad_request("no")) } else { Ok("/done".to_owned()) }
        };
        assert!(once.run("k".to_owned(), work(true)).await.is_err());
        assert_eq!(once.run("k".to_owned(), work(false)).await.ok().as_deref(), Some("/done"));
        assert_eq!(once.run("k".to_owned(), work(false)).await.ok().as_deref(), Some("/done"));
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }
}
