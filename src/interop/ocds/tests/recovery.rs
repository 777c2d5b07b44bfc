//! Malformed files: every intact release is taken, and everything else is reported.

use std::io::Cursor;

use proptest::prelude::*;

use super::{line, read};
use crate::interop::ocds::{ByteRange, Reader, Row, RowError};

/// Returns the ocids that were taken, and the refusals with the bytes they left out.
fn outcome(text: &str) -> (String, Vec<String>) {
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for row in read("a.json", text) {
        match row {
            Ok(row) => taken.push(row.release.ocid),
            Err(error) => {
                let range = error.left_out.expect("a place in the file");
                let left_out = &text.as_bytes()[start(range)..end(range)];
                let left_out = String::from_utf8_lossy(left_out).into_owned();
                refused.push(format!("{}: {} | {left_out}", error.line, error.reason));
            }
        }
    }
    (taken.join(" "), refused)
}

fn start(range: ByteRange) -> usize {
    usize::try_from(range.offset).expect("a small file")
}

fn end(range: ByteRange) -> usize {
    start(range) + usize::try_from(range.size).expect("a small file")
}

/// Returns a release with this text for an amount.
fn with_amount(ocid: &str, amount: &str) -> String {
    format!(
        r#"{{"id": "1", "language": "en", "ocid": "{ocid}", "date": "2026-03-01T12:00:00Z", "tender": {{"value": {{"amount": {amount}, "currency": "GBP"}}, "tenderPeriod": {{"endDate": "2031-05-20T12:00:00Z"}}}}}}"#
    )
}

