//! The rules of the end of a procurement.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::TEXT_LIMIT;
use crate::{
    kernel::{
        refusal::{Code, Refusal, Refusals},
        text::{self, LocalizedText},
    },
    procurement::phase::{BuyerStep, Phase},
};

/// Reason why no winner was chosen (eForms BT-144, code list `non-award-justification`, SDK 1.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum NonAwardReason {
    /// All tenders, requests to participate or projects were withdrawn or found inadmissible.
    AllRej,
    /// The needs changed.
    ChanNeed,
    /// The funds are insufficient.
    InsFund,
    /// No tender, request to participate or project was received.
    NoRece,
    /// The highest ranked tenderers refused to sign the contract.
    NoSigned,
    /// Only one admissible tender, request to participate or project was received.
    OneAdmis,
    /// Another reason.
    Other,
    /// Decision of a review body or court.
    RevBody,
    /// Decision of the buyer after a tenderer's request for review.
    RevBuyer,
    /// Technical or procedural errors.
    TchPrError,
}

/// How a procurement ended; never changed afterwards.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The phase it ended in.
    pub phase: Phase,
    /// `None` with WITHDRAWN and COMPLETE, and for cancellations from before reasons were coded.
    pub reason_code: Option<NonAwardReason>,
    /// The reason in words.
    pub reason: Option<LocalizedText>,
    /// The time of the end.
    pub at: DateTime<Utc>,
}

/// Checks whether a procurement in phase `current` may end in phase `end` for these reasons.
pub fn check_end(
    current: Phase,
    end: Phase,
    reason_code: Option<NonAwardReason>,
    reason: &LocalizedText,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    if let Err(refusal) = current.after(BuyerStep::End(end)) {
        refusals.push(refusal);
    }
    refusals.require(end == Phase::Complete || !reason.is_empty(), || {
        let message = "`reason` is empty; state it in the procurement's language at least";
        Refusal::at(Code::Required, &["reason"], message)
    });
    text::check_text(reason, TEXT_LIMIT, &["reason"], &mut refusals);
    let coded = matches!(end, Phase::Cancelled | Phase::Unsuccessful);
    refusals.require(!coded || reason_code.is_some(), || {
        let message = "`reasonCode` is missing; state why no winner was chosen (BT-144), for example `INS_FUND`, or \
                       `OTHER` if no code fits";
        Refusal::at(Code::Required, &["reasonCode"], message)
    });
    refusals.require(coded || reason_code.is_none(), || {
        let message = "`reasonCode` (BT-144) is for CANCELLED and UNSUCCESSFUL only; leave it out";
        Refusal::at(Code::Invalid, &["reasonCode"], message)
    });
    refusals.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(phase: Phase, code: Option<NonAwardReason>, reason: &str) -> Vec<(Code, String)> {
        let from = match phase {
            Phase::Withdrawn => Phase::Upcoming,
            Phase::Complete => Phase::Awarded,
            _ => Phase::Evaluation,
        };
        let reason = LocalizedText::of("en", reason);
        let refusals = check_end(from, phase, code, &reason)
            .err()
            .unwrap_or_default();
        refusals
            .into_iter()
            .map(|refusal| (refusal.code, refusal.field.join(".")))
            .collect()
    }

    #[test]
    fn each_end_needs_its_kind_of_reason() {
        let coded = Some(NonAwardReason::InsFund);
        let (no_code, odd_code) = (Code::Required, Code::Invalid);
        for phase in [Phase::Cancelled, Phase::Unsuccessful] {
            assert_eq!(refused(phase, coded, "Why."), []);
            assert_eq!(
                refused(phase, None, "Why."),
                [(no_code, "reasonCode".into())]
            );
            assert_eq!(
                refused(phase, coded, ""),
                [(Code::Required, "reason".into())]
            );
        }
        for phase in [Phase::Withdrawn, Phase::Complete] {
            assert_eq!(refused(phase, None, "Why."), []);
            assert_eq!(
                refused(phase, coded, "Why."),
                [(odd_code, "reasonCode".into())]
            );
        }
        assert_eq!(refused(Phase::Complete, None, ""), []);
        assert_eq!(
            refused(Phase::Withdrawn, None, ""),
            [(Code::Required, "reason".into())]
        );
    }
}
