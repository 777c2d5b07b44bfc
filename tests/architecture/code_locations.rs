//! SQL is written in stores only; rules are pure.

use std::path::Path;

use super::source::{Source, sources};

/// Starts of SQL statements in the source.
const SQL: [&str; 9] = [
    "query!(",
    "query_as!(",
    "query_scalar!(",
    "query_file!(",
    "query_file_scalar!(",
    "query(",
    "query_as(",
    "query_scalar(",
    "raw_sql(",
];

fn is_store(source: &Source) -> bool {
    let path = &source.path;
    path.file_name().is_some_and(|name| name == "store.rs")
        || path.components().any(|part| part.as_os_str() == "store")
        // Unit tests may query the database.
        || path.components().any(|part| part.as_os_str() == "tests")
        || path.file_name().is_some_and(|name| name == "tests.rs")
        || path == Path::new("database/migrations.rs")
}

#[test]
fn sql_is_written_in_stores_only() {
    let mut in_stores = 0;
    let mut elsewhere = Vec::new();
    for source in sources() {
        for (number, line) in source.code.lines().enumerate() {
            if !SQL
                .iter()
                .any(|begin| line.contains(&format!("sqlx::{begin}")))
            {
                continue;
            }
            if is_store(&source) {
                in_stores += 1;
            } else {
                elsewhere.push(format!("src/{}:{}", source.path.display(), number + 1));
            }
        }
    }
    assert!(
        elsewhere.is_empty(),
        "SQL outside a store: {}",
        elsewhere.join(", ")
    );
    assert!(
        in_stores > 20,
        "only {in_stores} statements found in stores"
    );
}

#[test]
fn sqlx_macros_are_called_by_full_name() {
    // Otherwise the test above does not find them.
    for source in sources()
        .iter()
        .filter(|source| source.path.extension().is_some())
    {
        for name in ["query", "query_as", "query_scalar", "raw_sql"] {
            for form in [format!("use sqlx::{name}"), format!("sqlx::{{{name}")] {
                assert!(
                    !source.code.contains(&form),
                    "src/{}: {form}",
                    source.path.display()
                );
            }
        }
    }
}

#[test]
fn rules_are_pure() {
    let mut seen = 0;
    for source in sources() {
        if source
            .path
            .file_name()
            .is_none_or(|name| name != "rules.rs")
        {
            continue;
        }
        seen += 1;
        // Attributes may define how a value is stored.
        let code = source
            .code
            .lines()
            .filter(|line| !line.trim_start().starts_with("#["));
        let code: String = code.collect::<Vec<_>>().join("\n");
        for impure in [
            "async ",
            ".await",
            "sqlx",
            "async_graphql",
            "Utc::now",
            "SystemTime::now",
        ] {
            assert!(
                !code.contains(impure),
                "src/{}: {impure}",
                source.path.display()
            );
        }
    }
    assert!(seen >= 3, "only {seen} files of rules found");
}
