//! What is reviewed in a round, the places that comments are about, and what the buyer makes of them.
//!
//! A comment is a question of a round of kind DRAFT_REVIEW that is anchored to a place in a document, or follows up
//! another one: whatever holds for questions (who asked is unseen, moderation, redaction, merging, support) holds for it.

pub mod documents;
pub mod rules;
pub mod store;

use serde::{Deserialize, Serialize};

use crate::kernel::ids::DocumentId;

/// A place in a document. Documents never change, so that it is the version that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// In which document.
    pub document: DocumentId,
    /// On which page, from 1.
    pub page: Option<i32>,
    /// In which section, as its heading or number says.
    pub section: Option<String>,
    /// What stands there.
    pub quote: Option<String>,
}

/// What the buyer makes of a comment; its answer says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposition {
    /// The draft changes as the comment says.
    Accepted,
    /// It changes in part.
    PartlyAccepted,
    /// It does not change.
    Rejected,
}
