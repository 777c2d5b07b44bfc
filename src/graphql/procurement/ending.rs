//! The type of how a procurement ended.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use super::codes::Phase;
use crate::{
    graphql::scalars::{Localized, non_empty},
    procurement::rules,
};

/// Reason why no winner was chosen (eForms BT-144, code list `non-award-justification`).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::NonAwardReason")]
pub enum NonAwardReason {
    /// All tenders, requests to participate or projects were withdrawn or found inadmissible
    /// (`all-rej`).
    AllRej,
    /// The buyer's needs changed (`chan-need`).
    ChanNeed,
    /// The funds are insufficient (`ins-fund`).
    InsFund,
    /// No tender, request to participate or project was received (`no-rece`).
    NoRece,
    /// The highest ranked tenderers refused to sign the contract (`no-signed`).
    NoSigned,
    /// Only one admissible tender, request to participate or project was received (`one-admis`).
    OneAdmis,
    /// Another reason, stated in `reason` (`other`).
    Other,
    /// A review body or court decided so (`rev-body`).
    RevBody,
    /// The buyer decided so after a tenderer requested a review of the award (`rev-buyer`).
    RevBuyer,
    /// Technical or procedural errors (`tch-pr-error`).
    TchPrError,
}

/// How and why a procurement ended. Public.
#[derive(SimpleObject)]
pub struct ProcurementEnd {
    /// Final phase: CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
    phase: Phase,
    /// Reason why no winner was chosen; set for CANCELLED and UNSUCCESSFUL. Null otherwise.
    reason_code: Option<NonAwardReason>,
    /// Buyer's explanation. Null when a COMPLETE procurement has none.
    reason: Option<Localized>,
    /// Time when the procurement ended.
    at: DateTime<Utc>,
}

impl From<rules::Ended> for ProcurementEnd {
    fn from(ended: rules::Ended) -> Self {
        Self {
            phase: ended.phase.into(),
            reason_code: ended.reason_code.map(NonAwardReason::from),
            reason: ended.reason.as_ref().and_then(non_empty),
            at: ended.at,
        }
    }
}
