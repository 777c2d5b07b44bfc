//! Forms of files, and their defects.

use serde_json::{Value, json};

use super::{line, read};

/// Returns the rows of a file: `line ocid` for a release, `line! reason` for a refusal.
fn outline(name: &str, content: impl Into<Vec<u8>>) -> Vec<String> {
    let told = |row| match row {
        Ok(super::Row { line, release, .. }) => format!("{line} {}", release.ocid),
        Err(super::RowError { line, reason, .. }) => format!("{line}! {reason}"),
    };
    read(name, content).into_iter().map(told).collect()
}

fn release(ocid: &str) -> Value {
    json!({ "ocid": ocid, "id": "1", "date": "2026-03-01T12:00:00Z", "tag": ["tender"] })
}

/// Checks that a document has these rows, both on one line and on several.
fn check_form(form: &str, content: &Value, rows: &[&str]) {
    let number = |row: &&str| {
        if row.starts_with('!') {
            format!("1{row}")
        } else {
            format!("1 {row}")
        }
    };
    let rows: Vec<_> = rows.iter().map(number).collect();
    assert_eq!(outline("file.json", content.to_string()), rows, "{form}");
    let pretty = serde_json::to_string_pretty(content).expect("it is JSON");
    assert_eq!(
        outline("file.json", pretty).len(),
        rows.len(),
        "{form}, on several lines"
    );
}

const LINK_REFUSED: &str =
    "! the release is only linked to (`url`) and its content is not in the file";

fn link() -> Value {
    json!({ "url": "https://example.org/1.json", "date": "2026-03-01T12:00:00Z", "tag": ["tender"] })
}

#[test]
fn releases_and_packages_are_recognised_by_their_content() {
    let (a, b) = (release("a"), release("b"));
    for (form, content, rows) in [
        ("one release", a.clone(), vec!["a"]),
        ("array", json!([a, b]), vec!["a", "b"]),
        (
            "package",
            json!({ "uri": "u", "releases": [a, b], "version": "1.1" }),
            vec!["a", "b"],
        ),
        (
            "array of packages",
            json!([{ "releases": [a] }, { "releases": [b] }]),
            vec!["a", "b"],
        ),
        (
            "empty package",
            json!({ "uri": "u", "releases": [] }),
            vec![],
        ),
        (
            "package without releases",
            json!({ "uri": "u", "version": "1.1", "publisher": { "name": "p" }, "extensions": [] }),
            vec![],
        ),
        (
            "package with null for releases",
            json!({ "uri": "u", "releases": null }),
            vec![],
        ),
        (
            "package, a link",
            json!({ "releases": [a, link()] }),
            vec!["a", LINK_REFUSED],
        ),
        (
            "not OCDS",
            json!({ "error": "not found" }),
            vec!["! `ocid` is missing"],
        ),
        (
            "not releases",
            json!([1, a]),
            vec!["! expected a release, a JSON object in `{}`", "a"],
        ),
        (
            "a text",
            json!("a"),
            vec!["! expected a release, a JSON object in `{}`"],
        ),
    ] {
        check_form(form, &content, &rows);
    }
}

#[test]
fn a_record_yields_its_compiled_release_or_its_embedded_ones() {
    let (a, b, link) = (release("a"), release("b"), link());
    let versioned = json!({ "ocid": "a", "tender": { "title": [
        { "releaseID": "1", "releaseDate": "2026-03-01", "releaseTag": ["tender"], "value": "A" }
    ] } });
    let record = |releases: Value| json!({ "ocid": "a", "releases": releases });
    let package = |record: Value| json!({ "records": [record], "packages": [] });
    for (form, content, rows) in [
        ("embedded", package(record(json!([a, b]))), vec!["a", "b"]),
        (
            "compiled only",
            package(json!({ "ocid": "b", "compiledRelease": b })),
            vec!["b"],
        ),
        (
            "both",
            package(json!({ "compiledRelease": b, "ocid": "a", "releases": [a] })),
            vec!["b"],
        ),
        (
            "links and compiled",
            package(json!({ "ocid": "b", "releases": [link, link], "compiledRelease": b })),
            vec!["b"],
        ),
        (
            "no releases",
            package(record(json!([]))),
            vec!["! the record has no releases"],
        ),
        (
            "links, compiled, and what is no release",
            package(json!({ "ocid": "b", "releases": [link, 1], "compiledRelease": b })),
            vec!["! expected a release, a JSON object in `{}`", "b"],
        ),
        (
            "links and embedded",
            package(record(json!([link, a]))),
            vec!["a"],
        ),
        (
            "links only, and another record",
            json!({ "records": [record(json!([link, link])), record(json!([b]))] }),
            vec![LINK_REFUSED, "b"],
        ),
        (
            "no package",
            json!({ "versionedRelease": {}, "releases": [a], "compiledRelease": b }),
            vec!["b"],
        ),
        (
            "versioned only",
            package(json!({ "ocid": "a", "releases": [link], "versionedRelease": versioned })),
            vec!["a"],
        ),
        (
            "versioned and embedded",
            package(json!({ "ocid": "a", "releases": [b], "versionedRelease": versioned })),
            vec!["b"],
        ),
        (
            "a compiled release without a date, and embedded ones",
            package(json!({ "ocid": "a", "releases": [a], "compiledRelease": { "ocid": "a" } })),
            vec!["a"],
        ),
    ] {
        check_form(form, &content, &rows);
    }
}

