//! Finds the browser of the end-to-end tests, or installs Debian's.

use anyhow::{Context as _, bail};

use crate::debian;

/// What the tests start; it finds its browser by itself.
const DRIVER: &str = "chromedriver";
/// Names under which distributions install the browser.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Makes sure that chromedriver and a browser are there.
///
/// # Errors
/// Says what to install when one is missing and we may not install it.
pub fn find_or_install() -> anyhow::Result<()> {
    if is_there() {
        return Ok(());
    }
    if !debian::may_install() {
        bail!(
            "the tests need Chromium and chromedriver of the same version on the PATH; \
             install them (Debian: apt-get install chromium chromium-driver) and run this again"
        );
    }
    debian::install(&["chromium", "chromium-driver"]).context("installing Chromium")?;
    if !is_there() {
        bail!("Chromium is installed, but neither {DRIVER} nor one of {BROWSERS:?} is on the PATH");
    }
    Ok(())
}

fn is_there() -> bool {
    on_path(DRIVER) && BROWSERS.iter().any(|name| on_path(name))
}

fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
}
