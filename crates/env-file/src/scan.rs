//! Values: where they end, and what they mean.

/// How a value was read.
pub(super) enum Scanned<'a> {
    /// A value; `rest` starts behind it, at its line's end at the latest.
    Value { value: String, comment: Option<&'a str>, rest: &'a str },
    /// A quote that never closes.
    Unclosed,
    /// Text behind the closing quote; `rest` starts there.
    TextAfterQuote { rest: &'a str },
}

/// Reads the value at the start of `text`, which begins right behind the separator.
pub(super) fn value(text: &str) -> Scanned<'_> {
    let trimmed = text.trim_start_matches(is_blank);
    match trimmed.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => quoted(&trimmed[1..], quote),
        _ => unquoted(text),
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// The text up to the line's end, and what follows, the line break included.
pub(super) fn split_line(text: &str) -> (&str, &str) {
    match text.find('\n') {
        Some(end) => {
            let line = &text[..end];
            (line.strip_suffix('\r').unwrap_or(line), &text[end..])
        }
        None => (text.strip_suffix('\r').unwrap_or(text), ""),
    }
}

fn unquoted(text: &str) -> Scanned<'_> {
    let (line, rest) = split_line(text);
    let mut after_blank = false;
    for (at, c) in line.char_indices() {
        if c == '#' && after_blank {
            let value = line[..at].trim_matches(is_blank).to_owned();
            return Scanned::Value { value, comment: Some(comment_text(&line[at..])), rest };
        }
        after_blank = is_blank(c);
    }
    Scanned::Value { value: line.trim_matches(is_blank).to_owned(), comment: None, rest }
}

/// `text` begins behind the opening quote.
fn quoted(text: &str, quote: char) -> Scanned<'_> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return after_quote(value, &text[at + 1..]),
            '\\' if quote == '"' => match chars.peek().map(|(_, next)| *next) {
                Some(next @ ('n' | 'r' | 't' | '"' | '\\' | '$')) => {
                    value.push(match next {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        other => other,
                    });
                    chars.next();
                }
                _ => value.push('\\'),
            },
            // A line break of the file, not of the value.
            '\r' if matches!(chars.peek(), Some((_, '\n'))) => {}
            _ => value.push(c),
        }
    }
    Scanned::Unclosed
}

fn after_quote(value: String, text: &str) -> Scanned<'_> {
    let (line, rest) = split_line(text);
    let line = line.trim_matches(is_blank);
    if line.is_empty() {
        Scanned::Value { value, comment: None, rest }
    } else if line.starts_with('#') {
        Scanned::Value { value, comment: Some(comment_text(line)), rest }
    } else {
        Scanned::TextAfterQuote { rest }
    }
}

/// A comment without its `#` and one space behind it.
pub(super) fn comment_text(text: &str) -> &str {
    let text = text.strip_prefix('#').unwrap_or(text);
    text.strip_prefix(' ').unwrap_or(text)
}
