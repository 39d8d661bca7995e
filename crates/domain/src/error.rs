//! Outcomes other than success, by what the caller can do about them. `http` maps them to the contract's body once.

use keyferry_db::DbError;
use serde_json::Value;

/// The result of a domain function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One finding about an input (the shape of contract "connections and syncs" 1.3, zod v3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The whole issue object as it goes over the wire: `code`, `path`, `message` and its details.
    pub body: Value,
}

/// Why a request was not carried out. `message` is shown to the caller; `name` is the envelope's `error` field.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400.
    #[error("{message}")]
    BadRequest {
        /// Envelope's `error`; `BadRequest` when `None`.
        name: Option<String>,
        /// What is wrong and the way out.
        message: String,
        /// Envelope's `details`.
        details: Option<Value>,
    },
    /// 401.
    #[error("{message}")]
    Unauthorized {
        /// Envelope's `error`; `UnauthorizedError` when `None`.
        name: Option<String>,
        /// What is wrong.
        message: String,
    },
    /// 403 with `TokenError`: the token itself is no good.
    #[error("{message}")]
    Token {
        /// The text of core API contract 3.3.
        message: String,
    },
    /// 403 from the rule engine.
    #[error("You are not allowed to {action} on {subject}")]
    PermissionDenied {
        /// The action, in its short spelling.
        action: String,
        /// The subject.
        subject: String,
        /// The rules that spoke about this action and subject.
        rules: Vec<Value>,
    },
    /// 403 for other reasons.
    #[error("{message}")]
    Forbidden {
        /// Envelope's `error`; `ForbiddenError` when `None`.
        name: Option<String>,
        /// What is wrong.
        message: String,
        /// Envelope's `details`.
        details: Option<Value>,
    },
    /// 404.
    #[error("{message}")]
    NotFound {
        /// Envelope's `error`; `NotFound` when `None`.
        name: Option<String>,
        /// What is missing.
        message: String,
    },
    /// 409: the state moved since the caller looked.
    #[error("{message}")]
    Conflict {
        /// Envelope's `error`.
        name: String,
        /// What moved and the way out.
        message: String,
        /// Envelope's `details`.
        details: Option<Value>,
    },
    /// 422: all issues at once.
    #[error("the input is not valid")]
    Invalid(Vec<Issue>),
    /// 429.
    #[error("Rate limit exceeded. Please try again in {retry_after_s} seconds")]
    RateLimited {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// 503: the database or another part is away for now.
    #[error("{message}")]
    Unavailable {
        /// What is away; safe to show.
        message: String,
    },
    /// 500: a defect of ours or a damaged row. The cause is logged once at the edge and never shown.
    #[error("internal error: {cause}")]
    Internal {
        /// For the log only.
        cause: String,
    },
}

impl Error {
    /// 400 with the default name.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::BadRequest { name: None, message: message.into(), details: None }
    }

    /// 400 with a name.
    pub fn bad_request_named(name: &str, message: impl Into<String>) -> Self {
        Self::BadRequest { name: Some(name.to_owned()), message: message.into(), details: None }
    }

    /// 401 with the default name.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::Unauthorized { name: None, message: message.into() }
    }

    /// 403 with the default name.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden { name: None, message: message.into(), details: None }
    }

    /// 404 with the default name.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::NotFound { name: None, message: message.into() }
    }

    /// 404 with a name.
    pub fn not_found_named(name: &str, message: impl Into<String>) -> Self {
        Self::NotFound { name: Some(name.to_owned()), message: message.into() }
    }

    /// 500.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal { cause: cause.to_string() }
    }

    /// One issue of the `custom` kind, at a path.
    pub fn invalid_field(path: &[&str], message: impl Into<String>) -> Self {
        Self::Invalid(vec![Issue { body: serde_json::json!({"code": "custom", "message": message.into(), "path": path}) }])
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) => {
                Self::Unavailable { message: "The database is not available. Try again shortly.".to_owned() }
            }
            other => Self::internal(other),
        }
    }
}

impl From<keyferry_crypto::OpenError> for Error {
    fn from(error: keyferry_crypto::OpenError) -> Self {
        Self::internal(format!("a stored value does not decrypt: {error}"))
    }
}