/// Returns files with the releases `a`, `b` and `c`, and one with this amount.
fn forms(amount: &str) -> [(&'static str, String); 5] {
    let (good, bad) = (
        |ocid: &str| with_amount(ocid, "1000"),
        with_amount("bad", amount),
    );
    [
        (
            "package",
            format!(
                "{{\"uri\": \"u\",\n\"releases\": [\n{},\n{bad},\n{},\n{}\n], \"version\": \"1.1\"}}",
                good("a"),
                good("b"),
                good("c")
            ),
        ),
        (
            "package on one line",
            format!(
                "{{\"releases\": [{},{bad},{},{}]}}",
                good("a"),
                good("b"),
                good("c")
            ),
        ),
        (
            "lines",
            format!("{}\n{bad}\n{}\n{}\n", good("a"), good("b"), good("c")),
        ),
        (
            "joined packages",
            format!(
                "{{\"releases\": [{}]}}\n{{\"releases\": [{bad}]}}\n{{\"releases\": [{}, {}]}}",
                good("a"),
                good("b"),
                good("c")
            ),
        ),
        (
            "records",
            format!(
                "{{\"records\": [{{\"ocid\": \"a\", \"compiledRelease\": {}}}, {{\"ocid\": \"bad\", \"compiledRelease\": {bad}}}, \
                     {{\"ocid\": \"b\", \"releases\": [{}]}}, {{\"ocid\": \"c\", \"compiledRelease\": {}}}]}}",
                good("a"),
                good("b"),
                good("c")
            ),
        ),
    ]
}

#[test]
fn a_malformed_value_loses_only_its_release() {
    for amount in [
        "",
        "NaN",
        "-Infinity",
        "N230000000",
        "221,000,000.00",
        "1 000",
        "1.",
        "01",
        "0x10",
        "undefined",
        "'1000'",
        "\"1000",
        "1000\"",
        "\"10\\x00\"",
        "\"10\n00\"",
        "\"10\u{1}00\"",
        "1000,",
        "1000,,",
        "1000 // a comment",
        "/* none */ 1000",
        "{",
        "[",
        "}",
        "]",
        "[1,]",
        "{\"a\":1,}",
        "{a: 1}",
        "True",
    ] {
        for (form, text) in forms(amount) {
            let (taken, refused) = outcome(&text);
            assert_eq!(taken, "a b c", "{form}, {amount}: {refused:#?}");
            let bad = refused
                .iter()
                .any(|refusal| refusal.contains("\"ocid\": \"bad\""));
            assert!(bad, "{form}, {amount}: {refused:#?}");
        }
    }
}

#[test]
fn what_is_left_out_is_reported_with_place_and_reason() {
    let (a, b) = (line("a"), line("b"));
    let outcomes: Vec<_> = [
        ("cut off in a line", format!("{a}\n{}\n{b}", &b[..30])),
        ("cut off between tokens of a line", format!("{}\n{a}\n{b}", &a[..13])),
        ("cut off before a value", format!("{{\"ocid\": \"x\", \"tender\":\n{a}\n{b}")),
        ("a word", format!("hello\n{b}")),
        ("a page", "<html><body class=\"a\">{\"error\": 1}</body></html>".to_owned()),
        ("a text that is not closed", format!("{{\"releases\": [\n{{\"ocid\": \"x\n, \"date\": \"2026\"}},{b}]}}")),
        ("a missing quote", format!("{{\"releases\": [{{\"ocid\": \"x, \"date\": \"2026\"}}, {b}]}}")),
        ("a missing quote at the end", format!("{{\"releases\": [{{\"ocid\": \"x\", \"date\": \"2026}}, {b}]}}")),
        ("a missing brace", format!("[{{\"ocid\": \"x\", \"tender\": {{\"id\": \"1\"}}, {a}, {b}]")),
        ("a missing bracket", format!("{{\"releases\": [{a}, {b}}}")),
        ("a missing end of lots", format!("[{{\"ocid\": \"x\", \"date\": \"2026-01-01\", \"lots\": [{{\"id\": 1}}, {a}, {b}]}}")),
        ("a brace too many", format!("{{\"releases\": [{a}}}, {b}]}}")),
        ("brackets too many", format!("[{a}]]}}\n{b}")),
        ("something behind the releases", format!("{{\"releases\": [\n{a}], oops}}")),
        ("malformed metadata", format!("{{\"uri\": , \"releases\": [{a}, {b}], \"publisher\": {{\"name\": \"p\"}}}}")),
        ("malformed metadata behind", format!("{{\"releases\": [{{\"id\": }}, {a}], \"version\": \"1.1\", \"odd\": 1}}")),
        ("a comment", format!("{{\"releases\": [{a}, // one more\n{b}]}}")),
        ("missing and repeated commas", format!("{{\"releases\": [{a} {b},,]}}")),
        ("a broken record", format!("{{\"records\": [{{\"ocid\": \"x\", \"releases\": [{a}, {{\"ocid\": \"y\", oops}}]}}, {{\"ocid\": \"b\", \"compiledRelease\": {b}}}]}}")),
        ("cut off in a release", format!("{{\"releases\": [\n{a},\n{}", &b[..30])),
        ("cut off between releases", format!("{{\"releases\": [\n{a},\n")),
        ("cut off behind a compiled release", format!("{{\"compiledRelease\":\n{a},\n\"versionedRelease\": {{")),
        ("cut off in an array", format!("[\n{a},\n")),
        ("a value that is no release", format!("[{a}, 1, {b}]")),
    ]
    .into_iter()
    .map(|(what, text)| (what, outcome(&text)))
    .collect();
    insta::assert_debug_snapshot!(outcomes);
}

#[test]
fn documents_one_after_another_are_read_whatever_separates_them() {
    let package = |ocid: &str| {
        format!(
            "{{\n  \"uri\": \"u\",\n  \"releases\": [{}]\n}}",
            line(ocid)
        )
    };
    for separator in [
        "",
        "\n",
        " ",
        ",",
        ",\n",
        "\u{1e}",
        "\n\u{1e}",
        "\u{feff}",
        "\n\u{feff}",
        "\r\n\r\n",
    ] {
        for text in [
            [package("a"), line("b"), package("c")].join(separator),
            [line("a"), package("b"), format!("[{}]", line("c"))].join(separator),
            format!("[{}]", [line("a"), line("b"), line("c")].join(separator)),
            format!(
                "{{\"releases\": [{}]}}",
                [line("a"), line("b"), line("c")].join(separator)
            ),
        ] {
            let text = format!("{separator}{text}{separator}");
            assert_eq!(
                outcome(&text),
                ("a b c".to_owned(), Vec::new()),
                "{separator:?}"
            );
        }
    }
}

#[test]
fn deep_nesting_is_refused_without_exhausting_the_stack() {
    let deep = format!(
        "{{\"ocid\": \"x\", \"tender\": {}1{}}}",
        "[".repeat(200),
        "]".repeat(200)
    );
    let (taken, refused) = outcome(&format!("{{\"releases\": [{deep}, {}]}}", line("b")));
    assert_eq!(taken, "b");
    assert!(
        refused[0].contains("nested more than 128 levels"),
        "{refused:?}"
    );
    for deep in ["{\"releases\":[", "[", "{\"a\":", "{\"ocid\":["] {
        let refused = outcome(&deep.repeat(100_000)).1.len();
        assert!((1..=3).contains(&refused), "{deep}: {refused}");
    }
}

#[test]
fn malformed_files_are_read_in_linear_time() {
    for part in [
        "{\"ocid\": \"a\", ",
        "{\"",
        "{\"a\": {",
        "{\"ocid\": {\"ocid\": }",
        "\"{\"",
        "[{\"releases\": [{\"",
        "\\\"{\\\"ocid",
    ] {
        let started = std::time::Instant::now();
        let count = read("a.json", part.repeat(2_000_000 / part.len())).len();
        let elapsed = started.elapsed();
        assert!(
            elapsed.as_secs() < 20,
            "{part:?}: {count} rows in {elapsed:?}"
        );
    }
}

fn read_in_blocks(text: &[u8], limit: usize, block: usize) -> Vec<Result<Row, RowError>> {
    let input = Box::new(Cursor::new(text.to_vec()));
    Reader::with_limits("a.json", input, limit, block).collect()
}

#[test]
fn the_releases_of_a_package_over_the_limit_are_read_one_by_one() {
    let rows: Vec<String> = (0..100).map(|number| line(&number.to_string())).collect();
    let text = format!(
        "{{\"uri\": \"u\", \"releases\": [{}], \"version\": \"1.1\"}}",
        rows.join(", ")
    );
    let read = read_in_blocks(text.as_bytes(), 1_000, 64);
    let taken = read.iter().filter(|row| row.is_ok()).count();
    assert_eq!((taken, read.len()), (100, 100));

    let huge = line("huge").replace("tender", &"x".repeat(2_000));
    let text = format!("{}\n{huge}\n{}", line("a"), line("b"));
    let read = read_in_blocks(text.as_bytes(), 1_000, 64);
    let errors: Vec<_> = read.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((read.len(), errors.len()), (3, 1));
    let left_out = errors[0].left_out.expect("a place");
    let start_of_huge = text.find(&huge).expect("it is in the text");
    assert_eq!(
        (start(left_out), end(left_out)),
        (start_of_huge, start_of_huge + huge.len())
    );
}

/// Malformed parts that are inserted into a release.
const JUNK: [&str; 26] = [
    "\"", "{", "}", "[", "]", ",", ":", "\\", "NaN", "'", "//", "{\"", "\"}", "}]", "\u{1}",
    "null", "1", " ", "\"a\": ", "{}", "[]", "é", "\u{feff}", "\u{1e}", "\"ocid\"", "-",
];

/// Replaces part of a text.
#[derive(Debug, Clone)]
struct Damage {
    release: usize,
    at: usize,
    length: usize,
    junk: Vec<&'static str>,
}

fn any_damage(releases: usize) -> impl Strategy<Value = Damage> {
    let junk = prop::collection::vec(prop::sample::select(&JUNK[..]), 0..3);
    (0..releases, 0_usize..200, 0_usize..30, junk).prop_map(|(release, at, length, junk)| Damage {
        release,
        at,
        length,
        junk,
    })
}

fn damaged(text: &str, damage: &Damage) -> String {
    let at = damage.at % text.len();
    let end = (at + damage.length).min(text.len());
    format!("{}{}{}", &text[..at], damage.junk.concat(), &text[end..])
}

/// Returns what is neither in a row nor reported.
fn unaccounted(text: &[u8], rows: &[Result<Row, RowError>]) -> String {
    let mut rest = text.to_vec();
    for row in rows {
        let range = match row {
            Ok(row) => Some(row.bytes),
            Err(error) => error.left_out,
        };
        if let Some(range) = range {
            rest[start(range)..end(range)].fill(b' ');
        }
    }
    String::from_utf8_lossy(&rest).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_to_a_release_loses_no_other(damage in any_damage(5), package: bool) {
        let ocids = ["a", "b", "c", "d", "e"];
        let mut rows: Vec<String> = ocids.iter().map(|ocid| with_amount(ocid, "1")).collect();
        rows[damage.release] = damaged(&rows[damage.release], &damage);
        let (head, between, tail) = if package { ("{\"releases\": [\n", ",\n", "\n]}") } else { ("", "\n", "\n") };
        let text = format!("{head}{}{tail}", rows.join(between));
        let found = read("a.json", text.clone());
        for (position, ocid) in ocids.iter().enumerate() {
            let taken = found.iter().flatten().any(|row| row.release.ocid == *ocid);
            prop_assert!(taken || position == damage.release, "{} is lost in {}", ocid, text);
        }
        let rest = unaccounted(text.as_bytes(), &found).replace("\"releases\"", "");
        let is_structure = |char: char| " \n,:[]{}\u{feff}\u{1e}".contains(char);
        prop_assert!(rest.chars().all(is_structure), "lost {:?} of {}", rest.trim(), text);
    }

    #[test]
    fn blocks_of_any_size_give_the_same_rows(damage in any_damage(3), block in 1_usize..100) {
        let mut rows: Vec<String> = ["a", "b", "c"].iter().map(|ocid| with_amount(ocid, "1")).collect();
        rows[damage.release] = damaged(&rows[damage.release], &damage);
        let text = format!("\u{feff}{{\"releases\": [\n{}\n]}}\u{feff}{{}}", rows.join(",\n"));
        let shown = |rows: Vec<Result<Row, RowError>>| -> Vec<String> {
            let shown = |row: Result<Row, RowError>| match row {
                Ok(row) => format!("{} {:?} {}", row.line, row.bytes, row.release.ocid),
                Err(error) => error.to_string(),
            };
            rows.into_iter().map(shown).collect()
        };
        let whole = shown(read_in_blocks(text.as_bytes(), 1 << 20, 1 << 20));
        prop_assert_eq!(shown(read_in_blocks(text.as_bytes(), 1 << 20, block)), whole);
    }

    #[test]
    fn every_byte_of_any_text_is_accounted_for(parts in prop::collection::vec(prop::sample::select(&JUNK[..]), 0..60)) {
        let text = parts.concat();
        let rows = read("a.jsonl", text.clone());
        let rest = unaccounted(text.as_bytes(), &rows);
        let is_structure = |char: char| " ,[]}\u{feff}\u{1e}".contains(char);
        if rows.iter().all(|row| row.as_ref().err().is_none_or(|error| error.line > 0)) {
            prop_assert!(rest.chars().all(is_structure), "lost {:?} of {:?}", rest.trim(), text);
        }
    }
}
