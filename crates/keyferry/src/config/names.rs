//! The names settings have, and what to say about others: a misspelt setting must not be ignored in silence.

use anyhow::bail;

/// Keys of the configuration file. The root key and its like stay out of it.
pub const FILE_KEYS: &[&str] = &[
    "listen",
    "data_dir",
    "database_url",
    "root_key_file",
    "checkly_api_url",
    "public_url",
    "log",
    "log_format",
    "trusted_proxies",
    "metrics_listen",
    "outbound_allow",
];

/// Environment variables.
pub(super) const VARIABLES: &[&str] = &[
    "KEYFERRY_CONFIG",
    "KEYFERRY_LISTEN",
    "KEYFERRY_DATA_DIR",
    "KEYFERRY_DATABASE_URL",
    "KEYFERRY_ROOT_KEY",
    "KEYFERRY_ROOT_KEY_FILE",
    "KEYFERRY_CHECKLY_API_URL",
    "KEYFERRY_PUBLIC_URL",
    "KEYFERRY_LOG",
    "KEYFERRY_LOG_FORMAT",
    "KEYFERRY_TRUSTED_PROXIES",
    "KEYFERRY_METRICS_LISTEN",
    "KEYFERRY_OUTBOUND_ALLOW",
    #[cfg(debug_assertions)]
    crate::server::KILL_FILE,
];

/// Kubernetes injects variables of these forms for a service named `keyferry`.
const INJECTED: &[&str] = &["KEYFERRY_PORT", "KEYFERRY_SERVICE_"];

/// Refuses `KEYFERRY_…` variables that mean nothing.
///
/// # Errors
/// Names the variable and the nearest known one.
pub fn refuse_unknown<'a>(names: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    for name in names {
        // Somebody may use the client and the server from one shell.
        let is_known = VARIABLES.contains(&name) || keyferry_cli::VARIABLES.contains(&name);
        if !name.starts_with("KEYFERRY_") || is_known || INJECTED.iter().any(|p| name.starts_with(p)) {
            continue;
        }
        bail!("unknown setting {name} in the environment; did you mean {}?", nearest(name, VARIABLES.iter().copied()));
    }
    Ok(())
}

/// The known name with the fewest edits to this one.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    known.min_by_key(|candidate| distance(name, candidate)).unwrap_or("")
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut current = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let substitution = previous[j] + usize::from(x != *y);
            current.push(substitution.min(previous[j + 1] + 1).min(current[j] + 1));
        }
        previous = current;
    }
    previous.last().copied().unwrap_or(0)
}
