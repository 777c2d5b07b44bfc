//! Reading the source as text.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file below `src`.
pub struct Source {
    /// Relative to `src`.
    pub path: PathBuf,
    /// Without comments, so that a link in a doc comment is no import.
    pub code: String,
}

impl Source {
    /// The top module it belongs to: a folder or a file of `src`.
    pub fn module(&self) -> String {
        let first = self.path.components().next().unwrap();
        let first = Path::new(first.as_os_str());
        first.file_stem().unwrap().to_string_lossy().into_owned()
    }
}

/// All Rust files below `src`.
pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources.push(Source {
                    code: without_comments(&fs::read_to_string(&path).unwrap()),
                    path: path.strip_prefix(&root).unwrap().to_owned(),
                });
            }
        }
    }
    assert!(
        sources.len() > 50,
        "only {} files found below {}",
        sources.len(),
        root.display()
    );
    sources
}

/// Line comments are cut; this code has no others.
fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        // `https://` inside a string is no comment.
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules that `crate::…` paths name: `use crate::{auth::Actor, kernel}` and `crate::jobs::worker()`.
pub fn modules_named(code: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` in a macro is this crate as well; `other_crate::` is not.
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => named.extend(heads(group)),
            None => named.push(head(rest)),
        }
    }
    named.sort();
    named.dedup();
    named
}

/// The first names of a group's paths; the group ends where its brace closes.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            other if depth == 0 => parts.last_mut().unwrap().push(other),
            _ => {}
        }
    }
    parts
        .iter()
        .map(|part| head(part.trim()))
        .filter(|name| !name.is_empty())
        .collect()
}

fn head(path: &str) -> String {
    path.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn named_modules_are_found_in_every_form() {
    let code = without_comments(
        "use crate::{\n    auth::{self, policy::{buyer, X}},\n    kernel,\n};\nlet x = crate::jobs::worker();\n// crate::http\nmycrate::no();",
    );
    assert_eq!(modules_named(&code), ["auth", "jobs", "kernel"]);
}
