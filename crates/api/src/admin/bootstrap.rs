//! Sets the installation up, once (core API contract, section 4.4).

use std::net::IpAddr;

use http::header;
use keyferry_domain::Result;
use keyferry_domain::installation::{self, BootstrapInput, BootstrapOutput};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::TAG;
use crate::endpoint::{AnonymousCall, Endpoint, Input, Json, RequestInfo, post};
use crate::wire::{Decode, Fields, secret_text, text};

struct Body {
    email: String,
    password: SecretString,
    organization: String,
    setup_token: Option<SecretString>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let email = f.required("email", text().trim().min(1).email());
        let password = f.required("password", text().min(1));
        let organization = f.required("organization", text().trim().min(1));
        let setup_token = f.optional("setupToken", secret_text());
        Some(Self {
            email: email?,
            password: SecretString::from(password?),
            organization: organization?,
            setup_token: setup_token?,
        })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/admin/bootstrap", bootstrap)
        .id("bootstrapInstance")
        .tag(TAG)
        .summary("Set the instance up: first account, organization and identity. Works once")
        .answers(|| {
            json!({
                "message": MESSAGE,
                "user": {
                    "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "username": "admin@example.com", "email": "admin@example.com",
                    "firstName": "Admin", "lastName": "User", "superAdmin": true
                },
                "organization": { "id": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22", "name": "acme", "slug": "acme-x7f2" },
                "identity": {
                    "id": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33", "name": "Instance Admin Identity",
                    "credentials": { "token": "eyJhbGciOiJIUzI1NiJ9.e30.signature" }
                }
            })
        })
}

const MESSAGE: &str = "Successfully bootstrapped instance";

async fn bootstrap(call: AnonymousCall, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let Body { email, password, organization, setup_token } = input.body;
    let trusted_local = is_local(&call.request);
    let input = BootstrapInput { email, password, organization, setup_token, trusted_local };
    let BootstrapOutput { user, organization, identity, token } = installation::bootstrap(&call.app, call.origin, input).await?;
    Ok(Json(json!({
        "message": MESSAGE,
        "user": {
            "id": user.id, "username": user.username, "email": user.email,
            "firstName": user.first_name, "lastName": user.last_name, "superAdmin": user.is_super_admin
        },
        "organization": { "id": organization.id, "name": organization.name, "slug": organization.slug },
        "identity": { "id": identity.id, "name": identity.name, "credentials": { "token": token.expose_secret() } }
    })))
}

/// Whether the request came from this machine itself: a loopback peer that speaks to a loopback name, with no proxy between. The
/// name counts because a page elsewhere can make a browser on this machine send requests under its own name.
fn is_local(request: &RequestInfo) -> bool {
    let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    request.peer.is_some_and(|peer| peer.is_loopback()) && !request.forwarded && is_loopback_host(host)
}

fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback_host;

    #[test]
    fn only_loopback_names_are_local() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:8080", true),
            ("127.8.8.8", true),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("", false),
            ("keyferry.example.com", false),
            ("localhost.example.com:8080", false),
            ("10.0.0.1:80", false),
            ("0.0.0.0:80", false),
            ("[::]:80", false),
        ] {
            assert_eq!(is_loopback_host(host), expected, "{host}");
        }
    }
}
