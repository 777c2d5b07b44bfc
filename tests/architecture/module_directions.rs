//! Each module imports only the modules that the table allows, and the table has no cycle.

use std::collections::{BTreeMap, BTreeSet};

use super::{imports::imports, source::sources};

/// Each top module with the modules it may import. A new module or a new direction needs a
/// decision, and a change of this table.
const ALLOWED: [(&str, &[&str]); 21] = [
    ("kernel", &[]),
    // Takes names and numbers, no types of other modules.
    ("telemetry", &[]),
    ("auth", &["kernel"]),
    ("chain", &["kernel"]),
    ("database", &["kernel", "auth", "chain", "telemetry"]),
    ("organisation", &["kernel", "auth", "database"]),
    ("document", &["kernel", "auth", "database", "organisation"]),
    (
        "procurement",
        &[
            "kernel",
            "auth",
            "chain",
            "database",
            "organisation",
            "document",
        ],
    ),
    (
        "dialogue",
        &[
            "kernel",
            "auth",
            "database",
            "document",
            "organisation",
            "procurement",
        ],
    ),
    (
        "tender",
        &[
            "kernel",
            "auth",
            "chain",
            "database",
            "dialogue",
            "document",
            "organisation",
            "procurement",
        ],
    ),
    (
        "search",
        &[
            "kernel",
            "auth",
            "database",
            "organisation",
            "procurement",
            "dialogue",
            "telemetry",
        ],
    ),
    (
        "jobs",
        &[
            "chain",
            "telemetry",
            "kernel",
            "auth",
            "database",
            "organisation",
            "document",
            "procurement",
            "dialogue",
            "tender",
            "search",
        ],
    ),
    (
        "interop",
        &[
            "chain",
            "kernel",
            "auth",
            "database",
            "organisation",
            "procurement",
            "dialogue",
            "tender",
            "search",
        ],
    ),
    (
        "graphql",
        &[
            "chain",
            "telemetry",
            "kernel",
            "auth",
            "database",
            "organisation",
            "document",
            "procurement",
            "dialogue",
            "tender",
            "search",
        ],
    ),
    (
        "http",
        &[
            "chain",
            "kernel",
            "telemetry",
            "auth",
            "database",
            "document",
            // The health checks ask the search engine, the opener and the queue.
            "tender",
            "search",
            "jobs",
            "graphql",
        ],
    ),
    (
        "config",
        &[
            "chain",
            "auth",
            "dialogue",
            "document",
            "procurement",
            "tender",
            "http",
            "telemetry",
        ],
    ),
    (
        "app",
        &[
            "chain",
            "auth",
            "config",
            "database",
            "document",
            "kernel",
            "organisation",
            "search",
            "telemetry",
        ],
    ),
    ("lib", &[]),
    // The binary imports the library as `torg::`.
    ("main", &["commands", "sample"]),
    ("commands", &["sample"]),
    ("sample", &[]),
];

/// Returns the other top modules that each top module imports, each with a file that does so.
fn imported_modules() -> BTreeMap<String, BTreeMap<String, String>> {
    let sources = sources();
    let tops: BTreeSet<String> = sources.iter().map(|source| source.top_module()).collect();
    let mut imported: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for source in &sources {
        let module = source.top_module();
        let others = imported.entry(module.clone()).or_default();
        for path in imports(&source.module_path(), &source.code) {
            if let Some(other) = path.first()
                && *other != module
                && tops.contains(other)
            {
                others.insert(other.clone(), source.path.display().to_string());
            }
        }
    }
    imported
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut violations = Vec::new();
    for (module, others) in imported_modules() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == module) else {
            violations.push(format!(
                "`{module}` is not in the table; add what it may import"
            ));
            continue;
        };
        for (other, file) in others {
            if !allowed.contains(&other.as_str()) {
                violations.push(format!("src/{file}: `{module}` must not import `{other}`"));
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn the_table_of_directions_has_no_cycle() {
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<_> = ALLOWED.to_vec();
    while !open.is_empty() {
        let before = open.len();
        open.retain(|(module, allowed)| {
            let is_settled = allowed.iter().all(|other| settled.contains(other));
            if is_settled {
                settled.insert(module);
            }
            !is_settled
        });
        assert!(open.len() < before, "a cycle among {open:?}");
    }
}

#[test]
fn imports_between_modules_are_found() {
    let imported = imported_modules();
    for (module, other) in [
        ("tender", "procurement"),
        ("graphql", "search"),
        ("http", "graphql"),
    ] {
        assert!(
            imported[module].contains_key(other),
            "{module}: {imported:?}"
        );
    }
}
