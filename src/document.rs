//! Documents: files that members of an organisation upload to attach to what the organisation
//! publishes.
//!
//! A document belongs to the organisation that it was uploaded for. Only that organisation's
//! members see it until something that refers to it is published: permanently if a notice publishes
//! it, and while a question or an answer is public if that refers to it. A document that nothing
//! refers to is removed after 24 hours. The content of a withdrawn document is returned to no reader.

pub mod attach;
pub mod encrypt;
mod erase;
mod files;
mod inspect;
mod pace;
pub mod read;
pub mod rules;
pub mod store;
mod sweep;
mod upload;

pub use erase::erase;
pub use files::{Files, Limits, StorageError, UPLOADS};
pub use pace::MinimumPace;
pub use rules::{Reason, Rejection};
pub use store::Document;
pub use sweep::sweep;
pub use upload::{Upload, UploadFailure, upload};

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use crate::kernel::{ids::DocumentId, text::LocalizedText};

/// Path of the HTTP API that receives uploads; documents are downloaded below it.
pub const PATH: &str = "/documents";

/// Withdrawal of published content by the buyer. The object keeps its ID and its place; its content
/// is returned to no reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
    /// Time of the withdrawal.
    pub at: DateTime<Utc>,
}

impl Withdrawal {
    /// Returns the withdrawal of these columns; `None` when they are null.
    pub fn of(reason: Option<Json<LocalizedText>>, at: Option<DateTime<Utc>>) -> Option<Self> {
        Some(Self {
            reason: reason?.0,
            at: at?,
        })
    }
}

/// Returns the path on this server from which a document is downloaded.
pub fn path(id: DocumentId) -> String {
    format!("{PATH}/{}", id.to_global())
}
