//! The rules of award decisions, pure: what a decision contains, its status, and when the contract
//! may be signed.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{
        ids::TenderId,
        money::{Money, is_currency, not_a_currency},
        refusal::{Code, Refusal, Refusals},
        text::{self, LocalizedText, has_letter_or_digit, is_forbidden},
        zone::Zone,
    },
    procurement::{content::AwardCriterion, rules::TEXT_LIMIT},
    tender::store::{Award, LotTender},
};

/// Maximum length of the title of a complaint, in characters.
pub const TITLE_LIMIT: usize = 400;
/// Maximum length of the number of a contract, in characters.
pub const NUMBER_LIMIT: usize = 100;

/// Status of a decision at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwardStatus {
    /// The standstill lasts; the contract may not be signed.
    Standstill,
    /// The review of a complaint suspends the contract.
    Suspended,
    /// The contract may be signed.
    Final,
    /// The decision was annulled, or the winner refused.
    Annulled,
    /// A later decision on the lot replaced it.
    Superseded,
}

/// Cause of an annulment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnnulmentCause {
    /// The buyer annulled the decision.
    Buyer,
    /// A review upheld a complaint.
    Review,
    /// The winner refused the contract.
    WinnerRefused,
}

/// Outcome of the review of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewOutcome {
    /// The complaint was dismissed.
    Dismissed,
    /// The complaint was upheld; the decision is annulled.
    Upheld,
    /// The parties settled, or the complaint was withdrawn.
    Settled,
}

/// Points of a tender for one award criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// ID of the criterion.
    pub criterion: String,
    /// Points.
    pub points: Decimal,
    /// Why it has these points.
    pub motive: String,
}

/// What the buyer writes to one tenderer about a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The tender.
    pub tender: TenderId,
    /// The reason in words.
    pub text: String,
    /// Place of the tender in the ranking, from 1.
    pub rank: Option<i32>,
    /// Points of this tender.
    pub scores: Vec<Score>,
}

/// Returns the status of a decision at a time. At the end of the standstill itself the contract may
/// be signed.
pub fn status(award: &Award, now: DateTime<Utc>) -> AwardStatus {
    if award.superseded {
        return AwardStatus::Superseded;
    }
    if award.annulment.is_some() {
        return AwardStatus::Annulled;
    }
    if award.suspended {
        return AwardStatus::Suspended;
    }
    match award.standstill_ends_at {
        Some(end) if now < end => AwardStatus::Standstill,
        _ => AwardStatus::Final,
    }
}

/// Refuses a step on a decision that is not in force any more.
pub fn check_in_force(award: &Award) -> Result<(), Refusal> {
    let field = &["awardId"];
    if award.superseded {
        let message = "a later decision on the lot replaced this one; load the procurement again";
        return Err(Refusal::at(Code::AwardNotInForce, field, message));
    }
    if award.annulment.is_some() {
        let message = "this decision was annulled; load the procurement again";
        return Err(Refusal::at(Code::AwardNotInForce, field, message));
    }
    Ok(())
}

/// Refuses a change of a decision whose contract is signed.
pub fn check_unsigned(award: &Award) -> Result<(), Refusal> {
    if award.contract.is_none() {
        return Ok(());
    }
    let message = message!(
        "the contract for the lot `{lot}` is signed",
        lot = &award.lot
    );
    Err(Refusal::at(Code::AlreadyDone, &["awardId"], message))
}

/// Checks the reasons to the tenderers of a lot. `tenders` are the tenders for the lot, `winner`
/// among them.
pub fn check_reasons(
    reasons: &[Reason],
    tenders: &[LotTender],
    winner: TenderId,
    criteria: &[AwardCriterion],
    refusals: &mut Refusals,
) {
    for (position, reason) in reasons.iter().enumerate() {
        let place = position.to_string();
        let known = tenders.iter().any(|tender| tender.id == reason.tender);
        refusals.require(known, || {
            let message =
                "the lot has no tender with this ID; state the reason to one of its tenderers";
            Refusal::at(Code::NotFound, &["reasons", &place, "tenderId"], message)
        });
        let earlier = &reasons[..position];
        refusals.require(
            earlier.iter().all(|one| one.tender != reason.tender),
            || {
                let message = "this tender has two reasons; send one of them";
                Refusal::at(Code::Invalid, &["reasons", &place, "tenderId"], message)
            },
        );
        check_plain(
            &reason.text,
            TEXT_LIMIT,
            &["reasons", &place, "text"],
            refusals,
        );
        refusals.require(reason.rank.is_none_or(|rank| rank > 0), || {
            let message = "`rank` is a place from 1 on";
            Refusal::at(Code::OutOfRange, &["reasons", &place, "rank"], message)
        });
        check_scores(&reason.scores, criteria, &place, refusals);
    }
    let without = tenders.iter().find(|tender| {
        tender.id != winner && reasons.iter().all(|reason| reason.tender != tender.id)
    });
    if let Some(tender) = without {
        let message = message!(
            "`reasons` has no reason to the tenderer of tender {number}; state to each tenderer of the \
             lot why its tender did not win",
            number = tender.number,
        );
        refusals.push(Refusal::at(Code::Required, &["reasons"], message));
    }
}

