//! Joins a handler to its route: proves the caller, reads the input, calls, and describes itself from the same types.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use keyferry_domain::{App, Caller, Error, Origin, Result, audit};
use keyferry_http::{AppState, Auth, Failure, Operation, RequestContext, Route, RouteSpec, admit, authenticate};
use serde_json::Value;
use uuid::Uuid;

pub use crate::wire::Input;
use crate::wire::{Decode, describe};
pub use axum::Json;

/// A JSON body that is serialised already.
#[derive(Clone, Debug)]
pub struct JsonBytes(pub Bytes);

impl IntoResponse for JsonBytes {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], Body::from(self.0)).into_response()
    }
}

/// What is known about a request beside its input.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// The headers.
    pub headers: HeaderMap,
    /// The path and query as sent.
    pub url: String,
    /// The socket's other end.
    pub peer: Option<IpAddr>,
    /// Whether a header of a proxy was present.
    pub forwarded: bool,
}

/// A request of a proven caller.
pub struct Call {
    /// The open installation.
    pub app: Arc<App>,
    /// Who calls.
    pub caller: Caller,
    /// The rest.
    pub request: RequestInfo,
}

impl Call {
    /// The organization the caller has chosen.
    ///
    /// # Errors
    /// 401 when there is none; cannot happen on routes that ask for one.
    pub fn org_id(&self) -> Result<Uuid> {
        self.caller.org_id.ok_or_else(|| Error::Unauthorized {
            name: Some("Unauthorized Access, no organization found in request".to_owned()),
            message: "You are not allowed to access this resource".to_owned(),
        })
    }
}

/// A request for which no token is looked at.
pub struct AnonymousCall {
    /// The open installation.
    pub app: Arc<App>,
    /// From where.
    pub origin: Origin,
    /// The state of the routes, for probes.
    pub state: AppState,
    /// The rest.
    pub request: RequestInfo,
}

/// The kinds of first argument of a handler.
pub trait CallKind: Send + Sized + 'static {
    /// Who may call unless the endpoint says otherwise.
    const AUTH: Auth;

    /// The argument. `caller` is there when [`Self::AUTH`] takes bearer tokens.
    ///
    /// # Errors
    /// 500 when the endpoint's callers contradict its handler.
    fn build(state: AppState, caller: Option<Caller>, origin: Origin, request: RequestInfo) -> Result<Self>;
}

impl CallKind for Call {
    const AUTH: Auth = Auth::BOTH;

    fn build(state: AppState, caller: Option<Caller>, _: Origin, request: RequestInfo) -> Result<Self> {
        let caller = caller.ok_or_else(|| Error::internal("a route without callers has a handler that wants one"))?;
        Ok(Self { app: state.app, caller, request })
    }
}

impl CallKind for AnonymousCall {
    const AUTH: Auth = Auth::NONE;

    fn build(state: AppState, _: Option<Caller>, origin: Origin, request: RequestInfo) -> Result<Self> {
        Ok(Self { app: Arc::clone(&state.app), origin, state, request })
    }
}

/// A route in the making.
pub struct Endpoint {
    spec: RouteSpec,
    bind: Box<dyn FnOnce(Auth) -> MethodRouter<AppState>>,
}

impl From<Endpoint> for Route<AppState> {
    fn from(endpoint: Endpoint) -> Self {
        Self { handler: (endpoint.bind)(endpoint.spec.auth), spec: endpoint.spec }
    }
}

/// A `GET` route.
pub fn get<T>(path: &'static str, handler: impl Handler<T>) -> Endpoint {
    handler.endpoint(Method::GET, MethodFilter::GET, path)
}

/// A `POST` route.
pub fn post<T>(path: &'static str, handler: impl Handler<T>) -> Endpoint {
    handler.endpoint(Method::POST, MethodFilter::POST, path)
}

/// A `PATCH` route.
pub fn patch<T>(path: &'static str, handler: impl Handler<T>) -> Endpoint {
    handler.endpoint(Method::PATCH, MethodFilter::PATCH, path)
}

/// A `PUT` route.
pub fn put<T>(path: &'static str, handler: impl Handler<T>) -> Endpoint {
    handler.endpoint(Method::PUT, MethodFilter::PUT, path)
}

/// A `DELETE` route.
pub fn delete<T>(path: &'static str, handler: impl Handler<T>) -> Endpoint {
    handler.endpoint(Method::DELETE, MethodFilter::DELETE, path)
}

impl Endpoint {
    /// A name that is unique in the description.
    #[must_use]
    pub fn id(mut self, operation_id: &'static str) -> Self {
        self.spec.operation_id = operation_id;
        self
    }

    /// The group in the description.
    #[must_use]
    pub fn tag(mut self, tag: &'static str) -> Self {
        self.spec.tag = tag;
        self
    }

