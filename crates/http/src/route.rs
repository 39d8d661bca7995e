//! A route and what is known about it: who may call, with which permission, what it reads and answers.

use axum::routing::MethodRouter;
use http::Method;
use serde_json::Value;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth {
    /// A person's access token.
    pub user: bool,
    /// A machine identity's access token.
    pub identity: bool,
    /// A service token.
    pub service: bool,
    /// A browser session; proved by the pages' own extractor.
    pub session: bool,
    /// Whether the caller must have chosen an organization.
    pub organization: bool,
}

impl Auth {
    /// Anybody; no token is looked at.
    pub const NONE: Self = Self { user: false, identity: false, service: false, session: false, organization: false };
    /// Users and identities, in an organization.
    pub const BOTH: Self = Self { user: true, identity: true, service: false, session: false, organization: true };
    /// Users in an organization.
    pub const USER: Self = Self { user: true, identity: false, service: false, session: false, organization: true };
    /// Identities.
    pub const IDENTITY: Self = Self { user: false, identity: true, service: false, session: false, organization: true };
    /// A browser session.
    pub const SESSION: Self = Self { user: false, identity: false, service: false, session: true, organization: true };

    /// Whether a bearer token is asked for.
    #[must_use]
    pub const fn takes_bearer(self) -> bool {
        self.user || self.identity || self.service
    }

    /// Also without a chosen organization.
    #[must_use]
    pub const fn organization_optional(mut self) -> Self {
        self.organization = false;
        self
    }
}

/// What a route reads and answers, as JSON Schema.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// An object schema of the path's parts.
    pub params: Option<Value>,
    /// An object schema of the query.
    pub query: Option<Value>,
    /// A schema of the body.
    pub body: Option<Value>,
    /// An example of the answer; a key ending in `?` is optional, the value of one ending in `|null` may be `null`.
    pub answer: Option<Value>,
    /// The media type of the answer unless it is JSON.
    pub media_type: Option<&'static str>,
    /// Whether the handler looks at a bearer token itself, which no extractor proves.
    pub reads_own_token: bool,
}

/// What is known about a route.
#[derive(Clone, Debug)]
pub struct RouteSpec {
    /// The method.
    pub method: Method,
    /// The path, with parts such as `{connectionId}`.
    pub path: &'static str,
    /// A name that is unique in the description; empty for pages.
    pub operation_id: &'static str,
    /// The group in the description.
    pub tag: &'static str,
    /// One line for readers.
    pub summary: &'static str,
    /// Who may call.
    pub auth: Auth,
    /// `subject:action`, or `none`; for readers and for the generated walk over all routes.
    pub permission: &'static str,
    /// Kept out of the description.
    pub hidden: bool,
    /// What it reads and answers.
    pub operation: Operation,
}

impl RouteSpec {
    /// A route of which only the method, the path and the callers are known yet.
    #[must_use]
    pub fn new(method: Method, path: &'static str, auth: Auth) -> Self {
        Self {
            method,
            path,
            operation_id: "",
            tag: "",
            summary: "",
            auth,
            permission: "none",
            hidden: false,
            operation: Operation::default(),
        }
    }
}

/// A route with its handler.
pub struct Route<S> {
    /// What is known about it.
    pub spec: RouteSpec,
    /// Its handler, for the method of `spec` only.
    pub handler: MethodRouter<S>,
}