fn check_scores(
    scores: &[Score],
    criteria: &[AwardCriterion],
    reason: &str,
    refusals: &mut Refusals,
) {
    for (position, score) in scores.iter().enumerate() {
        let place = position.to_string();
        let at = |field| ["reasons", reason, "ownScores", &place, field];
        let known = criteria.iter().any(|one| one.id == score.criterion);
        refusals.require(known, || {
            let message = message!(
                "the notice has no award criterion `{criterion}`",
                criterion = &score.criterion
            );
            Refusal::at(Code::NotFound, &at("criterionId"), message)
        });
        let earlier = &scores[..position];
        let repeated = earlier.iter().any(|one| one.criterion == score.criterion);
        refusals.require(!repeated, || {
            let message = message!(
                "the criterion `{criterion}` has points twice; send them once",
                criterion = &score.criterion
            );
            Refusal::at(Code::Invalid, &at("criterionId"), message)
        });
        refusals.require(!score.points.is_sign_negative(), || {
            let message = "`points` must not be negative";
            Refusal::at(Code::OutOfRange, &at("points"), message)
        });
        check_plain(&score.motive, TEXT_LIMIT, &at("motive"), refusals);
    }
}

/// Checks a text in one language.
pub fn check_plain(text: &str, limit: usize, field: &[&str], refusals: &mut Refusals) {
    refusals.require(has_letter_or_digit(text), || {
        Refusal::at(Code::Required, field, "the text is empty; write it")
    });
    refusals.require(!text.chars().any(is_forbidden), || {
        let message = "the text contains control characters or direction marks; remove them";
        Refusal::at(Code::Invalid, field, message)
    });
    refusals.require(text.chars().count() <= limit, || {
        let message = message!(
            "the text has more than {limit} characters; shorten it",
            limit
        );
        Refusal::at(Code::TooLong, field, message)
    });
}

/// Checks a public reason.
pub fn check_reason(reason: &LocalizedText, field: &str, refusals: &mut Refusals) {
    refusals.require(!reason.is_empty(), || {
        let message = "`reason` is empty; state it in the procurement's language at least";
        Refusal::at(Code::Required, &[field], message)
    });
    text::check_text(reason, TEXT_LIMIT, &[field], refusals);
}

/// Checks whether an organisation may complain about a decision at a time. `tendered`: whether it
/// made an offer for the lot.
pub fn check_complaint(
    award: &Award,
    tendered: bool,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if !tendered {
        let message =
            "only tenderers of the lot that did not win it may complain about the decision";
        return Err(Refusal::at(Code::Invalid, &["awardId"], message));
    }
    check_in_force(award)?;
    match award.standstill_ends_at {
        Some(end) if now < end => Ok(()),
        Some(end) => {
            let message = message!(
                "the standstill ended at {end}; complain to the buyer or the review body outside the \
                 marketplace",
                end = (end, zone),
            );
            Err(Refusal::at(Code::DeadlinePassed, &["awardId"], message))
        }
        None => {
            let message = "this decision has no standstill; complain to the buyer or the review body outside the \
                           marketplace";
            Err(Refusal::at(Code::DeadlinePassed, &["awardId"], message))
        }
    }
}

/// Terms of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractTerms {
    /// The buyer's number of the contract.
    pub number: Option<String>,
    /// Value without VAT.
    pub value: Money,
    /// Time of the signature.
    pub signed_at: DateTime<Utc>,
    /// Day on which the contract ends.
    pub ends_at: Option<NaiveDate>,
}

/// Time by which a client's clock may be ahead.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(1);

/// Checks whether the contract of a decision may be signed at a time. At the end of the standstill
/// itself it may.
pub fn check_signing(award: &Award, zone: Zone, now: DateTime<Utc>) -> Result<(), Refusal> {
    check_in_force(award)?;
    check_unsigned(award)?;
    if award.suspended {
        let message = message!(
            "a complaint about the award of the lot `{lot}` is under review; record its outcome first",
            lot = &award.lot,
        );
        return Err(Refusal::at(Code::AwardSuspended, &["awardId"], message));
    }
    match award.standstill_ends_at {
        Some(end) if now < end => {
            let message = message!(
                "the standstill lasts until {end}; sign the contract then",
                end = (end, zone),
            );
            Err(Refusal::at(Code::DeadlineNotPassed, &["awardId"], message))
        }
        _ => Ok(()),
    }
}

/// Checks the terms of a contract.
pub fn check_terms(
    terms: &ContractTerms,
    award: &Award,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(!terms.value.amount.is_sign_negative(), || {
        let message = "`value` must not be negative";
        Refusal::at(Code::OutOfRange, &["value", "amount"], message)
    });
    let currency = &terms.value.currency;
    refusals.require(is_currency(currency), || {
        not_a_currency(currency, &["value", "currency"])
    });
    let earliest = award.standstill_ends_at.unwrap_or(award.awarded_at);
    refusals.require(terms.signed_at >= earliest, || {
        let message = message!(
            "`signedAt` is before {earliest}, when the contract could be signed; correct the time",
            earliest = (earliest, zone),
        );
        Refusal::at(Code::OutOfRange, &["signedAt"], message)
    });
    refusals.require(terms.signed_at <= now + CLOCK_TOLERANCE, || {
        let message = "`signedAt` is in the future; record the contract once it is signed";
        Refusal::at(Code::OutOfRange, &["signedAt"], message)
    });
    let signed_on = zone.day(terms.signed_at);
    refusals.require(terms.ends_at.is_none_or(|end| end > signed_on), || {
        let message = "`endsAt` is not after `signedAt`; correct one of them";
        Refusal::at(Code::OutOfRange, &["endsAt"], message)
    });
    if let Some(number) = &terms.number {
        check_plain(number, NUMBER_LIMIT, &["number"], &mut refusals);
    }
    refusals.into_result()
}

#[cfg(test)]
mod tests;
