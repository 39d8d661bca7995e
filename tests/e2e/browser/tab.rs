//! What a person does in a browser.

use std::cell::RefCell;

use keyferry_test_support::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use super::driver::Driver;
use super::find;

/// Keys without a letter (W3C WebDriver 2, section 17.4.2).
pub mod key {
    pub const TAB: &str = "\u{E004}";
    pub const SHIFT: &str = "\u{E008}";
    pub const CONTROL: &str = "\u{E009}";
    pub const ENTER: &str = "\u{E007}";
    pub const SPACE: &str = " ";
    pub const DOWN: &str = "\u{E015}";
}

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// More presses of the Tab key than any page has stops.
const STOPS: usize = 150;

/// One browser window at one server.
pub struct Tab {
    pub(super) driver: Driver,
    pub(super) base: String,
    pub(super) defects: RefCell<Vec<String>>,
}

/// Fails the test for what [`Tab::inspect`] found, all screens together.
impl Drop for Tab {
    fn drop(&mut self) {
        let defects = self.defects.take();
        if !defects.is_empty() {
            let found = defects.join("\n\n");
            match std::thread::panicking() {
                true => say(&found),
                false => panic!("{found}"),
            }
        }
    }
}

/// Adds to the output of a test that has failed already.
#[expect(clippy::print_stderr, reason = "the output of a failed test")]
fn say(text: &str) {
    eprintln!("{text}");
}

impl Tab {
    /// A fresh browser without cookies.
    pub async fn open(base: &str) -> Self {
        Self { driver: Driver::start().await, base: base.to_owned(), defects: RefCell::default() }
    }

    /// A second browser of the same journey, of somebody else or on another machine.
    pub async fn beside(&self) -> Self {
        Self { driver: Driver::start_beside().await, base: self.base.clone(), defects: RefCell::default() }
    }

    /// Opens a page of the server.
    pub async fn go(&self, path: &str) {
        self.driver.post("/url", json!({"url": format!("{}{path}", self.base)})).await;
    }

    /// The path and query of the page that is open.
    pub async fn path(&self) -> String {
        let url = self.driver.get("/url").await;
        let url = url.as_str().unwrap().to_owned();
        url.strip_prefix(&self.base).unwrap_or(&url).to_owned()
    }

    /// Waits until the page's address holds this.
    pub async fn at(&self, part: &str) {
        self.wait(&format!("the address holds {part}"), async || self.path().await.contains(part).then_some(())).await;
    }

    /// Runs a script (the body of a function) in the page.
    pub async fn eval(&self, script: &str, arguments: Value) -> Value {
        let call = || self.driver.try_call(Method::POST, "/execute/sync", Some(json!({"script": script, "args": arguments})));
        eventually("a script runs", async || match call().await {
            Ok(value) => Some(value),
            Err(error) if error.starts_with("javascript error") => panic!("{error} in {script:.300}"),
            // The page went away under the script: the next page answers.
            Err(_) => None,
        })
        .await
    }

