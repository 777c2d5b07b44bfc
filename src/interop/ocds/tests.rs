//! Tests from a file to notices.

mod forms;
mod implausible;
mod mapping;
mod merging;
mod properties;
mod real;
mod recovery;
mod spellings;

use std::io::Cursor;

use super::{Notice, Reader, Row, RowError, map};

/// Reads the rows of a file.
fn read(name: &str, content: impl Into<Vec<u8>>) -> Vec<Result<Row, RowError>> {
    Reader::new(name, Box::new(Cursor::new(content.into()))).collect()
}

/// Returns the notice of a valid release.
fn notice(release: serde_json::Value) -> Notice {
    let mut rows = read("one.json", release.to_string());
    assert_eq!(rows.len(), 1);
    map(rows.remove(0).expect("the release can be read").release)
}

/// Returns a release as text with its `ocid` first, as publishers write it.
fn line(ocid: &str) -> String {
    format!(r#"{{"ocid": "{ocid}", "id": "1", "date": "2026-03-01T12:00:00Z", "tag": ["tender"]}}"#)
}
