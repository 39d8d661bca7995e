//! What must hold for every screen: no accessibility defect in light and in dark, nothing the page's policy had to stop, and
//! no sideways scrolling on a phone or at four times the size.

use std::path::PathBuf;

use base64::Engine as _;
use serde_json::{Value, json};

use super::Tab;

/// Set to anything, each inspected screen leaves pictures in `target/screenshots`.
const SCREENSHOTS: &str = "KEYFERRY_TEST_SCREENSHOTS";
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");
/// The rules of WCAG 2.2 AA and axe's own of good practice.
const RUN_AXE: &str = r#"
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }).then(
  (result) => done(result.violations.map((v) => `${v.id}: ${v.help}\n` + v.nodes.map((n) => `    ${n.html.slice(0, 300)}\n      ${n.failureSummary.replace(/\s+/g, " ")}`).join("\n"))),
  (error) => done([String(error)]));
"#;
const WIDE: &str = r#"
const width = document.documentElement.clientWidth;
const hidden = (el) => { for (let p = el.parentElement; p; p = p.parentElement) { const o = getComputedStyle(p).overflowX; if (o === "auto" || o === "scroll" || o === "hidden") return true; } return false; };
if (document.documentElement.scrollWidth <= width) return [];
return [...document.body.querySelectorAll("*")].filter((el) => el.getBoundingClientRect().right > width + 1 && !hidden(el)).slice(0, 5).map((el) => el.outerHTML.slice(0, 160));
"#;

/// Puts another theme on the page, as the server would (the empty one is the page's own), and answers once its colours stand
/// still: a colour on its way to another is neither of the two, and nothing that is measured then holds. The content of a
/// disclosure is a box that neither `*` matches nor `getAnimations` knows.
const SET_THEME: &str = r#"
const [theme, done] = arguments;
const root = document.documentElement;
if (!window.still) {
  window.still = new CSSStyleSheet();
  still.replaceSync("*, ::before, ::after, ::backdrop { transition: none !important; animation: none !important; } ::details-content { transition: none !important; }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
}
root.dataset.own ??= root.dataset.theme;
root.dataset.theme = theme || root.dataset.own;
const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
const settle = async () => {
  await frame();
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  await frame();
};
settle().then(() => done(document.getAnimations().length), (error) => done(String(error)));
"#;

/// What vanishes where the system's colours are forced: a state without its shape or word, a button or mark without an edge.
const VANISHED: &str = r#"
const canvas = getComputedStyle(document.body).backgroundColor;
const shown = (el) => el.getClientRects().length > 0;
const gone = (colour) => colour === canvas || colour === "rgba(0, 0, 0, 0)";
const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
return [
  ...all(".state").filter((el) => !el.innerText.trim() || !el.querySelector("svg") || gone(getComputedStyle(el.querySelector("svg")).color)),
  ...all("main .btn, main .btn-outline").filter((el) => parseFloat(getComputedStyle(el).borderTopWidth) < 1 || gone(getComputedStyle(el).borderTopColor)),
  ...all(".ib").filter((el) => gone(getComputedStyle(el, "::before").backgroundColor)),
].map((el) => el.outerHTML.slice(0, 200));
"#;

impl Tab {
    /// Checks that everything on the screen can still be told apart where the system's colours are forced.
    pub async fn inspect_forced_colours(&self, name: &str) {
        let reduce = json!({"name": "prefers-reduced-motion", "value": "reduce"});
        let forced = json!({"features": [reduce, {"name": "forced-colors", "value": "active"}]});
        self.driver.devtools("Emulation.setEmulatedMedia", forced).await;
        let is_on = self.eval("return matchMedia('(forced-colors: active)').matches", json!([])).await;
        assert_eq!(is_on, true, "the browser forces colours");
        let vanished = self.eval(VANISHED, json!([])).await;
        self.driver.devtools("Emulation.setEmulatedMedia", json!({"features": [reduce]})).await;
        if vanished.as_array().is_none_or(|parts| !parts.is_empty()) {
            self.defects.borrow_mut().push(format!("{name}, forced colours: {vanished}"));
        }
    }

    /// Checks the screen that is open; `name` says where it failed and names its pictures. The test goes on and fails at its end.
    pub async fn inspect(&self, name: &str) {
        let pictures = std::env::var_os(SCREENSHOTS).is_some();
        self.eval(&format!("if (!window.axe) {{ {AXE} }}"), json!([])).await;
        let mut wrong = Vec::new();
        for theme in ["light", "dark"] {
            self.set_theme(theme).await;
            if pictures {
                self.shot(&format!("{name}-desktop-{theme}")).await;
            }
            for violation in self.axe().await {
                wrong.push(format!("{theme}: {violation}"));
            }
        }
        // 320 CSS pixels are also a screen of 1280 at four times the size.
        self.resize(320, 640).await;
        for violation in self.axe().await {
            wrong.push(format!("narrow, dark: {violation}"));
        }
        let wide = self.eval(WIDE, json!([])).await;
        if wide.as_array().is_none_or(|parts| !parts.is_empty()) {
            wrong.push(format!("scrolls sideways at 320 pixels: {wide}"));
        }
        if pictures {
            self.shot(&format!("{name}-phone-dark")).await;
        }
        self.set_theme("").await;
        if pictures {
            self.shot(&format!("{name}-phone-light")).await;
        }
        self.driver.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        wrong.extend(self.complaints().await);
        if !wrong.is_empty() {
            let shot = self.shot(&format!("{name}-failed")).await;
            let found = format!("{name} ({}, {}):\n{}", self.path().await, shot.display(), wrong.join("\n"));
            self.driver.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
            self.defects.borrow_mut().push(found);
        }
    }

    async fn set_theme(&self, theme: &str) {
        let moving = self.driver.post("/execute/async", json!({"script": SET_THEME, "args": [theme]})).await;
        assert_eq!(moving, 0, "the page stands still before it is measured");
    }

    async fn axe(&self) -> Vec<String> {
        let found = self.driver.post("/execute/async", json!({"script": RUN_AXE, "args": []})).await;
        let found = found.as_array().unwrap_or_else(|| panic!("axe answers {found}"));
        found.iter().map(|violation| violation.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Gives the page another size, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.driver.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What the browser complained about since the last time: the page's policy broken, errors in scripts, parts that are missing.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.post("/se/log", json!({"type": "browser"})).await;
        let lines = log.as_array().unwrap().iter().filter(|line| {
            let text = line["message"].as_str().unwrap_or_default();
            line["level"] == "SEVERE" && (line["source"] != "network" || text.contains("/assets/"))
                || text.contains("Content Security Policy")
        });
        lines.map(Value::to_string).collect()
    }

    /// Takes a picture of the whole page into `target/screenshots`.
    pub async fn shot(&self, name: &str) -> PathBuf {
        // What scrolls by itself is drawn only where the window reaches.
        let size =
            self.eval("return [innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]", json!([])).await;
        let side = |at: usize| size[at].as_u64().and_then(|side| u32::try_from(side).ok()).unwrap_or(900);
        self.resize(side(0), side(1)).await;
        let shot = self.driver.devtools("Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true})).await;
        let bytes = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap_or_default()).unwrap();
        let test = std::env::current_exe().unwrap();
        let directory = test.ancestors().nth(3).unwrap().join("screenshots");
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join(format!("{}.png", name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")));
        std::fs::write(&path, bytes).unwrap();
        path
    }
}
