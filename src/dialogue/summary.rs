//! What the buyer heard in a round, and what changes because of it: published in numbered versions, the earlier ones
//! kept readable.

pub mod publish;
pub mod rules;
pub mod store;

use serde::{Deserialize, Serialize};

use crate::kernel::text::LocalizedText;

/// What changes because of what was heard, and where in the notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What changes; plain text.
    pub text: LocalizedText,
    /// Lots of the notice that it changes (`LOT-0001`).
    #[serde(default)]
    pub lots: Vec<String>,
    /// Award criteria (`AWC-1`).
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Grounds for exclusion and selection criteria (`REQ-1`).
    #[serde(default)]
    pub requirements: Vec<String>,
    /// Attachments, whatever document they are (`DOC-0001`).
    #[serde(default)]
    pub attachments: Vec<String>,
}
