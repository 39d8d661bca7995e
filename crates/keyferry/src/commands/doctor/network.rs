//! Whether Checkly can be reached.

use std::time::Duration;

use keyferry_connectors::checkly::{Checkly, ChecklyOptions};

use super::finding::Finding;
use crate::config::Config;

/// How long Checkly may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks without a key; Checkly says 401. Only where syncs exist is it a failure when it cannot be reached.
pub async fn check(config: &Config, is_needed: bool) -> Finding {
    const CHECK: &str = "Checkly";
    let url = config.checkly_api_url.value.clone();
    let origin = url.origin().ascii_serialization();
    let options = ChecklyOptions { connect_timeout: PATIENCE, total_timeout: PATIENCE, ..ChecklyOptions::default() };
    let answer = match Checkly::new(url, options) {
        Ok(checkly) => checkly.probe().await.map_err(|failure| failure.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match answer {
        Ok(401) => Finding::ok(CHECK, format!("{origin} answers")),
        Ok(status) => Finding::warn(
            CHECK,
            format!("{origin} answers {status} where Checkly says 401"),
            "check checkly_api_url, and whether a proxy answers in Checkly's place",
        ),
        Err(cause) => {
            let advice = "check name resolution, firewall, proxy and certificates of this machine";
            let finding = if is_needed { Finding::fail } else { Finding::warn };
            finding(CHECK, format!("{origin}: {cause}"), advice)
        }
    }
}