#[test]
fn json_lines_are_recognised_by_their_name_or_content() {
    let lines = format!("{}\n{}\n", line("a"), line("b"));
    let package = format!(r#"{{"releases": [{}, {}]}}"#, line("c"), line("d"));
    for (name, content, rows) in [
        ("a.jsonl", lines.clone(), vec!["1 a", "2 b"]),
        ("a.json", lines.clone(), vec!["1 a", "2 b"]),
        ("A.NDJSON", line("a"), vec!["1 a"]),
        ("a.txt", lines.replace('\n', "\r\n"), vec!["1 a", "2 b"]),
        (
            "a.json",
            format!("\u{feff}\n  \n{}\n\n\n{}", line("a"), line("b")),
            vec!["3 a", "6 b"],
        ),
        ("a.json", format!("\u{feff}{}", line("a")), vec!["1 a"]),
        (
            "a.jsonl",
            format!("{}\n{package}\n{}", line("a"), line("b")),
            vec!["1 a", "2 c", "2 d", "3 b"],
        ),
        ("a.jsonl", String::new(), vec![]),
    ] {
        assert_eq!(outline(name, content.clone()), rows, "{name}: {content:?}");
    }
}

#[test]
fn a_release_in_a_document_has_its_own_line() {
    let document = "\r\n{\n  \"releases\": [\n    {\"ocid\": \"a\",\n     \"date\": \"2026-03-01\"},\n\n    {\n      \"ocid\": \"b\"\n    }\n  ]\n}\n";
    assert_eq!(outline("a.json", document), ["4 a", "7! `date` is missing"]);
}

#[test]
fn files_other_than_utf_8_json_are_refused_with_a_fix() {
    let units = || "\u{feff}{}".encode_utf16();
    let utf16: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big_endian: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    let latin1 =
        b"{\"ocid\": \"a\", \"date\": \"2026-03-01\", \"title\": \"St\xE4dning\"}".to_vec();
    for (content, line, reason) in [
        (b"\x1F\x8B\x08\x00".to_vec(), 0, "the file is compressed"),
        (utf16, 0, "the file is written in UTF-16 or UTF-32"),
        (big_endian, 0, "the file is written in UTF-16 or UTF-32"),
        (
            b"{\0\"\0".to_vec(),
            0,
            "the file is written in UTF-16 or UTF-32",
        ),
        (b" \n ".to_vec(), 0, "the file is empty"),
        (
            latin1,
            1,
            "malformed JSON at column 49: a text is not UTF-8, which OCDS requires",
        ),
    ] {
        let size = content.len() as u64;
        let rows = read("a.json", content);
        let error = rows
            .first()
            .and_then(|row| row.as_ref().err())
            .expect("a refusal");
        assert_eq!(
            (rows.len(), error.line, error.reason.as_str()),
            (1, line, reason)
        );
        assert!(!error.fix.is_empty());
        // All bytes of the file are reported.
        let left_out = error.left_out.expect("the bytes");
        assert_eq!((left_out.offset, left_out.size), (0, size), "{reason}");
    }
}

#[test]
fn a_missing_file_is_an_error_with_its_name() {
    let error = crate::interop::ocds::Reader::open(std::path::Path::new("/no/such/file.json"))
        .err()
        .expect("an error");
    assert!(
        error
            .to_string()
            .starts_with("/no/such/file.json: cannot be read: "),
        "{error}"
    );
}

#[test]
fn a_refusal_names_file_line_reason_and_fix() {
    let error = read("a.jsonl", "{\"ocid\": \"a\"}")
        .remove(0)
        .expect_err("it has no date");
    assert_eq!(
        error.to_string(),
        "a.jsonl:1: `date` is missing; 13 bytes from byte 0 are left out; add `date`, when the \
         release was published, to the release"
    );
}
