use proptest::prelude::*;
use rstest::rstest;
use secrecy::{ExposeSecret as _, SecretString};

use super::*;

fn pairs(text: &str) -> Vec<(String, String)> {
    let file = parse(text);
    assert_eq!(file.issues, [], "{text:?}");
    file.entries.iter().map(|e| (e.key.clone(), e.value.expose_secret().to_owned())).collect()
}

#[rstest]
#[case::plain("A=b", "b")]
#[case::export("export A=b", "b")]
#[case::blanks("  A \t=  b  ", "b")]
#[case::colon("A: b", "b")]
#[case::first_equals_sign("A=b=c:d", "b=c:d")]
#[case::colon_inside_value("A=http://x:1", "http://x:1")]
#[case::hash_inside("A=a#b", "a#b")]
#[case::hash_first("A=#b", "#b")]
#[case::comment_behind_blank("A=b #c", "b")]
#[case::comment_behind_tab("A=b\t# c", "b")]
#[case::only_comment("A= # c", "")]
#[case::empty("A=", "")]
#[case::inner_blanks("A=b  c", "b  c")]
#[case::inner_quotes("A=it's \"so\"", "it's \"so\"")]
#[case::single_literal(r"A='b\n$X # c'", r"b\n$X # c")]
#[case::backtick_literal(r"A=`it's \n`", r"it's \n")]
#[case::escapes(r#"A="\n\r\t\"\\\$""#, "\n\r\t\"\\$")]
#[case::other_escapes_stay(r#"A="\d\x""#, r"\d\x")]
#[case::escaped_backslash_before_n(r#"A="\\n""#, r"\n")]
#[case::hash_in_quotes("A=\"a # b\" # c", "a # b")]
#[case::comment_right_behind_quote("A='a'#c", "a")]
#[case::spans_lines("A=\"b\n c\n\"", "b\n c\n")]
#[case::spans_lines_crlf("A='b\r\nc'\r\n", "b\nc")]
#[case::crlf("A=b\r\n", "b")]
#[case::byte_order_mark("\u{feff}A=b", "b")]
#[case::reference_kept("A=${B}", "${B}")]
#[case::not_ascii("A=grün 日本", "grün 日本")]
fn a_value_is_read(#[case] text: &str, #[case] value: &str) {
    assert_eq!(pairs(text), [("A".to_owned(), value.to_owned())]);
}

#[rstest]
#[case("nonsense", IssueKind::NoSeparator)]
#[case("=b", IssueKind::NoKey)]
#[case("A B=c", IssueKind::InvalidKey)]
#[case("A/B=c", IssueKind::InvalidKey)]
#[case("A: b=c", IssueKind::InvalidKey)]
#[case("A=\"b", IssueKind::UnclosedQuote)]
#[case("A='b", IssueKind::UnclosedQuote)]
#[case("A=\"b\\\"", IssueKind::UnclosedQuote)]
#[case("A=\"b\" c", IssueKind::TextAfterQuote)]
#[case("A=b\0c", IssueKind::ControlCharacter)]
fn a_bad_line_is_listed_and_the_next_is_read(#[case] line: &str, #[case] kind: IssueKind) {
    let file = parse(&format!("X=1\n{line}\nY=2\n"));
    assert_eq!(file.issues, [Issue { line: 2, last_line: 2, kind }]);
    assert_eq!(file.entries.iter().map(|e| (e.key.as_str(), e.line)).collect::<Vec<_>>(), [("X", 1), ("Y", 3)]);
}

#[test]
fn export_alone_is_a_key() {
    assert_eq!(pairs("export = 1\nexported=2"), [("export".into(), "1".into()), ("exported".into(), "2".into())]);
}

#[test]
fn lines_of_a_damaged_quoted_value_are_not_taken_for_keys() {
    let file = parse("A=\"first\nabc==\nlast\" garbage\nB=1");
    assert_eq!(file.issues, [Issue { line: 1, last_line: 3, kind: IssueKind::TextAfterQuote }]);
    assert_eq!(file.entries.len(), 1);
    assert_eq!((file.entries[0].key.as_str(), file.entries[0].line), ("B", 4));
}

#[test]
fn comments_directly_above_and_behind_belong_to_the_key() {
    let file = parse("# lost\n\n# one\n  #two\nA=1 # three\nB=2\n#four\nC='x'\n# end");
    let comments: Vec<_> = file.entries.iter().map(|e| e.comment.as_deref()).collect();
    assert_eq!(comments, [Some("one\ntwo\nthree"), None, Some("four")]);
}

