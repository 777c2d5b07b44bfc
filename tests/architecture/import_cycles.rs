//! No files import each other in a cycle, except a module and the modules inside it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    imports::{ModulePath, imports},
    source::{crate_folders, sources_in},
};

/// The modules that each module imports, without its ancestors and descendants.
type Graph = BTreeMap<ModulePath, BTreeSet<ModulePath>>;

/// Returns the graph of a crate, given the path and the code of each of its modules.
fn graph<'a>(files: impl IntoIterator<Item = (ModulePath, &'a str)>) -> Graph {
    let files: BTreeMap<ModulePath, &str> = files.into_iter().collect();
    let mut graph = Graph::new();
    for (module, code) in &files {
        let imported = imports(module, code).into_iter().filter_map(|mut path| {
            // What follows the longest path of a module is an item in that module.
            while !path.is_empty() && !files.contains_key(&path) {
                path.pop();
            }
            (!path.is_empty() && !is_related(module, &path)).then_some(path)
        });
        graph.insert(module.clone(), imported.collect());
    }
    graph
}

/// Whether one module contains the other, or both are the same.
fn is_related(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Returns the modules that a module imports directly or indirectly.
fn reachable<'a>(graph: &'a Graph, from: &ModulePath) -> BTreeSet<&'a ModulePath> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&ModulePath> = graph[from].iter().collect();
    while let Some(module) = open.pop() {
        if found.insert(module) {
            open.extend(&graph[module]);
        }
    }
    found
}

/// Returns each import that is part of a cycle, as `module -> imported`.
fn cycles(graph: &Graph) -> Vec<String> {
    let reachable: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> = graph
        .keys()
        .map(|module| (module, reachable(graph, module)))
        .collect();
    let in_cycle_with = |one: &ModulePath, other: &ModulePath| {
        reachable[one].contains(other) && reachable[other].contains(one)
    };
    let mut lines = Vec::new();
    for (module, imported) in graph {
        for other in imported.iter().filter(|other| in_cycle_with(module, other)) {
            lines.push(format!("{} -> {}", module.join("::"), other.join("::")));
        }
    }
    lines
}

#[test]
fn no_import_cycles_between_files() {
    let mut found = Vec::new();
    for folder in crate_folders() {
        let sources = sources_in(&folder);
        let files = sources
            .iter()
            .map(|source| (source.module_path(), source.code.as_str()));
        found.extend(cycles(&graph(files)));
    }
    assert!(found.is_empty(), "import cycles:\n{}", found.join("\n"));
}

fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let module = |name: &str| name.split("::").map(str::to_owned).collect();
    cycles(&graph(
        files.iter().map(|(name, code)| (module(name), *code)),
    ))
}

#[test]
fn planted_import_cycles_are_found() {
    let found = planted(&[
        ("a", "use crate::b::B;"),
        ("b", "fn f() { crate::c::deep::g() }"),
        ("c", ""),
        ("c::deep", "use crate::a;"),
        ("d", "use crate::a;"),
    ]);
    assert_eq!(found, ["a -> b", "b -> c::deep", "c::deep -> a"]);
}

#[test]
fn parent_and_child_may_import_each_other() {
    let found = planted(&[
        ("a", "mod child; use child::C;"),
        ("a::child", "use super::A;"),
        ("b", "use crate::a::child::C;"),
    ]);
    assert_eq!(found, [""; 0]);
}
