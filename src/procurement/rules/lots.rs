//! The rules of lots that end on their own, and of the phase that follows from them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{NonAwardReason, TEXT_LIMIT};
use crate::{
    kernel::{
        refusal::{Code, Refusal, Refusals},
        text::{self, LocalizedText},
    },
    procurement::phase::{BuyerStep, Phase},
};

/// How a lot ended without a winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LotOutcome {
    /// The buyer cancelled it.
    Cancelled,
    /// No tender could win it.
    Unsuccessful,
}

impl LotOutcome {
    /// Returns the phase of a procurement whose lots all ended like this.
    pub fn phase(self) -> Phase {
        match self {
            Self::Cancelled => Phase::Cancelled,
            Self::Unsuccessful => Phase::Unsuccessful,
        }
    }
}

/// State of a lot from the deadline for tenders on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LotState {
    /// Not decided.
    Open,
    /// A decision is in force.
    Awarded,
    /// It ended without a winner.
    Ended(LotOutcome),
}

/// How a lot ended without a winner; never changed afterwards.
#[derive(Clone, Debug)]
pub struct LotEnd {
    /// ID of the lot.
    pub lot: String,
    /// How it ended.
    pub outcome: LotOutcome,
    /// Why no winner was chosen.
    pub reason_code: NonAwardReason,
    /// The reason in words.
    pub reason: LocalizedText,
    /// Time of the end.
    pub at: DateTime<Utc>,
}

/// Returns the phase of a procurement in phase `current` that follows from its lots: AWARDED when
/// each lot is awarded or ended and at least one is awarded; UNSUCCESSFUL or CANCELLED when all
/// ended without a winner; EVALUATION again when an annulled decision leaves a lot open. In other
/// phases than TENDERING, EVALUATION and AWARDED nothing follows from the lots.
pub fn phase_of_lots(current: Phase, lots: &[LotState]) -> Phase {
    let follows = matches!(
        current,
        Phase::Tendering | Phase::Evaluation | Phase::Awarded
    );
    if !follows || lots.is_empty() {
        return current;
    }
    let any = |state: LotState| lots.contains(&state);
    if any(LotState::Open) {
        return match current {
            Phase::Awarded => Phase::Evaluation,
            other => other,
        };
    }
    if any(LotState::Awarded) {
        return Phase::Awarded;
    }
    match any(LotState::Ended(LotOutcome::Unsuccessful)) {
        true => Phase::Unsuccessful,
        false => Phase::Cancelled,
    }
}

/// Checks whether a lot of a procurement in phase `current` may end like this. `state` is `None` if
/// the notice in force has no such lot.
pub fn check_lot_end(
    current: Phase,
    (lot, state): (&str, Option<LotState>),
    outcome: LotOutcome,
    reason: &LocalizedText,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    if let Err(refusal) = current.after(BuyerStep::EndLot(outcome.phase())) {
        refusals.push(refusal);
    }
    match state {
        None => refusals.push(no_such_lot(lot)),
        Some(LotState::Open) => {}
        Some(LotState::Awarded) => {
            let message = message!(
                "an award decision on the lot `{lot}` is in force; annul it first, or end other lots",
                lot,
            );
            refusals.push(Refusal::at(Code::AlreadyDone, &["lotId"], message));
        }
        Some(LotState::Ended(_)) => refusals.push(has_ended(lot)),
    }
    refusals.require(!reason.is_empty(), || {
        let message = "`reason` is empty; state it in the procurement's language at least";
        Refusal::at(Code::Required, &["reason"], message)
    });
    text::check_text(reason, TEXT_LIMIT, &["reason"], &mut refusals);
    refusals.into_result()
}

/// Returns the refusal of a lot that the notice in force does not have.
pub fn no_such_lot(lot: &str) -> Refusal {
    let message = message!("the procurement has no lot `{lot}`", lot);
    Refusal::at(Code::NotFound, &["lotId"], message)
}

/// Returns the refusal of a lot that ended without a winner.
pub fn has_ended(lot: &str) -> Refusal {
    let message = message!("the lot `{lot}` ended without a winner", lot);
    Refusal::at(Code::AlreadyDone, &["lotId"], message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state() -> impl Strategy<Value = LotState> {
        prop_oneof![
            Just(LotState::Open),
            Just(LotState::Awarded),
            Just(LotState::Ended(LotOutcome::Cancelled)),
            Just(LotState::Ended(LotOutcome::Unsuccessful)),
        ]
    }

    proptest! {
        #[test]
        fn the_phase_follows_from_the_lots(
            lots in prop::collection::vec(state(), 0..6),
            position in 0..Phase::ALL.len(),
        ) {
            let current = Phase::ALL[position];
            let phase = phase_of_lots(current, &lots);
            // The order of the lots is of no importance, and nothing changes a second time.
            let reversed: Vec<LotState> = lots.iter().rev().copied().collect();
            prop_assert_eq!(phase, phase_of_lots(current, &reversed));
            prop_assert_eq!(phase, phase_of_lots(phase, &lots));
            let decided = [Phase::Tendering, Phase::Evaluation, Phase::Awarded].contains(&current)
                && !lots.is_empty();
            let open = lots.contains(&LotState::Open);
            let awarded = lots.contains(&LotState::Awarded);
            if !decided {
                prop_assert_eq!(phase, current);
            } else if open {
                prop_assert!(phase != Phase::Awarded);
                prop_assert!(!matches!(phase, Phase::Cancelled | Phase::Unsuccessful));
            } else {
                prop_assert_eq!(phase == Phase::Awarded, awarded);
            }
        }
    }

    #[test]
    fn lots_that_ended_in_different_ways_are_unsuccessful() {
        use LotOutcome::{Cancelled, Unsuccessful};
        for (outcomes, expected) in [
            (&[Cancelled, Cancelled][..], Phase::Cancelled),
            (&[Cancelled, Unsuccessful], Phase::Unsuccessful),
            (&[Unsuccessful], Phase::Unsuccessful),
        ] {
            let lots: Vec<LotState> = outcomes.iter().map(|one| LotState::Ended(*one)).collect();
            assert_eq!(phase_of_lots(Phase::Evaluation, &lots), expected);
        }
    }
}
