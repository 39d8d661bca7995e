//! The cookies of the pages. Under https the session's cookie has a name that only this very host can set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};

use super::recent::Recent;
use crate::ui::{Notice, Theme};

const NOTICE: &str = "keyferry-notice";
const RECENT: &str = "keyferry-recent";
const THEME: &str = "keyferry-theme";
const DAY_S: i64 = 86_400;
const YEAR_S: i64 = 31_536_000;

/// How cookies are named and set.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    is_https: bool,
}

impl Cookies {
    /// For a server that is reached under this address.
    #[must_use]
    pub fn for_address(public_url: &str) -> Self {
        Self { is_https: public_url.starts_with("https://") }
    }

    /// The name of the session's cookie.
    #[must_use]
    pub fn session_name(self) -> &'static str {
        if self.is_https { "__Host-keyferry" } else { "keyferry" }
    }

    /// The session's token, as sent.
    #[must_use]
    pub fn session(self, headers: &HeaderMap) -> Option<SecretString> {
        find(headers, self.session_name()).filter(|token| !token.is_empty()).map(SecretString::from)
    }

    /// Keeps a session's token.
    #[must_use]
    pub fn keep_session(self, token: &SecretString, lifetime_s: i64) -> Option<HeaderValue> {
        self.set(self.session_name(), token.expose_secret(), lifetime_s)
    }

    /// Forgets the session.
    #[must_use]
    pub fn drop_session(self) -> Option<HeaderValue> {
        self.set(self.session_name(), "", 0)
    }

    fn challenge_name(self) -> &'static str {
        if self.is_https { "__Host-keyferry-second" } else { "keyferry-second" }
    }

    /// The proof of a password that waits for the second factor, as sent.
    #[must_use]
    pub fn challenge(self, headers: &HeaderMap) -> Option<SecretString> {
        find(headers, self.challenge_name()).filter(|token| !token.is_empty()).map(SecretString::from)
    }

    /// Keeps the proof of a password.
    #[must_use]
    pub fn keep_challenge(self, token: &SecretString, lifetime_s: i64) -> Option<HeaderValue> {
        self.set(self.challenge_name(), token.expose_secret(), lifetime_s)
    }

    /// Forgets the proof of a password.
    #[must_use]
    pub fn drop_challenge(self) -> Option<HeaderValue> {
        self.set(self.challenge_name(), "", 0)
    }

    /// Carries a notice over a redirect.
    #[must_use]
    pub fn carry_notice(self, notice: &Notice) -> Option<HeaderValue> {
        let text = format!("{}{}", if notice.is_error { '!' } else { ' ' }, notice.text);
        self.set(NOTICE, &URL_SAFE_NO_PAD.encode(text), 60)
    }

    /// Forgets the notice, once it is shown.
    #[must_use]
    pub fn drop_notice(self) -> Option<HeaderValue> {
        self.set(NOTICE, "", 0)
    }

    /// Keeps what was said lately.
    #[must_use]
    pub fn keep_recent(self, recent: &Recent) -> Option<HeaderValue> {
        self.set(RECENT, &URL_SAFE_NO_PAD.encode(recent.stored()), DAY_S)
    }

    /// Forgets what was said lately.
    #[must_use]
    pub fn drop_recent(self) -> Option<HeaderValue> {
        self.set(RECENT, "", 0)
    }

    /// Keeps the colour scheme.
    #[must_use]
    pub fn keep_theme(self, theme: Theme) -> Option<HeaderValue> {
        self.set(THEME, theme.word(), YEAR_S)
    }

    fn set(self, name: &str, value: &str, lifetime_s: i64) -> Option<HeaderValue> {
        let secure = if self.is_https { "; Secure" } else { "" };
        let mut header =
            HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={lifetime_s}; HttpOnly; SameSite=Lax{secure}"))
                .ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

pub(super) fn notice(headers: &HeaderMap) -> Option<Notice> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(find(headers, NOTICE)?).ok()?).ok()?;
    let is_error = text.starts_with('!');
    let text: String = text.get(1..).filter(|text| !text.is_empty())?.chars().take(500).collect();
    Some(if is_error { Notice::error(text) } else { Notice::done(text) })
}

pub(super) fn recent(headers: &HeaderMap) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(find(headers, RECENT)?).ok()?).ok()
}

pub(super) fn theme(headers: &HeaderMap) -> Theme {
    find(headers, THEME).map(|word| Theme::from_word(&word)).unwrap_or_default()
}

fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(line: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(line))])
    }

    #[test]
    fn https_binds_the_session_to_the_host() {
        let token = SecretString::from("abc");
        let https = Cookies::for_address("https://keys.example.com").keep_session(&token, 60).expect("a header");
        assert_eq!(https.to_str().ok(), Some("__Host-keyferry=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"));
        let http = Cookies::for_address("http://127.0.0.1:8080");
        assert_eq!(http.session(&sent("a=b; keyferry=xyz")).expect("a token").expose_secret(), "xyz");
        assert!(http.session(&sent("__Host-keyferry=xyz")).is_none());
    }

    #[test]
    fn a_notice_survives_the_way_through_a_cookie() {
        let cookies = Cookies::for_address("http://127.0.0.1:8080");
        let header = cookies.carry_notice(&Notice::error("Größe; = falsch")).expect("a header");
        let line = header.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, line.parse().expect("a header"));
        assert_eq!(notice(&headers), Some(Notice::error("Größe; = falsch")));
    }
}
