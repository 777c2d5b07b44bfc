//! The search engines: that they answer alike, and that the embedded one keeps what it was given.

mod api;
mod conformance;
mod engine;

use std::path::{Path, PathBuf};

/// A folder of its own for one test, removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        Self(std::env::temp_dir().join(format!("torg-search-{}", uuid::Uuid::now_v7())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
