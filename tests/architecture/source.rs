//! Reads the source of the workspace.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A Rust file of a crate.
pub struct Source {
    /// Path relative to the crate's `src`.
    pub path: PathBuf,
    /// Text without lines of comments, so that a link in a doc comment is not taken for an import.
    pub code: String,
}

impl Source {
    /// Returns the names of the modules down to this file; none for the crate's root.
    pub fn module_path(&self) -> Vec<String> {
        let path = self.path.with_extension("");
        let names = path.iter().map(|name| name.to_string_lossy().into_owned());
        let names: Vec<String> = names.collect();
        match names.as_slice() {
            [root] if ["lib", "main"].contains(&root.as_str()) => Vec::new(),
            _ => names,
        }
    }

    /// Returns the top module that the file belongs to: a folder or a file directly in `src`.
    pub fn top_module(&self) -> String {
        let first = self.path.iter().next().unwrap();
        let first = Path::new(first).with_extension("");
        first.to_string_lossy().into_owned()
    }
}

/// Returns the repository's folder.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Reads all Rust files below `src`.
pub fn sources() -> Vec<Source> {
    let sources = sources_in(&repository().join("src"));
    assert!(sources.len() > 50, "only {} files found", sources.len());
    sources
}

/// Reads all Rust files below the `src` folder of a crate.
pub fn sources_in(root: &Path) -> Vec<Source> {
    let mut folders = vec![root.to_owned()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(Source {
                    code: without_comments(&fs::read_to_string(&path).unwrap()),
                    path: path.strip_prefix(root).unwrap().to_owned(),
                });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Returns the `src` folders of the product and of the workspace's other crates.
pub fn crate_folders() -> Vec<PathBuf> {
    let mut folders = vec![repository().join("src")];
    if let Ok(crates) = fs::read_dir(repository().join("crates")) {
        folders.extend(crates.map(|entry| entry.unwrap().path().join("src")));
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

/// Empties the lines that are comments. `//` after code stays, because it may be part of a string;
/// the parser ignores a comment there. The source has no block comments.
fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let is_comment = line.trim_start().starts_with("//");
        if is_comment { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}
