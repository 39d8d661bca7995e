//! What the API and the web pages share: the route registry, the proof of the caller, the error envelope, and the layers around
//! every request. No routes.

mod app;
mod auth;
mod body;
mod client_address;
mod context;
mod cors;
pub mod etag;
mod failure;
mod normalize;
mod registry;
mod route;
mod state;

pub use app::{HttpConfig, app};
pub use auth::{Authenticator, TokenAuthenticator, admit, authenticate, bearer_token};
pub use body::{read_body, read_file_body};
pub use client_address::IpRange;
pub use context::RequestContext;
pub use failure::Failure;
pub use registry::Registry;
pub use route::{Auth, Operation, Route, RouteSpec};
pub use state::{AppState, HttpState, Readiness};
