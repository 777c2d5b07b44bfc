//! Documents: files that members of an organisation upload, to be attached to what it publishes.
//!
//! An upload belongs to the organisation it was made for, of whatever kind. It is seen by that organisation's members
//! until something that refers to it is published: by a notice for good, with a question or an answer while these are
//! public. One that nothing refers to for a day is swept.

pub mod attach;
mod files;
mod inspect;
pub mod read;
pub mod rules;
pub mod store;
mod sweep;
mod upload;

pub use files::{Files, Limits, StorageError};
pub use rules::{Reason, Rejection};
pub use store::Document;
pub use sweep::sweep;
pub use upload::{Upload, UploadFailure, upload};

use crate::kernel::ids::DocumentId;

/// Where documents are uploaded, and below it downloaded.
pub const PATH: &str = "/documents";

/// Where a document is downloaded: a path on this server.
pub fn path(id: DocumentId) -> String {
    format!("{PATH}/{}", id.to_global())
}