    /// The text a person reads.
    pub async fn text(&self) -> String {
        self.eval("return document.body ? document.body.innerText : ''", json!([])).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says this.
    pub async fn see(&self, text: &str) {
        self.wait(&format!("the page says {text:?}"), async || self.text().await.contains(text).then_some(())).await;
    }

    /// Waits until the page's one heading of the first level is this.
    pub async fn heading(&self, text: &str) {
        let script = "return [...document.querySelectorAll('h1')].map((el) => el.innerText.trim()).join('|')";
        self.wait(&format!("the heading is {text:?}"), async || (self.eval(script, json!([])).await == text).then_some(())).await;
    }

    /// Presses the button, link or menu of this name.
    pub async fn press(&self, name: &str) {
        self.wait(&format!("{name:?} can be pressed"), async || {
            let element = self.find(find::PRESSABLE, name).await?;
            self.element(&element, "click", json!({})).await
        })
        .await;
    }

    /// Replaces what is in the field with this label.
    pub async fn fill(&self, label: &str, text: &str) {
        self.wait(&format!("there is a field {label:?}"), async || {
            let element = self.find(find::FIELD, label).await?;
            self.element(&element, "clear", json!({})).await?;
            match text.is_empty() {
                true => Some(()),
                false => self.element(&element, "value", json!({"text": text})).await,
            }
        })
        .await;
    }

    /// Chooses an option of the list with this label.
    pub async fn choose(&self, label: &str, option: &str) {
        let script = r#"
if (!field || !field.options) return false;
const found = [...field.options].find((el) => el.text.trim() === arguments[1] || el.value === arguments[1]);
if (!found) return false;
field.value = found.value;
field.dispatchEvent(new Event("input", { bubbles: true }));
field.dispatchEvent(new Event("change", { bubbles: true }));
return true;"#;
        self.wait(&format!("{label:?} offers {option:?}"), async || {
            (self.with_field(script, json!([label, option])).await == true).then_some(())
        })
        .await;
    }

    /// What is in the field with this label.
    pub async fn value(&self, label: &str) -> String {
        self.wait(&format!("there is a field {label:?}"), async || {
            self.with_field("return field && field.value", json!([label])).await.as_str().map(str::to_owned)
        })
        .await
    }

    /// Runs a script that knows the field whose label is its first argument as `field`.
    async fn with_field(&self, script: &str, arguments: Value) -> Value {
        let find = find::FIELD;
        self.eval(&format!("const field = (function () {{ {find} }})(arguments[0]); {script}"), arguments).await
    }

    /// Types keys one after the other at what has the focus; [`key::CONTROL`] and [`key::SHIFT`] hold until the end.
    pub async fn keys(&self, keys: &str) {
        let mut actions = Vec::new();
        let mut held = Vec::new();
        for value in keys.chars().map(|key| key.to_string()) {
            actions.push(json!({"type": "keyDown", "value": value}));
            match value == key::CONTROL || value == key::SHIFT {
                true => held.push(value),
                false => actions.push(json!({"type": "keyUp", "value": value})),
            }
        }
        actions.extend(held.iter().rev().map(|value| json!({"type": "keyUp", "value": value})));
        let body = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.driver.post("/actions", body).await;
    }

    /// The name of what has the focus. The focus must be visible and not lie under anything.
    pub async fn focused(&self) -> String {
        let focus = self.eval(find::FOCUSED, json!([])).await;
        assert_eq!(focus["seen"], true, "the focus cannot be seen at {focus} of {}", self.path().await);
        focus["name"].as_str().unwrap_or_default().to_owned()
    }

    /// Moves the focus with the Tab key until it is on something of this name.
    pub async fn tab_to(&self, name: &str) {
        let mut stops = Vec::new();
        for _ in 0..STOPS {
            let at = self.focused().await;
            if at == name {
                return;
            }
            stops.push(at);
            self.keys(key::TAB).await;
        }
        panic!("the Tab key does not reach {name:?} at {}; it stops at {stops:?}", self.path().await);
    }

    /// Fills in a field by keyboard only.
    pub async fn type_into(&self, label: &str, text: &str) {
        self.tab_to(label).await;
        self.keys(text).await;
    }

    /// Asks again until there is an answer; says what the page showed when there is none.
    async fn wait<T>(&self, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            if std::time::Instant::now() > deadline {
                let shot = self.shot(&format!("failed-{}", std::thread::current().name().unwrap_or_default())).await;
                panic!("{what}: not at {} ({}), which says:\n{}", self.path().await, shot.display(), self.text().await);
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
    }

    async fn find(&self, script: &str, name: &str) -> Option<String> {
        self.eval(script, json!([name])).await[ELEMENT].as_str().map(str::to_owned)
    }

    /// Acts on an element; `None` when it went away or something lies above it at this moment.
    async fn element(&self, id: &str, action: &str, body: Value) -> Option<()> {
        match self.driver.try_call(Method::POST, &format!("/element/{id}/{action}"), Some(body)).await {
            Ok(_) => Some(()),
            Err(_) => None,
        }
    }
}
