//! Tables for people and JSON for programs.

use std::io::IsTerminal as _;

use clap::Args;
use comfy_table::{Attribute, Cell, ContentArrangement, Row, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::terminal::{printable, say};

/// What stands where a value is kept back.
pub const MASK: &str = "********";

/// How to show what was read.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct OutputArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Prints JSON.
pub fn print_json(value: &Value) {
    say(format_args!("{value:#}"));
}

/// Rows under a header. On a terminal the table fits its width, one line a row; elsewhere nothing is cut off.
pub fn print_table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let width = std::io::stdout().is_terminal().then(|| table_width(terminal_width()));
    say(table(header, rows, width, colored()));
}

fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    width: Option<u16>,
    colored: bool,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_truncation_indicator("…");
    let cell = |text: &str| if colored { Cell::new(text).add_attribute(Attribute::Bold) } else { Cell::new(text) };
    table.set_header(header.map(|title| cell(&title.to_uppercase())));
    match width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            if colored {
                table.enforce_styling().style_text_only();
            }
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled).force_no_tty();
        }
    }
    for row in rows {
        let mut row = Row::from(row.map(|text| printable(&text)));
        if width.is_some() {
            row.max_height(1);
        }
        table.add_row(row);
    }
    // The first column begins at the edge, and no line ends with blanks.
    let lines: Vec<String> = table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n")
}

/// Narrower than this a table says nothing.
fn table_width(terminal: u16) -> u16 {
    terminal.max(20)
}

fn terminal_width() -> u16 {
    let columns = rustix::termios::tcgetwinsize(std::io::stdout()).map(|size| size.ws_col).unwrap_or_default();
    if columns == 0 { 80 } else { columns }
}

/// Whether to use bold and colors (no-color.org).
fn colored() -> bool {
    let off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !off && std::env::var_os("TERM").is_none_or(|term| term != "dumb") && std::io::stdout().is_terminal()
}

/// A bar on standard error, where that is a terminal.
pub fn progress(what: &'static str) -> ProgressBar {
    let shown = std::io::stderr().is_terminal();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:32} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

/// Text of a field, empty when there is none.
pub fn text(value: &Value, field: &str) -> String {
    match &value[field] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_the_terminal_and_keeps_characters_whole() {
        let long = "ü🔑".repeat(60);
        let rows = [["KEY".to_owned(), long.clone()], ["OTHER\nKEY".to_owned(), "x".to_owned()]];
        let shown = table(["key", "value"], rows.clone(), Some(40), false);
        assert_eq!(shown.lines().count(), 3, "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 40), "{shown}");
        assert!(shown.contains('…') && shown.contains("OTHER\\nKEY"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
        let piped = table(["key", "value"], rows, None, false);
        assert!(piped.contains(&long), "{piped}");
        assert!(piped.lines().all(|line| line == line.trim_end()), "{piped}");
    }
}
