//! What a tender offers. It is sealed as a whole.

use serde::{Deserialize, Serialize};

use super::{document::BoundDocument, group::TenderingGroup};
use crate::kernel::money::Money;

/// Content of a tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderContent {
    /// IDs of the offered lots.
    pub lots: Vec<String>,
    /// Price for all offered lots together, without VAT.
    pub price: Money,
    /// Text of the offer.
    pub text: String,
    /// The group that tenders; `None` for a tender of one organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<TenderingGroup>,
    /// Sealed documents of the tender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<BoundDocument>,
}