#[test]
fn of_a_repeated_key_the_last_counts_and_all_are_listed() {
    let file = parse("A=1\nB=2\nA=\"x\ny\"\nA=3");
    assert_eq!(file.entries.iter().map(|e| e.key.as_str()).collect::<Vec<_>>(), ["B", "A"]);
    assert_eq!(file.entries[1].value.expose_secret(), "3");
    assert_eq!(file.duplicates, [Duplicate { key: "A".to_owned(), lines: vec![1, 3, 5] }]);
}

#[test]
fn empty_values_and_references_are_flagged() {
    let file = parse("A=\nB=''\nC=${X}\nD=$X\nE=${}\nF=\"\\${env.app.X}\"\nG=${a b}");
    assert_eq!(file.empty_keys().collect::<Vec<_>>(), ["A", "B"]);
    let flagged: Vec<_> = file.entries.iter().filter(|e| e.has_reference).map(|e| e.key.as_str()).collect();
    assert_eq!(flagged, ["C", "F"]);
}

#[test]
fn limits_are_told() {
    let many: String = (0..=MAX_KEYS + 1).map(|i| format!("K{i}=v\n")).collect();
    let file = parse(&many);
    assert_eq!(file.issues.len(), 1);
    assert_eq!(file.issues[0].kind, IssueKind::TooManyKeys);
    assert_eq!(file.entries.len(), MAX_KEYS);
    let large = "#".repeat(MAX_BYTES + 1);
    assert_eq!(parse(&large).issues[0].kind, IssueKind::TooLarge);
}

#[test]
fn bytes_that_are_no_text_name_their_line() {
    let file = parse_bytes(b"A=1\nB=\xff\n");
    assert_eq!(file.issues, [Issue { line: 2, last_line: 2, kind: IssueKind::NotUtf8 }]);
    assert!(file.entries.is_empty());
}

#[test]
fn nothing_of_a_value_is_printed() {
    let file = parse("A=canary\nB=\"canary\nC canary\n'canary = 1");
    assert!(!format!("{file:?}").contains("canary"));
    assert!(file.issues.iter().all(|issue| !issue.message().contains("canary")));
}

#[test]
fn keys_a_file_cannot_hold_are_named() {
    let value = SecretString::from("v");
    let written = write(["A B", "A", "x=y"].map(|key| Line { key, value: &value, comment: None }));
    assert_eq!(written.text.expose_secret(), "A=v\n");
    assert_eq!(written.skipped, ["A B", "x=y"]);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let file = parse_bytes(&bytes);
        prop_assert!(file.entries.iter().all(|entry| is_key(&entry.key)));
    }

    #[test]
    fn every_line_is_an_entry_a_comment_or_an_issue(
        lines in proptest::collection::vec("[A-C]?[ =:#\"'`\\\\a$\t\r]{0,8}", 0..12),
    ) {
        let text = lines.join("\n");
        let file = parse(&text);
        let total = text.matches('\n').count() + 1;
        for entry in &file.entries {
            prop_assert!(entry.line <= total && is_key(&entry.key));
        }
        for issue in &file.issues {
            prop_assert!(issue.line <= issue.last_line && issue.last_line <= total);
        }
        // A line that is neither blank nor a comment and stands at the end is accounted for.
        if let Some(last) = lines.last()
            && !last.trim().is_empty()
            && !last.trim_start().starts_with('#')
            && !text.contains(['"', '\'', '`'])
        {
            let known = file.entries.iter().any(|e| e.line == total) || file.issues.iter().any(|i| i.last_line == total);
            prop_assert!(known);
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        secrets in proptest::collection::btree_map(
            "[^\\s=:/#\"'`\\p{C}]{1,12}",
            ("(?s)[^\0]{0,40}", proptest::option::of("[^\r\0]{1,20}")),
            0..8,
        ),
    ) {
        let secrets: Vec<_> = secrets.into_iter().filter(|(key, _)| is_key(key))
            .map(|(key, (value, comment))| (key, SecretString::from(value), comment)).collect();
        let written = write(secrets.iter().map(|(key, value, comment)| Line { key, value, comment: comment.as_deref() }));
        prop_assert!(written.skipped.is_empty());
        let file = parse(written.text.expose_secret());
        prop_assert_eq!(&file.issues, &[]);
        prop_assert_eq!(file.entries.len(), secrets.len());
        for (entry, (key, value, comment)) in file.entries.iter().zip(&secrets) {
            prop_assert_eq!(&entry.key, key);
            prop_assert_eq!(entry.value.expose_secret(), value.expose_secret());
            prop_assert_eq!(&entry.comment, comment);
        }
    }
}
