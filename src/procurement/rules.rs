//! The rules of procurements, pure: phases, what may follow on what, what a notice must hold.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use super::content::{Contact, Content, Draft, Lot};
use crate::kernel::{
    codes::{cpv, nuts},
    money::{ValueRange, is_currency},
    refusal::{Code, Refusal, Refusals},
    text::{LocalizedText, is_language},
};

/// Years a time may lie in.
pub const YEARS: std::ops::RangeInclusive<i32> = 1990..=2199;
/// The most characters of a title.
pub const TITLE_LIMIT: usize = 400;
/// The most characters of a longer text.
pub const TEXT_LIMIT: usize = 20_000;
/// The most characters of a contact's name or address.
pub const CONTACT_LIMIT: usize = 320;
/// The most lots.
pub const LOT_LIMIT: usize = 5_000;
/// The most CPV or NUTS codes of a procurement or lot.
pub const CODE_LIMIT: usize = 100;

/// Where a procurement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Being written; seen by the buyer's members only.
    Draft,
    /// Published early; nothing is fixed yet.
    Upcoming,
    /// Tenders are received until the deadline.
    Tendering,
    /// The deadline has passed.
    Evaluation,
    /// Every lot is decided.
    Awarded,
    /// The contract has ended.
    Complete,
    /// Ended by the buyer before an award.
    Cancelled,
    /// Ended without an award, since no tender could win (BT-144).
    Unsuccessful,
    /// Taken back before tendering.
    Withdrawn,
}

impl Phase {
    /// Every phase, in the order of a procurement's life.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Upcoming,
        Self::Tendering,
        Self::Evaluation,
        Self::Awarded,
        Self::Complete,
        Self::Cancelled,
        Self::Unsuccessful,
        Self::Withdrawn,
    ];

    /// Its name in the database and the search document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Upcoming => "UPCOMING",
            Self::Tendering => "TENDERING",
            Self::Evaluation => "EVALUATION",
            Self::Awarded => "AWARDED",
            Self::Complete => "COMPLETE",
            Self::Cancelled => "CANCELLED",
            Self::Unsuccessful => "UNSUCCESSFUL",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// The phase at a time: what the clock decides is computed, never stored.
    pub fn at(self, deadline: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match (self, deadline) {
            (Self::Tendering, Some(deadline)) if now >= deadline => Self::Evaluation,
            _ => self,
        }
    }

    /// May a notice be published that puts a procurement from this phase into `next`?
    pub fn may_publish(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft, Self::Upcoming | Self::Tendering)
                | (Self::Upcoming, Self::Upcoming | Self::Tendering)
                | (Self::Tendering, Self::Tendering)
        )
    }

    /// May a procurement end from this phase as `end`?
    pub fn may_end(self, end: Self) -> bool {
        matches!(
            (self, end),
            (Self::Upcoming, Self::Withdrawn)
                | (
                    Self::Upcoming | Self::Tendering | Self::Evaluation,
                    Self::Cancelled
                )
                | (Self::Evaluation, Self::Unsuccessful)
                | (Self::Awarded, Self::Complete)
        )
    }
}

/// May this draft be published as `next`, now? `current` is the phase at `now` and the deadline in force.
pub fn check_publication(
    current: (Phase, Option<DateTime<Utc>>),
    next: Phase,
    draft: &Draft,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let (phase, deadline_in_force) = current;
    let mut refusals = Refusals::default();
    refusals.require(phase.may_publish(next), || {
        Refusal::at(
            Code::WrongPhase,
            &["phase"],
            format!(
                "a procurement in phase {} cannot be published as {}",
                phase.as_str(),
                next.as_str()
            ),
        )
    });
    if next == Phase::Tendering {
        check_tendering(draft, deadline_in_force, now, &mut refusals);
    }
    if let Err(found) = check_draft(draft) {
        found.into_iter().for_each(|refusal| refusals.push(refusal));
    }
    refusals.into_result()
}

