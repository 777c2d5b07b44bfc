//! SQL is in the stores only; rules are pure.

use std::path::Path;

use super::source::{Source, sources};

/// Functions and macros of sqlx that take SQL.
const SQL: [&str; 10] = [
    "query!",
    "query_as!",
    "query_scalar!",
    "query_file!",
    "query_file_as!",
    "query_file_scalar!",
    "query",
    "query_as",
    "query_scalar",
    "raw_sql",
];

/// Modules that are pure although they are not called rules.
const PURE: [&str; 11] = [
    "auth/policy.rs",
    "auth/policy/",
    "kernel/codes.rs",
    "kernel/codes/",
    "kernel/money.rs",
    "kernel/text.rs",
    "kernel/working_day.rs",
    "procurement/amendment.rs",
    "procurement/clerical.rs",
    "procurement/phase.rs",
    "procurement/reservation.rs",
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

/// The lines of a source that run SQL: `sqlx::query!(…)`, or the bare name where it is imported
/// from sqlx.
fn sql_lines(source: &Source) -> Vec<usize> {
    let imported = imported_from_sqlx(&source.code);
    let runs_sql = |line: &str| {
        SQL.iter().any(|name| {
            let bare = name.trim_end_matches('!');
            let call = format!("{name}(");
            line.contains(&format!("sqlx::{call}"))
                || line.contains(&format!("sqlx::{name}::<"))
                || (imported.iter().any(|found| found == bare) && calls(line, &call))
        })
    };
    let lines = source.code.lines().enumerate();
    let found = lines.filter(|(_, line)| runs_sql(line));
    found.map(|(number, _)| number + 1).collect()
}

/// Whether the line has the call, and not as the end of a longer name.
fn calls(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !['_', ':', '.'].contains(&c))
    })
}

/// The names that `use sqlx::…` imports, in a group or alone.
fn imported_from_sqlx(code: &str) -> Vec<String> {
    let uses = code.split("use sqlx::").skip(1);
    let names = uses.flat_map(|rest| {
        let list = rest.split(';').next().unwrap_or_default();
        list.split(|c: char| !c.is_alphanumeric() && c != '_')
    });
    names.map(str::to_owned).collect()
}

#[test]
fn sql_is_in_stores_only() {
    let mut in_stores = 0;
    let mut elsewhere = Vec::new();
    for source in sources() {
        for line in sql_lines(&source) {
            if is_store(&source) {
                in_stores += 1;
            } else {
                elsewhere.push(format!("src/{}:{line}", source.path.display()));
            }
        }
    }
    assert!(
        elsewhere.is_empty(),
        "SQL outside a store: {}",
        elsewhere.join(", ")
    );
    assert!(
        in_stores > 100,
        "only {in_stores} statements found in stores"
    );
}

#[test]
fn sql_is_found_in_every_form() {
    for (code, found) in [
        ("let row = sqlx::query!(\"select 1\");", true),
        ("sqlx::query_scalar(\"select 1\")", true),
        ("sqlx::query_as::<_, Row>(\"select 1\")", true),
        ("use sqlx::query;\nlet row = query(\"select 1\");", true),
        (
            "use sqlx::{PgPool, query_as};\nquery_as!(Row, \"select 1\")",
            true,
        ),
        ("use sqlx::PgPool;\nlet found = search::query(1);", false),
        ("fn query(text: &str) {}", false),
    ] {
        let source = Source {
            path: "some/file.rs".into(),
            code: code.to_owned(),
        };
        assert_eq!(!sql_lines(&source).is_empty(), found, "{code}");
    }
}

/// Ways to begin a transaction with the driver.
const BEGINS: [&str; 5] = [
    ".begin()",
    ".begin_with(",
    ".try_begin()",
    ".try_begin_with(",
    "Transaction::begin(",
];

/// The driver's own functions leave a transaction open when they are cancelled.
#[test]
fn transactions_begin_in_one_place_only() {
    let one = Path::new("database/connections.rs");
    let begins = |source: &Source| BEGINS.iter().any(|begin| source.code.contains(begin));
    let (allowed, elsewhere): (Vec<_>, Vec<_>) = sources()
        .into_iter()
        .filter(begins)
        .map(|source| source.path)
        .partition(|path| path == one);
    assert_eq!(allowed.len(), 1);
    assert!(elsewhere.is_empty(), "use database::begin in {elsewhere:?}");
}

/// Whether a source is `rules.rs`, in a folder of rules, or one of the other pure modules.
fn is_pure(source: &Source) -> bool {
    let in_rules = source.path.components().any(|part| {
        ["rules", "rules.rs"]
            .iter()
            .any(|name| part.as_os_str() == *name)
    });
    let path = source.path.to_string_lossy();
    in_rules || PURE.iter().any(|pure| path.starts_with(pure))
}

#[test]
fn rules_are_pure() {
    let mut checked = 0;
    for source in sources().iter().filter(|source| is_pure(source)) {
        checked += 1;
        // An attribute may say how a value is stored.
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
            "Instant::now",
        ] {
            assert!(
                !code.contains(impure),
                "src/{}: {impure}",
                source.path.display()
            );
        }
    }
    assert!(checked >= 30, "only {checked} pure files found");
}
