//! Where a sync writes: an account at the destination, or a group of it.

use keyferry_connectors::Target;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// `destinationConfig` (contract "connections and syncs", section 3.4). The names are only shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationConfig {
    /// Account at the destination.
    pub account_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    /// Check group; none for the variables of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
}

impl DestinationConfig {
    /// Reads a stored destination.
    ///
    /// # Errors
    /// [`Error::Internal`] when the text is not one.
    pub fn parse(stored: &str) -> Result<Self> {
        serde_json::from_str(stored).map_err(|_| Error::internal("a stored sync destination cannot be read"))
    }

    /// As connectors take it.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { account_id: self.account_id.clone(), group_id: self.group_id.clone() }
    }
}

/// What two syncs have in common exactly when they write to one place: `checkly:<account>` or `checkly:<account>:<group>`.
#[must_use]
pub fn destination_id(config: &DestinationConfig) -> String {
    match &config.group_id {
        None => format!("checkly:{}", config.account_id),
        Some(group) => format!("checkly:{}:{group}", config.account_id),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_make_another_place() {
        let id = |text: &str| destination_id(&DestinationConfig::parse(text).unwrap());
        assert_eq!(id(r#"{"accountId":"a","accountName":"A"}"#), "checkly:a");
        assert_eq!(id(r#"{"accountId":"a"}"#), "checkly:a");
        assert_eq!(id(r#"{"accountId":"a","groupId":"1","groupName":"G"}"#), "checkly:a:1");
    }
}
