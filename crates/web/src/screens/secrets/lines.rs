//! Two texts beside each other, line by line.

/// Larger texts are shown as all gone and all new.
const MAX_CELLS: usize = 4_000_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Same,
    Minus,
    Plus,
}

/// A line of the comparison.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DiffLine {
    pub(super) sign: Sign,
    /// The line's number, on its own side.
    pub(super) number: usize,
    /// The line, without its end.
    pub(super) text: String,
    /// What cannot be seen otherwise: blanks at the end, a carriage return.
    pub(super) mark: &'static str,
}

impl DiffLine {
    fn new(sign: Sign, number: usize, line: &str) -> Self {
        let (text, has_return) = line.strip_suffix('\r').map_or((line, false), |text| (text, true));
        let has_blanks = text.ends_with([' ', '\t']);
        let mark = match (has_blanks, has_return) {
            (true, true) => "blanks at the end, CRLF",
            (true, false) => "blanks at the end",
            (false, true) => "CRLF",
            (false, false) => "",
        };
        Self { sign, number, text: text.to_owned(), mark }
    }

    /// The word for the sign.
    pub(super) fn word(&self) -> &'static str {
        match self.sign {
            Sign::Same => "same",
            Sign::Minus => "removed",
            Sign::Plus => "added",
        }
    }

    pub(super) fn symbol(&self) -> &'static str {
        match self.sign {
            Sign::Same => " ",
            Sign::Minus => "−",
            Sign::Plus => "+",
        }
    }

    pub(super) fn class(&self) -> &'static str {
        match self.sign {
            Sign::Same => "same",
            Sign::Minus => "minus",
            Sign::Plus => "plus",
        }
    }
}

/// The shortest way from one text to the other, in lines.
pub(super) fn diff(before: &str, after: &str) -> Vec<DiffLine> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (inner_a, inner_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut lines: Vec<DiffLine> = a[..head].iter().enumerate().map(|(i, line)| DiffLine::new(Sign::Same, i + 1, line)).collect();
    lines.extend(inner(inner_a, inner_b, head));
    let start = b.len() - tail;
    lines.extend(b[start..].iter().enumerate().map(|(i, line)| DiffLine::new(Sign::Same, start + i + 1, line)));
    lines
}

/// Like [`diff`], where one side may not exist: then all lines are those of the other.
pub(super) fn diff_of(before: Option<&str>, after: Option<&str>) -> Vec<DiffLine> {
    let all = |sign: Sign, text: &str| text.split('\n').enumerate().map(|(i, line)| DiffLine::new(sign, i + 1, line)).collect();
    match (before, after) {
        (Some(before), Some(after)) => diff(before, after),
        (Some(before), None) => all(Sign::Minus, before),
        (None, Some(after)) => all(Sign::Plus, after),
        (None, None) => Vec::new(),
    }
}

fn inner(a: &[&str], b: &[&str], offset: usize) -> Vec<DiffLine> {
    let width = b.len() + 1;
    let minus = |i: usize| DiffLine::new(Sign::Minus, offset + i + 1, a[i]);
    let plus = |j: usize| DiffLine::new(Sign::Plus, offset + j + 1, b[j]);
    if (a.len() + 1).saturating_mul(width) > MAX_CELLS {
        return (0..a.len()).map(minus).chain((0..b.len()).map(plus)).collect();
    }
    // Lengths of the longest common rest, from the end.
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = match a[i] == b[j] {
                true => longest[(i + 1) * width + j + 1] + 1,
                false => longest[(i + 1) * width + j].max(longest[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            lines.push(DiffLine::new(Sign::Same, offset + j + 1, b[j]));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            lines.push(minus(i));
            i += 1;
        } else {
            lines.push(plus(j));
            j += 1;
        }
    }
    lines.extend((i..a.len()).map(minus));
    lines.extend((j..b.len()).map(plus));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(before: &str, after: &str) -> String {
        diff(before, after).iter().map(|line| format!("{}{};", line.symbol(), line.text)).collect()
    }

    #[test]
    fn lines_are_kept_removed_and_added() {
        assert_eq!(short("a\nb\nc", "a\nx\nc"), " a;−b;+x; c;");
        assert_eq!(short("", "a"), "−;+a;");
        assert_eq!(short("a\nb", "b\na"), "−a; b;+a;");
        assert_eq!(short("same", "same"), " same;");
        let signs = |lines: Vec<DiffLine>| lines.iter().map(|line| line.symbol()).collect::<String>();
        assert_eq!(signs(diff_of(None, Some("a\nb"))), "++");
        assert_eq!(signs(diff_of(Some(""), None)), "−");
        assert_eq!(signs(diff_of(Some("a"), Some("a"))), " ");
    }

    #[test]
    fn what_cannot_be_seen_is_said() {
        let lines = diff("a", "a \r");
        assert_eq!(lines[1].mark, "blanks at the end, CRLF");
        assert_eq!((lines[1].text.as_str(), lines[1].word(), lines[1].number), ("a ", "added", 1));
    }
}