fn check_tendering(
    draft: &Draft,
    deadline_in_force: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    refusals: &mut Refusals,
) {
    refusals.require(!draft.lots.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["lots"],
            "tendering needs at least one lot; add one to the procurement",
        )
    });
    refusals.require(!draft.content.cpv.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["cpv"],
            "tendering needs a main CPV code (BT-262)",
        )
    });
    let Some(deadline) = draft.content.tender_deadline else {
        refusals.push(Refusal::at(
            Code::Required,
            &["tenderDeadline"],
            "tendering needs a deadline; set `tenderDeadline`",
        ));
        return;
    };
    refusals.require(deadline > now, || {
        Refusal::at(
            Code::OutOfRange,
            &["tenderDeadline"],
            "the deadline has passed already; set a later one",
        )
    });
    if let Some(in_force) = deadline_in_force {
        refusals.require(deadline >= in_force, || {
            Refusal::at(
                Code::OutOfRange,
                &["tenderDeadline"],
                format!(
                    "once tendering is open the deadline may only move later than {}",
                    in_force.to_rfc3339()
                ),
            )
        });
    }
}

/// Is a draft well-formed? What it may lack until publication is not asked for here.
pub fn check_draft(draft: &Draft) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    check_content(&draft.content, &mut refusals);
    refusals.require(draft.lots.len() <= LOT_LIMIT, || {
        Refusal::at(
            Code::TooLong,
            &["lots"],
            format!("at most {LOT_LIMIT} lots"),
        )
    });
    let mut seen = HashSet::new();
    for (position, lot) in draft.lots.iter().enumerate() {
        let position = position.to_string();
        refusals.require(seen.insert(lot.id.as_str()), || {
            Refusal::at(
                Code::Invalid,
                &["lots", &position, "lotId"],
                format!("the lot ID `{}` stands twice", lot.id),
            )
        });
        check_lot(lot, &position, &mut refusals);
    }
    refusals.into_result()
}

fn check_content(content: &Content, refusals: &mut Refusals) {
    refusals.require(is_language(&content.language), || {
        Refusal::at(
            Code::Invalid,
            &["language"],
            format!(
                "`{}` is not a language code; use two lower-case letters (ISO 639-1), e.g. `sv`",
                content.language
            ),
        )
    });
    refusals.require(content.title.0.contains_key(&content.language), || {
        Refusal::at(
            Code::Required,
            &["title"],
            format!(
                "the title is missing in the main language `{}`",
                content.language
            ),
        )
    });
    check_text(&content.title, TITLE_LIMIT, &["title"], refusals);
    check_text(&content.description, TEXT_LIMIT, &["description"], refusals);
    check_text(&content.summary, TEXT_LIMIT, &["summary"], refusals);
    check_codes(&content.cpv, &content.nuts, &[], refusals);
    check_value(content.value.as_ref(), &["value"], refusals);
    check_contact(content.contact.as_ref(), refusals);
    let sane = content
        .tender_deadline
        .is_none_or(|at| YEARS.contains(&at.year()));
    refusals.require(sane, || {
        let message = format!(
            "the deadline's year is outside {} to {}",
            YEARS.start(),
            YEARS.end()
        );
        Refusal::at(Code::OutOfRange, &["tenderDeadline"], message)
    });
}

/// A name and an address of a usual length, on one line each.
fn check_contact(contact: Option<&Contact>, refusals: &mut Refusals) {
    let Some(contact) = contact else { return };
    for (field, text) in [("name", &contact.name), ("email", &contact.email)] {
        let Some(text) = text else { continue };
        let fits = text.chars().count() <= CONTACT_LIMIT && !text.chars().any(char::is_control);
        refusals.require(fits, || {
            Refusal::at(
                Code::Invalid,
                &["contact", field],
                format!("`{field}` is one line of at most {CONTACT_LIMIT} characters"),
            )
        });
    }
}

