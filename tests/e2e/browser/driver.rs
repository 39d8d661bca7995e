//! One chromedriver with one Chromium, spoken to in the WebDriver protocol (W3C WebDriver 2). The dozen calls needed here are
//! plain JSON over HTTP; a client library would bring a second HTTP stack, or a licence of its own, for them.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use keyferry_test_support::eventually;
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Journeys at the same time; the browser of each keeps a core busy.
static BROWSERS: Semaphore = Semaphore::const_new(2);
/// How often chromedriver is started before the test fails.
const STARTS: usize = 10;
/// How long one call may take on a busy machine.
const CALL_DEADLINE: Duration = Duration::from_secs(180);

/// A browser window; dropping it ends its processes.
pub struct Driver {
    child: Child,
    http: reqwest::Client,
    session: String,
    _directory: TempDir,
    _permit: Option<SemaphorePermit<'static>>,
}

impl Driver {
    /// Starts a browser with a profile of its own, once there is room for one more journey.
    pub async fn start() -> Self {
        let permit = BROWSERS.acquire().await.unwrap();
        Self::launch(Some(permit)).await
    }

    /// Starts a second browser of a journey. It waits for nobody: two journeys that each waited for their second one would wait for ever.
    pub async fn start_beside() -> Self {
        Self::launch(None).await
    }

    #[expect(clippy::disallowed_methods, reason = "the tests talk to chromedriver on loopback")]
    async fn launch(permit: Option<SemaphorePermit<'static>>) -> Self {
        let directory = tempfile::Builder::new().prefix("kf-browser").tempdir().unwrap();
        let (child, port) = listen(directory.path()).await;
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let http = reqwest::Client::builder().user_agent("keyferry-tests").no_proxy().tls_certs_only([]).timeout(CALL_DEADLINE);
        let mut driver =
            Self { child, http: http.build().unwrap(), session: String::new(), _directory: directory, _permit: permit };
        let base = format!("http://127.0.0.1:{port}/session");
        let profile = driver._directory.path().join("profile");
        let started = driver.http.post(&base).body(capabilities(&profile).to_string()).send().await.unwrap();
        let answer: Value = serde_json::from_str(&started.text().await.unwrap()).unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no browser: {answer}"));
        driver.session = format!("{base}/{id}");
        driver.post("/timeouts", json!({"script": 60_000, "pageLoad": 120_000, "implicit": 0})).await;
        // Movement would change what is measured while it is measured.
        let still = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
        driver.devtools("Emulation.setEmulatedMedia", still).await;
        // Two windows are open at once, and both must look as if they had the focus.
        driver.devtools("Emulation.setFocusEmulationEnabled", json!({"enabled": true})).await;
        driver
    }

    /// A call; what it answers, or the error's name and message.
    #[expect(clippy::disallowed_methods, reason = "the tests talk to chromedriver on loopback")]
    pub async fn try_call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, String> {
        let mut request = self.http.request(method, format!("{}{path}", self.session));
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let text = match request.send().await {
            Ok(answer) => answer.text().await.unwrap(),
            Err(error) => panic!("chromedriver does not answer {path}: {error}"),
        };
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        let value = answer["value"].take();
        match value.get("error").and_then(Value::as_str) {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }

    /// A call that must succeed.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.try_call(Method::POST, path, Some(body)).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A call that must succeed.
    pub async fn get(&self, path: &str) -> Value {
        self.try_call(Method::GET, path, None).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A command of Chromium's own protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser is in its driver's group.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process_group(group, Signal::KILL).ok();
        }
        self.child.wait().ok();
    }
}

/// Starts chromedriver until one listens: the port it picks for itself may be taken on the other address family, and then it ends.
async fn listen(directory: &Path) -> (Child, u16) {
    let log = directory.join("driver.log");
    for _ in 0..STARTS {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("TMPDIR", directory).env("HOME", directory);
        let out = std::fs::File::create(&log).unwrap();
        command.stdin(Stdio::null()).stderr(out.try_clone().unwrap()).stdout(out).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("chromedriver does not start ({error}); install it (Debian: apt-get install chromium chromium-driver)")
        });
        let port = eventually("chromedriver says its port or ends", || {
            let has_ended = child.try_wait().unwrap().is_some();
            std::future::ready(port(&log).map(Some).or(has_ended.then_some(None)))
        });
        if let Some(port) = port.await {
            return (child, port);
        }
    }
    panic!("chromedriver does not listen: {}", std::fs::read_to_string(&log).unwrap());
}

fn port(log: &Path) -> Option<u16> {
    let text = std::fs::read_to_string(log).ok()?;
    let (_, rest) = text.split_once("started successfully on port ")?;
    rest.split_once('.')?.0.parse().ok()
}

/// Headless, nothing but this machine within reach, its console kept for us.
fn capabilities(profile: &Path) -> Value {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--hide-scrollbars",
        "--window-size=1280,900",
        "--lang=en-US",
        "--force-prefers-reduced-motion",
        &format!("--user-data-dir={}", profile.display()),
    ];
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome",
        "goog:loggingPrefs": {"browser": "ALL"},
        "unhandledPromptBehavior": "accept",
        "goog:chromeOptions": {"args": arguments},
    }}})
}
