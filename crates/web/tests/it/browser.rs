//! A browser without scripts: keeps cookies, fills in what a form of the last page carries, follows redirects when asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use keyferry_db::entities::users;
use keyferry_domain::{Actor, Caller};
use keyferry_http::{AppState, HttpConfig, Readiness, TokenAuthenticator};
use keyferry_test_support::World;
use secrecy::SecretString;
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse battery";

struct Always;

#[async_trait]
impl Readiness for Always {
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The page, which must have this status and say all of this.
    #[track_caller]
    pub(crate) fn says(&self, status: StatusCode, wanted: &[&str]) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        for text in wanted {
            assert!(self.body.contains(text), "{text:?} is missing from {}", self.body);
        }
        self
    }

    /// The value of the last hidden field of this name: the frame's own forms come first.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = self.body.rfind(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {}", self.body));
        self.body[start..].split('"').nth(3).unwrap().to_owned()
    }
}

pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    peer: SocketAddr,
    host: &'static str,
}

impl Browser {
    /// On the server's own machine.
    pub(crate) fn new(world: &World) -> Self {
        let state = AppState {
            authenticator: Arc::new(TokenAuthenticator::new(Arc::clone(&world.app))),
            readiness: Arc::new(Always),
            app: Arc::clone(&world.app),
        };
        let router = keyferry_http::app(keyferry_web::router(state), HttpConfig::default());
        Self { router, cookies: BTreeMap::new(), peer: "127.0.0.1:4000".parse().unwrap(), host: "127.0.0.1:8080" }
    }

    /// On another machine.
    pub(crate) fn elsewhere(world: &World) -> Self {
        Self { peer: "192.0.2.7:4000".parse().unwrap(), host: "keys.example.com", ..Self::new(world) }
    }

    /// Signed in as this caller.
    pub(crate) async fn signed_in(world: &World, caller: &Caller) -> Self {
        let email = give_password(world, caller).await;
        let mut browser = Self::new(world);
        let answer = browser.post("/login", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Sends fields as they are.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, Some(fields), &[]).await
    }

    /// Sends a form of a page: with its token and its one-time key.
    pub(crate) async fn submit(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let (token, key) = (page.hidden("_token"), page.hidden("_key"));
        let mut all = vec![("_token", token.as_str()), ("_key", key.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Follows a redirect.
    pub(crate) async fn follow(&mut self, answer: &Answer) -> Answer {
        let to = answer.location().split('#').next().unwrap().to_owned();
        self.get(&to).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        fields: Option<&[(&str, &str)]>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, self.host);
        let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !line.is_empty() {
            request = request.header(header::COOKIE, line.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match fields {
            Some(fields) => {
                request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                Body::from(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
            }
            None => Body::empty(),
        };
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let line = cookie.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            match line.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

/// Lets a user of the world sign in; answers the mail address.
pub(crate) async fn give_password(world: &World, caller: &Caller) -> String {
    let Actor::User { id, email, .. } = &caller.actor else { panic!("only users sign in here") };
    let hash = world.app.passwords.hash(&SecretString::from(PASSWORD)).await.unwrap();
    let tx = world.app.db.begin().await.unwrap();
    let mut row = keyferry_db::find_by_id::<users::Model>(&tx, *id).await.unwrap().unwrap();
    row.password_hash = Some(hash);
    keyferry_db::update(&tx, row).await.unwrap();
    tx.commit().await.unwrap();
    email.clone()
}