    /// One line for readers.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.spec.summary = summary;
        self
    }

    /// `subject:action`, or `none`.
    #[must_use]
    pub fn permission(mut self, permission: &'static str) -> Self {
        self.spec.permission = permission;
        self
    }

    /// An example of the answer; a key ending in `?` is optional, the value of one ending in `|null` may be `null`.
    #[must_use]
    pub fn answers(mut self, example: impl FnOnce() -> Value) -> Self {
        self.spec.operation.answer = Some(example());
        self
    }

    /// The answer is not JSON but of this media type.
    #[must_use]
    pub fn media_type(mut self, media_type: &'static str) -> Self {
        self.spec.operation.media_type = Some(media_type);
        self
    }

    /// The handler looks at a bearer token itself, one that proves a part of a sign-in only.
    #[must_use]
    pub fn reads_own_token(mut self) -> Self {
        self.spec.operation.reads_own_token = true;
        self
    }

    /// Only users may call.
    #[must_use]
    pub fn users_only(mut self) -> Self {
        self.spec.auth.identity = false;
        self
    }

    /// Only identities may call.
    #[must_use]
    pub fn identities_only(mut self) -> Self {
        self.spec.auth.user = false;
        self
    }

    /// Service tokens may call, too.
    #[must_use]
    pub fn service_tokens(mut self) -> Self {
        self.spec.auth.service = true;
        self
    }

    /// Only service tokens may call.
    #[must_use]
    pub fn service_tokens_only(mut self) -> Self {
        self.spec.auth.user = false;
        self.spec.auth.identity = false;
        self.spec.auth.service = true;
        self
    }

    /// Callers who have not chosen an organization may call, too.
    #[must_use]
    pub fn organization_optional(mut self) -> Self {
        self.spec.auth = self.spec.auth.organization_optional();
        self
    }

    /// Not in the description.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.spec.hidden = true;
        self
    }
}

/// A function that answers a request: `async fn(Call, Input<Params, Query, Body>) -> Result<impl IntoResponse>`, or the same with
/// [`AnonymousCall`].
pub trait Handler<T>: Sized {
    /// Binds it to a route.
    fn endpoint(self, method: Method, filter: MethodFilter, path: &'static str) -> Endpoint;
}

impl<F, Fut, R, C, P, Q, B> Handler<(C, P, Q, B)> for F
where
    F: Fn(C, Input<P, Q, B>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<R>> + Send + 'static,
    R: IntoResponse,
    C: CallKind,
    P: Decode + Send + 'static,
    Q: Decode + Send + 'static,
    B: Decode + Send + 'static,
{
    fn endpoint(self, method: Method, filter: MethodFilter, path: &'static str) -> Endpoint {
        let mut spec = RouteSpec::new(method, path, C::AUTH);
        spec.operation = Operation {
            params: P::READS.then(describe::<P>),
            query: Q::READS.then(describe::<Q>),
            body: B::READS.then(describe::<B>),
            ..Operation::default()
        };
        let bind = move |auth: Auth| {
            on(filter, move |State(state): State<AppState>, request: Request| {
                let handler = self.clone();
                async move {
                    let mut witness =
                        Witness { app: Arc::clone(&state.app), caller: None, method: request.method().clone(), path };
                    match prepare::<C, P, Q, B>(state, auth, path, request, &mut witness).await {
                        Ok((call, input)) => match handler(call, input).await {
                            Ok(answer) => answer.into_response(),
                            Err(error) => {
                                witness.tell(&error);
                                Failure::from(error).into_response()
                            }
                        },
                        Err(failure) => failure.into_response(),
                    }
                }
            })
        };
        Endpoint { spec, bind: Box::new(bind) }
    }
}

/// Knows who asked for what when a request is denied.
struct Witness {
    app: Arc<App>,
    caller: Option<Caller>,
    method: Method,
    path: &'static str,
}

impl Witness {
    /// Has the audit log told of a denial.
    fn tell(&self, error: &Error) {
        if let Some(caller) = &self.caller {
            audit::record_denial(&self.app, caller, self.method.as_str(), self.path, error);
        }
    }
}

/// Caller first, then the input (connections and syncs, section 1.1).
async fn prepare<C: CallKind, P: Decode, Q: Decode, B: Decode>(
    state: AppState,
    auth: Auth,
    path: &'static str,
    request: Request,
    witness: &mut Witness,
) -> Result<(C, Input<P, Q, B>), Failure> {
    let context = request.extensions().get::<RequestContext>().cloned().unwrap_or_default();
    let caller = if auth.takes_bearer() {
        let caller = authenticate(&*state.authenticator, request.headers(), &context).await?;
        witness.caller = Some(caller.clone());
        admit(auth, &caller).inspect_err(|error| witness.tell(error))?;
        Some(caller)
    } else {
        None
    };
    let info =
        RequestInfo { headers: request.headers().clone(), url: context.url, peer: context.peer, forwarded: context.forwarded };
    let call = C::build(state, caller, context.origin, info)?;
    let input = Input::read(path, request).await?;
    Ok((call, input))
}