fn check_lot(lot: &Lot, position: &str, refusals: &mut Refusals) {
    let well_formed = (1..=50).contains(&lot.id.len())
        && lot
            .id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    refusals.require(well_formed, || {
        Refusal::at(
            Code::Invalid,
            &["lots", position, "lotId"],
            "a lot ID has 1 to 50 letters, digits, `-`, `_` or `.`, e.g. `LOT-0001` (BT-137)",
        )
    });
    check_text(
        &lot.title,
        TITLE_LIMIT,
        &["lots", position, "title"],
        refusals,
    );
    check_text(
        &lot.description,
        TEXT_LIMIT,
        &["lots", position, "description"],
        refusals,
    );
    check_codes(&lot.cpv, &lot.nuts, &["lots", position], refusals);
    check_value(lot.value.as_ref(), &["lots", position, "value"], refusals);
}

/// Checks text in several languages: known form of the language codes, nothing empty, nothing over the limit.
pub fn check_text(text: &LocalizedText, limit: usize, field: &[&str], refusals: &mut Refusals) {
    for (language, text) in text.iter() {
        refusals.require(is_language(language), || {
            Refusal::at(
                Code::Invalid,
                field,
                format!(
                    "`{language}` is not a language code; use two lower-case letters (ISO 639-1)"
                ),
            )
        });
        refusals.require(!text.contains('\0'), || {
            Refusal::at(
                Code::Invalid,
                field,
                format!("the text in `{language}` holds a NUL character (U+0000); remove it"),
            )
        });
        refusals.require(!text.trim().is_empty(), || {
            Refusal::at(
                Code::Required,
                field,
                format!("the text in `{language}` is empty; write it or leave the language out"),
            )
        });
        refusals.require(text.chars().count() <= limit, || {
            Refusal::at(
                Code::TooLong,
                field,
                format!("the text in `{language}` is longer than {limit} characters"),
            )
        });
    }
}

fn check_codes(cpv_codes: &[String], nuts_codes: &[String], at: &[&str], refusals: &mut Refusals) {
    for (list, codes) in [("cpv", cpv_codes), ("nuts", nuts_codes)] {
        let field: Vec<&str> = at.iter().copied().chain([list]).collect();
        refusals.require(codes.len() <= CODE_LIMIT, || {
            Refusal::at(Code::TooLong, &field, format!("at most {CODE_LIMIT} codes"))
        });
        for code in codes.iter().take(CODE_LIMIT) {
            let known = match list {
                "cpv" => cpv::find(code).is_some(),
                _ => nuts::find(code).is_some(),
            };
            refusals.require(known, || unknown_code(list, code, &field));
        }
    }
}

fn unknown_code(list: &str, code: &str, field: &[&str]) -> Refusal {
    let nearest: Vec<&str> = match list {
        "cpv" => cpv::nearest(code, 3).iter().map(|near| near.code).collect(),
        _ => nuts::nearest(code, 3)
            .iter()
            .map(|near| near.code)
            .collect(),
    };
    let message = format!(
        "`{code}` is not a {} code; the nearest are {}",
        list.to_uppercase(),
        nearest.join(", ")
    );
    Refusal::at(Code::UnknownCode, field, message)
}

fn check_value(value: Option<&ValueRange>, field: &[&str], refusals: &mut Refusals) {
    let Some(value) = value else { return };
    refusals.require(is_currency(&value.currency), || {
        Refusal::at(
            Code::Invalid,
            field,
            format!(
                "`{}` is not a currency code; use three capitals (ISO 4217), e.g. `SEK`",
                value.currency
            ),
        )
    });
    refusals.require(value.min.is_some() || value.max.is_some(), || {
        Refusal::at(Code::Required, field, "a value needs `min`, `max` or both")
    });
    let negative = [value.min, value.max]
        .into_iter()
        .flatten()
        .any(|amount| amount.is_sign_negative());
    refusals.require(!negative, || {
        Refusal::at(Code::OutOfRange, field, "a value is not negative")
    });
    if let (Some(min), Some(max)) = (value.min, value.max) {
        refusals.require(min <= max, || {
            Refusal::at(
                Code::OutOfRange,
                field,
                format!("`min` {min} is more than `max` {max}"),
            )
        });
    }
}

#[cfg(test)]
mod tests;
