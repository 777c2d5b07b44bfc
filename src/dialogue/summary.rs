//! Summaries of rounds: what the buyer learnt, and what changes because of it. Published in
//! numbered versions; earlier versions stay readable.

pub mod publish;
pub mod rules;
pub mod store;

use serde::{Deserialize, Serialize};

use crate::kernel::text::LocalizedText;

/// Change that the buyer makes because of the dialogue, with links into the notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryChange {
    /// What changes; plain text.
    pub text: LocalizedText,
    /// Lots of the notice that change (`LOT-0001`).
    #[serde(default)]
    pub lots: Vec<String>,
    /// Award criteria that change (`AWC-1`).
    #[serde(default)]
    pub criteria: Vec<String>,
    /// Grounds for exclusion and selection criteria that change (`REQ-1`).
    #[serde(default)]
    pub requirements: Vec<String>,
    /// Attachments of the notice that change (`DOC-0001`).
    #[serde(default)]
    pub attachments: Vec<String>,
}
