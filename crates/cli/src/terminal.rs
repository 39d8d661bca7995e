//! The person at the terminal: questions, hidden answers, remarks.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};

use anyhow::{Context as _, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use secrecy::zeroize::Zeroize as _;

/// A remark on standard error, in one line and without control characters: part of it may come from a server.
pub fn tell(remark: impl std::fmt::Display) {
    writeln!(std::io::stderr(), "{}", printable(&remark.to_string())).ok();
}

/// A line on standard output; a reader who closed the pipe is no failure.
pub fn say(line: impl std::fmt::Display) {
    writeln!(std::io::stdout(), "{line}").ok();
}

/// Text on standard output as it is.
///
/// # Errors
/// When it cannot be written.
pub fn write_out(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// The text with its control characters spelt out, so that it cannot steer a terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Marks that turn the direction of text around belong to the same kind of deceit.
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether somebody can be asked.
#[must_use]
pub fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && open().is_ok()
}

/// Asks and reads a line.
///
/// # Errors
/// When there is no terminal.
pub fn ask(question: &str) -> anyhow::Result<String> {
    let mut terminal = open()?;
    terminal.write_all(printable(question).as_bytes())?;
    let mut line = String::new();
    if BufReader::new(&terminal).read_line(&mut line)? == 0 {
        bail!("nothing was answered");
    }
    Ok(line.trim().to_owned())
}

/// Asks for a yes.
///
/// # Errors
/// When there is no terminal.
pub fn confirm(question: &str) -> anyhow::Result<bool> {
    let answer = ask(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks which of several; answers its index.
///
/// # Errors
/// When there is no terminal.
pub fn choose(question: &str, choices: &[String]) -> anyhow::Result<usize> {
    let mut terminal = open()?;
    for (number, choice) in choices.iter().enumerate() {
        writeln!(terminal, "{:>4}  {}", number + 1, printable(choice))?;
    }
    loop {
        let answer = ask(&format!("{question} [1-{}] ", choices.len()))?;
        if let Some(index) = answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|i| *i < choices.len())
        {
            return Ok(index);
        }
    }
}

/// Asks without showing what is typed.
///
/// # Errors
/// When there is no terminal, or the person gave up with Ctrl-C or Ctrl-D.
pub fn ask_hidden(question: &str) -> anyhow::Result<SecretString> {
    let mut terminal = open()?;
    let typed = {
        // Before the question: what is typed in answer to it must neither show nor be thrown away.
        let _silence = Silence::begin(&terminal)?;
        (&terminal).write_all(printable(question).as_bytes())?;
        read_keys(&terminal)
    };
    terminal.write_all(b"\n")?;
    typed
}

/// The first line of standard input, for a password that comes through a pipe.
///
/// # Errors
/// When nothing comes.
pub fn secret_line_of_stdin() -> anyhow::Result<SecretString> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read standard input")?;
    let secret = SecretString::from(line.trim_end_matches(['\r', '\n']));
    line.zeroize();
    Ok(secret)
}

/// All of standard input.
///
/// # Errors
/// When it cannot be read or is no UTF-8.
pub fn secret_of_stdin() -> anyhow::Result<SecretString> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).context("cannot read standard input as UTF-8 text")?;
    Ok(SecretString::from(text))
}

fn open() -> anyhow::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/tty").context("there is no terminal to ask at")
}

/// A line, key by key: Ctrl-C must not end the program before the terminal shows again what is typed.
fn read_keys(mut terminal: &File) -> anyhow::Result<SecretString> {
    let mut typed = Vec::new();
    let mut key = [0];
    loop {
        if terminal.read(&mut key)? == 0 {
            break;
        }
        match key[0] {
            b'\r' | b'\n' => break,
            3 => {
                typed.zeroize();
                bail!("interrupted");
            }
            4 if typed.is_empty() => bail!("nothing was typed"),
            21 => typed.zeroize(),
            8 | 127 => while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            byte => typed.push(byte),
        }
    }
    let text = String::from_utf8(typed).map_err(|_| anyhow::anyhow!("what was typed is no UTF-8 text"))?;
    Ok(SecretString::from(text))
}

/// While it lives, the terminal does not show what is typed.
struct Silence<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silence<'a> {
    fn begin(terminal: &'a File) -> anyhow::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        tcsetattr(self.terminal, OptionalActions::Flush, &self.before).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}d"), "a\\u{1b}[31mb\\nc\\u{202e}d");
        assert_eq!(printable("schön 🔑"), "schön 🔑");
    }
}
