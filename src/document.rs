//! Documents: files that members of an organisation upload to attach to what the organisation
//! publishes.
//!
//! A document belongs to the organisation that it was uploaded for. Only that organisation's
//! members see it until something that refers to it is published: permanently if a notice publishes
//! it, and while a question or an answer is public if that refers to it. A document that nothing
//! refers to is removed after 24 hours.

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

/// Path of the HTTP API that receives uploads; documents are downloaded below it.
pub const PATH: &str = "/documents";

/// Returns the path on this server from which a document is downloaded.
pub fn path(id: DocumentId) -> String {
    format!("{PATH}/{}", id.to_global())
}
