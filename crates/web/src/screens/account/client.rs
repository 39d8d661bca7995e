//! What a sign-in was made with, in words.

/// Browsers by the token that only they send, most particular first: the others' tokens are in their strings, too.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];
/// Longest name of a program that is shown.
const MAX: usize = 60;

/// A browser's string as "Firefox 140 on Linux"; a program's as it names itself.
pub(super) fn client_name(user_agent: &str) -> String {
    let browser = BROWSERS.iter().find_map(|(token, name)| {
        let (_, rest) = user_agent.split_once(token)?;
        Some(format!("{name} {}", rest.split(['.', ' ', ';', ')']).next()?))
    });
    let system = SYSTEMS.iter().find(|(token, _)| user_agent.contains(token)).map(|(_, name)| *name);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser,
        (None, _) if user_agent.trim().is_empty() => "Unknown program".to_owned(),
        (None, _) => user_agent.chars().take(MAX).collect(),
    }
}

#[cfg(test)]
mod client_tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36 Edg/148.0";
        assert_eq!(client_name(edge), "Edge 148 on Windows");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(client_name(safari), "Safari 19 on iOS");
        assert_eq!(client_name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox 140 on Linux");
        assert_eq!(client_name("infisical-cli/0.43"), "infisical-cli/0.43");
        assert_eq!(client_name(" "), "Unknown program");
    }
}
