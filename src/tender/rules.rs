//! The rules of tenders, pure: when they are received and opened, and what they must contain.

pub mod eligibility;
pub mod offer;
pub mod questions;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{
        refusal::{Code, Refusal, Refusals},
        text::{LocalizedText, check_text},
        zone::Zone,
    },
    organisation,
    procurement::{
        Content, Lot, Phase,
        reservation::{ReservationRule, ReservationRules},
    },
};

/// Role that a supplier wishes to have in a joint bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JointBidWish {
    /// The supplier would lead a joint bid and looks for partners.
    LookingForPartners,
    /// The supplier would join a joint bid that another leads.
    OfferingPartnership,
}

/// Why a buyer excludes a tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExclusionGround {
    /// A ground for exclusion applies to the tenderer (Directive 2014/24/EU art. 57).
    ExclusionGround,
    /// The tenderer does not meet a selection criterion (art. 58).
    SelectionCriterion,
    /// The tender does not comply with the requirements (art. 56(1)(a)).
    NotCompliant,
    /// The tender is abnormally low (art. 69).
    AbnormallyLow,
}

/// Checks that tenders are received at this time; `zone` is that in which the deadline is stated. A tender at the deadline itself is late
/// (Directive 2014/24/EU art. 59, Annex IV (b)).
pub fn check_receiving(
    stored_phase: Phase,
    deadline: Option<DateTime<Utc>>,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    match (stored_phase, deadline) {
        (Phase::Tendering, Some(deadline)) if now < deadline => Ok(()),
        (Phase::Tendering, Some(deadline)) => Err(Refusal::new(
            Code::DeadlinePassed,
            message!(
                "the deadline for tenders was {deadline}; tenders are no longer received",
                deadline = (deadline, zone),
            ),
        )),
        (Phase::Tendering, None) => Err(Refusal::new(
            Code::WrongPhase,
            "this notice was published elsewhere and has no deadline here; submit the tender where the notice says",
        )),
        (phase, _) => Err(Refusal::new(
            Code::WrongPhase,
            message!(
                "tenders are received only in phase TENDERING, and this procurement is {phase}",
                phase = phase.as_str(),
            ),
        )),
    }
}

/// Checks that a draft may be saved at this time: once the procurement is announced, until the
/// deadline.
pub fn check_drafting(
    stored_phase: Phase,
    deadline: Option<DateTime<Utc>>,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    match stored_phase {
        Phase::Upcoming => Ok(()),
        _ => check_receiving(stored_phase, deadline, zone, now),
    }
}

/// Checks that the tenders may be opened at this time (Annex IV (c) and (d)).
pub fn check_opening(
    stored_phase: Phase,
    deadline: Option<DateTime<Utc>>,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    match (stored_phase, deadline) {
        (Phase::Tendering, Some(deadline)) if now >= deadline => Ok(()),
        (Phase::Tendering, Some(deadline)) => Err(Refusal::new(
            Code::DeadlineNotPassed,
            message!(
                "tenders stay sealed until the deadline at {deadline}; open them after it",
                deadline = (deadline, zone),
            ),
        )),
        (phase, _) => Err(Refusal::new(
            Code::WrongPhase,
            message!(
                "tenders are opened after the deadline of phase TENDERING, and this procurement is {phase}",
                phase = phase.as_str(),
            ),
        )),
    }
}

/// Refuses another award to a tenderer that has won as many lots as the notice allows (BT-33).
/// `most` is `None` where the notice sets no limit.
pub fn check_lots_won(won: i64, most: Option<u32>) -> Result<(), Refusal> {
    match most {
        Some(most) if won >= i64::from(most) => {
            let message = message!(
                "one tenderer may win at most {limit} lots here, and this one has won {won}; award the lot to another",
                limit = most,
                won,
            );
            Err(Refusal::at(Code::OutOfRange, &["tenderId"], message))
        }
        _ => Ok(()),
    }
}

/// Refuses an interest in a joint bid outside the phases UPCOMING and TENDERING.
pub fn check_seeking_partners(phase: Phase) -> Result<(), Refusal> {
    if matches!(phase, Phase::Upcoming | Phase::Tendering) {
        return Ok(());
    }
    let message = message!(
        "joint bids are prepared in phase UPCOMING or TENDERING; this procurement is {phase}",
        phase = phase.as_str(),
    );
    Err(Refusal::new(Code::WrongPhase, message))
}

/// Refuses an interest in a joint bid without a text, or with one that is too long.
pub fn check_interest(text: &LocalizedText) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(!text.is_empty(), || {
        let message = "`text` is empty; describe in a sentence what you offer or seek";
        Refusal::at(Code::Required, &["text"], message)
    });
    check_text(
        text,
        organisation::rules::TEXT_LIMIT,
        &["text"],
        &mut refusals,
    );
    refusals.into_result()
}

/// Returns the rules on reservations that apply to a tender: those of the whole procurement and of
/// the offered lots.
pub fn reserved_by<'r>(
    tendered: &[String],
    content: &Content,
    lots: &[Lot],
    reservations: &'r ReservationRules,
) -> Vec<&'r ReservationRule> {
    let tendered = lots.iter().filter(|lot| tendered.contains(&lot.id));
    let of_lots = tendered.map(|lot| lot.reservation_rule.as_deref());
    std::iter::once(content.reservation_rule.as_deref())
        .chain(of_lots)
        .flatten()
        .filter_map(|rule| reservations.find(rule))
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn receiving_ends_and_opening_begins_at_the_deadline() {
        let deadline = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        for (millisecond, receives) in [(-1, true), (0, false), (1, false)] {
            let now = deadline + TimeDelta::milliseconds(millisecond);
            for phase in Phase::ALL {
                let tendering = phase == Phase::Tendering;
                assert_eq!(
                    check_receiving(phase, Some(deadline), Zone::DEFAULT, now).is_ok(),
                    tendering && receives
                );
                assert_eq!(
                    check_opening(phase, Some(deadline), Zone::DEFAULT, now).is_ok(),
                    tendering && !receives
                );
                assert!(check_receiving(phase, None, Zone::DEFAULT, now).is_err());
                assert!(check_opening(phase, None, Zone::DEFAULT, now).is_err());
            }
        }
    }

    #[test]
    fn a_tenderer_wins_at_most_the_lots_that_the_notice_allows() {
        for (won, most, allowed) in [
            (0, None, true),
            (100, None, true),
            (0, Some(1), true),
            (1, Some(1), false),
            (1, Some(2), true),
            (2, Some(2), false),
            (3, Some(2), false),
        ] {
            let refused = check_lots_won(won, most).err().map(|refusal| refusal.code);
            let expected = (!allowed).then_some(Code::OutOfRange);
            assert_eq!(refused, expected, "{won} won of {most:?}");
        }
    }
}
