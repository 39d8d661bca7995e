//! Who asks, on whose behalf, from where.

use std::net::IpAddr;

use uuid::Uuid;

/// The authenticated party behind a request or a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, signed in through a session.
    User {
        /// The user's id.
        id: Uuid,
        /// Sign-in name.
        username: String,
        /// Mail address.
        email: String,
        /// The session behind the token.
        session_id: Uuid,
        /// Whether the person administers the installation.
        is_super_admin: bool,
    },
    /// A machine identity.
    Identity {
        /// The identity's id.
        id: Uuid,
        /// Its name.
        name: String,
        /// The access token's row.
        token_id: Uuid,
        /// How it signed in: `universal-auth`, `token-auth`.
        auth_method: String,
        /// Whether it administers the installation.
        is_instance_admin: bool,
    },
    /// A service token: it acts for itself, in one project.
    Service {
        /// The token's id.
        id: Uuid,
        /// Its name.
        name: String,
        /// The project it belongs to.
        project_id: Uuid,
        /// Environment and path of a token that has a single scope without wildcards: some routes then take no other place from a
        /// request (core API contract 3.5).
        only_place: Option<(String, String)>,
    },
    /// Keyferry itself: jobs and background work.
    Platform,
}

impl Actor {
    /// The audit log's and the API's word for this kind of actor.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::Identity { .. } => "identity",
            Self::Service { .. } => "service",
            Self::Platform => "platform",
        }
    }

    /// The id of the user, identity or service token.
    #[must_use]
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } | Self::Identity { id, .. } | Self::Service { id, .. } => Some(*id),
            Self::Platform => None,
        }
    }

    /// A name to show beside changes.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User { email, .. } => Some(email),
            Self::Identity { name, .. } | Self::Service { name, .. } => Some(name),
            Self::Platform => None,
        }
    }

    /// The user's id, for personal overrides.
    #[must_use]
    pub fn user_id(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// The audit log's `actor.metadata` (core API contract 13.1).
    #[must_use]
    pub fn metadata(&self) -> serde_json::Value {
        match self {
            Self::User { id, username, email, .. } => serde_json::json!({"userId": id, "email": email, "username": username}),
            Self::Identity { id, name, .. } => serde_json::json!({"identityId": id, "name": name}),
            Self::Service { id, name, .. } => serde_json::json!({"serviceId": id, "name": name}),
            Self::Platform => serde_json::json!({}),
        }
    }
}

/// Why something is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Somebody or a program asked.
    #[default]
    Once,
    /// A page was opened; it may ask again by itself.
    Page,
    /// An open page says that it asks again by itself.
    Refresh,
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The peer's address; proxies' headers count only when the peer is trusted.
    pub ip: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The `reqId` of the answer.
    pub request_id: String,
    /// Why something is looked at.
    pub look: Look,
}

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// The organization chosen by the token; `None` for a user who has not chosen yet, and for the platform.
    pub org_id: Option<Uuid>,
    /// From where.
    pub origin: Origin,
}

impl Caller {
    /// Keyferry itself, at work for an organization.
    #[must_use]
    pub fn platform(org_id: Uuid) -> Self {
        Self { actor: Actor::Platform, org_id: Some(org_id), origin: Origin::default() }
    }
}
