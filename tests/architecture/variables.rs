//! The list of environment variables: the code reads exactly these, and the documentation describes
//! exactly these.

use std::{collections::BTreeSet, fs};

use torg::config::variables::VARIABLES;

use super::source::{crate_folders, repository, sources_in};

/// Variables that only tests read.
const OF_TESTS: [&str; 3] = [
    "TORG_REAL_NOTICES",
    "TORG_REAL_NOTICES_WARNINGS",
    "TORG_TEST_ARGUMENT",
];

/// Returns the names of variables between two delimiters: Torg's own, and those of the search server
/// and the database.
fn names(text: &str, delimiter: char) -> BTreeSet<String> {
    let parts = text.split(delimiter);
    let is_name = |part: &&str| {
        let known = ["TORG_", "MEILI_"]
            .iter()
            .any(|start| part.starts_with(start));
        let spelt = part
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        (known && spelt && !part.ends_with('_')) || *part == "DATABASE_URL"
    };
    parts.filter(is_name).map(str::to_owned).collect()
}

fn known() -> BTreeSet<String> {
    VARIABLES.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_code_reads_exactly_the_listed_variables() {
    let mut read = BTreeSet::new();
    for folder in crate_folders() {
        for source in sources_in(&folder) {
            let listed = source.path.ends_with("config/variables.rs");
            let tests = source.path.iter().any(|part| part == "tests");
            if !listed && !tests {
                read.extend(names(&source.code, '"'));
            }
        }
    }
    read.retain(|name| !OF_TESTS.contains(&name.as_str()));
    assert_eq!(read, known());
}

#[test]
fn the_documentation_describes_exactly_the_listed_variables() {
    let page = fs::read_to_string(repository().join("docs/configuration.md")).unwrap();
    // The first cell of each row of a table.
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let described: BTreeSet<String> = rows.flat_map(|cell| names(cell, '`')).collect();
    assert_eq!(described, known());
}
