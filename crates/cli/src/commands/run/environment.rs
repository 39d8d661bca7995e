//! What the command finds in its environment: the caller's variables without those that sign in, and the secrets over them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use secrecy::ExposeSecret as _;

use crate::secrets::Secret;
use crate::session::CREDENTIALS;
use crate::terminal::tell;

/// They decide what runs, as whom and where; whoever may write a secret shall not decide that in passing.
const RESERVED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "PWD",
    "OLDPWD",
    "TERM",
    "TERMINFO",
    "PS1",
    "PS2",
    "PS4",
    "EDITOR",
    "MAIL",
    "XAUTHORITY",
    "IFS",
    "ENV",
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "PROMPT_COMMAND",
    "CDPATH",
    "GCONV_PATH",
    "LOCPATH",
    "NLSPATH",
    "HOSTALIASES",
    "GLIBC_TUNABLES",
];
/// Beginnings of such names.
const RESERVED_PREFIXES: &[&str] = &["LD_", "DYLD_", "XDG_", "LC_", "BASH_FUNC_"];

/// What may be in it.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Variables that sign in stay.
    pub keep_token: bool,
    /// Secrets may have reserved names.
    pub allow_reserved: bool,
}

/// An environment. It has no `Debug`: it holds values.
pub struct Environment {
    /// All variables.
    pub variables: BTreeMap<OsString, OsString>,
    reserved: Vec<String>,
    impossible: Vec<String>,
    hidden: Vec<String>,
}

/// Composes it.
pub fn compose(callers: impl Iterator<Item = (OsString, OsString)>, secrets: &[Secret], rules: Rules) -> Environment {
    let stays = |name: &OsStr| rules.keep_token || !CREDENTIALS.iter().any(|credential| name == *credential);
    let variables = callers.filter(|(name, _)| stays(name)).collect();
    let mut environment = Environment { variables, reserved: Vec::new(), impossible: Vec::new(), hidden: Vec::new() };
    for secret in secrets {
        let key = &secret.key;
        let Some(value) = &secret.value else {
            environment.hidden.push(key.clone());
            continue;
        };
        let value = value.expose_secret();
        if key.is_empty() || key.contains(['=', '\0']) || value.contains('\0') {
            environment.impossible.push(key.clone());
        } else if is_reserved(key) && !rules.allow_reserved {
            environment.reserved.push(key.clone());
        } else {
            environment.variables.insert(key.into(), value.into());
        }
    }
    environment
}

impl Environment {
    /// Tells what was left out.
    pub fn warn(&self) {
        let told = |keys: &[String], why: &str| {
            if !keys.is_empty() {
                tell(format_args!("not in the environment, {why}: {}", keys.join(", ")));
            }
        };
        told(&self.reserved, "as the name is reserved (see --allow-reserved)");
        told(&self.impossible, "as a variable cannot hold it");
        told(&self.hidden, "as the value is hidden from you");
    }
}

fn is_reserved(key: &str) -> bool {
    RESERVED.contains(&key) || RESERVED_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn secret(key: &str, value: Option<&str>) -> Secret {
        Secret {
            key: key.to_owned(),
            value: value.map(SecretString::from),
            kind: "shared".to_owned(),
            environment: "dev".to_owned(),
            path: "/".to_owned(),
            version: 1,
            comment: String::new(),
            updated_at: String::new(),
            is_imported: false,
        }
    }

    fn composed(rules: Rules) -> Environment {
        let callers = [("PATH", "/bin"), ("A", "caller"), ("KEYFERRY_TOKEN", "t"), ("INFISICAL_TOKEN", "t"), ("B", "stays")];
        let callers = callers.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let secrets = [
            secret("A", Some("secret")),
            secret("PATH", Some("/evil")),
            secret("LD_PRELOAD", Some("/evil.so")),
            secret("NUL", Some("a\0b")),
            secret("a=b", Some("x")),
            secret("HIDDEN", None),
            secret("with.dot", Some("line\nline")),
        ];
        compose(callers.into_iter(), &secrets, rules)
    }

    fn value<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
        environment.variables.get(OsStr::new(name)).and_then(|value| value.to_str())
    }

    #[test]
    fn secrets_go_over_the_callers_variables_but_for_reserved_names() {
        let environment = composed(Rules { keep_token: false, allow_reserved: false });
        let found =
            ["A", "B", "PATH", "LD_PRELOAD", "with.dot", "KEYFERRY_TOKEN", "INFISICAL_TOKEN"].map(|n| value(&environment, n));
        assert_eq!(found, [Some("secret"), Some("stays"), Some("/bin"), None, Some("line\nline"), None, None]);
        assert_eq!(environment.reserved, ["PATH", "LD_PRELOAD"]);
        assert_eq!(environment.impossible, ["NUL", "a=b"]);
        assert_eq!(environment.hidden, ["HIDDEN"]);
    }

    #[test]
    fn both_rules_can_be_lifted() {
        let environment = composed(Rules { keep_token: true, allow_reserved: true });
        assert_eq!(["PATH", "KEYFERRY_TOKEN"].map(|n| value(&environment, n)), [Some("/evil"), Some("t")]);
    }
}
