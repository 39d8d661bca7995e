//! From a request to a handler and back: who visits, what was asked, and how the answer is made.

mod answer;
mod cookies;
mod endpoint;
mod guest;
mod once;
mod recent;
mod request;
mod signed;
mod web;

pub use answer::{Answer, Go, Problem, go, html};
pub use cookies::Cookies;
pub use endpoint::{Endpoint, action, open_action, open_page, page, upload};
pub use guest::Guest;
pub use once::Once;
pub use recent::Recent;
pub use request::Request;
pub use signed::Visit;
pub use web::Web;

#[cfg(test)]
pub(crate) use request::sample as sample_request;
