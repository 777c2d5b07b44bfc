//! Modules know only what stands below them. No circles.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{modules_named, sources};

/// Each module and those it may name. A new module, or a new direction, is written down here with thought.
const MAY_NAME: [(&str, &[&str]); 20] = [
    ("kernel", &[]),
    // What it is told is words and numbers.
    ("telemetry", &[]),
    ("auth", &["kernel"]),
    ("database", &["kernel", "auth", "telemetry"]),
    ("organisation", &["kernel", "auth", "database"]),
    ("document", &["kernel", "auth", "database", "organisation"]),
    (
        "procurement",
        &["kernel", "auth", "database", "organisation", "document"],
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
        &["kernel", "auth", "database", "organisation", "procurement"],
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
            "kernel",
            "telemetry",
            "auth",
            "database",
            "document",
            "jobs",
            "graphql",
        ],
    ),
    (
        "config",
        &[
            "auth",
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
            "config",
            "database",
            "document",
            "kernel",
            "search",
            "telemetry",
        ],
    ),
    ("lib", &[]),
    // The binary: it sees the library from outside, as `torg::`.
    ("main", &["commands", "sample"]),
    ("commands", &["sample"]),
    ("sample", &[]),
];

/// Who names whom, by file.
fn named() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut named: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for source in sources() {
        let module = source.module();
        let names = named.entry(module.clone()).or_default();
        for other in modules_named(&source.code) {
            if other != module {
                names.insert(other, source.path.display().to_string());
            }
        }
    }
    named
}

#[test]
fn no_module_names_one_it_may_not() {
    let mut wrong = Vec::new();
    for (module, names) in named() {
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!(
                "`{module}` is not in the table; say what it may name"
            ));
            continue;
        };
        for (other, file) in names {
            if !allowed.contains(&other.as_str()) {
                wrong.push(format!("src/{file}: `{module}` may not name `{other}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_itself_has_no_circle() {
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<_> = MAY_NAME.to_vec();
    while !open.is_empty() {
        let before = open.len();
        open.retain(|(module, allowed)| {
            let free = allowed.iter().all(|other| settled.contains(other));
            if free {
                settled.insert(module);
            }
            !free
        });
        assert!(open.len() < before, "a circle among {open:?}");
    }
}

#[test]
fn imports_were_found_at_all() {
    let named = named();
    assert!(named["tender"].contains_key("procurement"), "{named:?}");
    assert!(named["graphql"].contains_key("search"), "{named:?}");
    assert!(named["http"].contains_key("graphql"), "{named:?}");
}
