//! The errors of opening an engine.

use std::path::PathBuf;

/// Reason why an engine cannot be opened. Each message is one line with the cause and the fix.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be created, read or written.
    #[error("search folder {}: {source}; make it readable and writable for this user, or name another", folder.display())]
    Folder {
        /// The engine's folder.
        folder: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// Another process has the folder open.
    #[error("search folder {} is in use by another process; stop that one, or name another folder", folder.display())]
    InUse {
        /// The engine's folder.
        folder: PathBuf,
    },
    /// The folder holds something other than an engine's data, or its data is damaged.
    #[error("search folder {} cannot be used: {reason}; delete it and rebuild the indexes", folder.display())]
    Damaged {
        /// The engine's folder.
        folder: PathBuf,
        /// Cause, without the folder's name.
        reason: String,
    },
}
