//! The rules of a draft's form. What a draft may lack until publication is not checked here.

use std::collections::HashSet;

use chrono::NaiveDate;
use email_address::EmailAddress;

use super::{
    CODE_LIMIT, CONTACT_LIMIT, LOT_LIMIT, TEXT_LIMIT, TITLE_LIMIT, attachments, criteria,
    fields::{check_id, check_language, check_unique, check_year},
};
use crate::{
    kernel::{
        codes::Scheme,
        money::{Money, ValueRange, is_currency, not_a_currency},
        refusal::{Code, Refusal, Refusals},
        text::check_text,
        zone::Zone,
    },
    procurement::content::{Aims, Contact, Content, Draft, Lot, Reserved, StrategicAim},
};

/// Maximum duration of a contract, in months.
const MONTH_LIMIT: u32 = 600;
/// Maximum number of references, renewals or hours.
const COUNT_LIMIT: u32 = 10_000;

/// Checks a draft's form and returns all refusals at once.
pub fn check_draft(draft: &Draft) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    check_content(&draft.content, &mut refusals);
    check_lots(&draft.lots, &mut refusals);
    check_dates(&draft.content, &draft.lots, &mut refusals);
    criteria::check(draft, &mut refusals);
    attachments::check(&draft.content.attachments, &mut refusals);
    check_lot_limits(draft, &mut refusals);
    refusals.into_result()
}

fn check_content(content: &Content, refusals: &mut Refusals) {
    check_language(&content.language, &["language"], refusals);
    refusals.require(content.title.0.contains_key(&content.language), || {
        let message = message!(
            "`title` is required in the main language `{language}`; add it",
            language = &content.language,
        );
        Refusal::at(Code::Required, &["title"], message)
    });
    check_text(&content.title, TITLE_LIMIT, &["title"], refusals);
    check_text(&content.description, TEXT_LIMIT, &["description"], refusals);
    check_text(&content.summary, TEXT_LIMIT, &["summary"], refusals);
    check_codes(&content.cpv, &content.nuts, &[], refusals);
    check_value(content.value.as_ref(), &["value"], refusals);
    check_unique(&content.reserved, &["reservedParticipation"], refusals);
    check_reservation(
        &content.reserved,
        content.reservation_rule.as_deref(),
        &["reservationRule"],
        refusals,
    );
    check_aims(&content.aims, refusals);
    let languages = &content.submission_languages;
    check_unique(languages, &["submissionLanguages"], refusals);
    for (position, language) in languages.iter().enumerate() {
        let position = position.to_string();
        check_language(language, &["submissionLanguages", &position], refusals);
    }
    check_turnover(content.min_turnover.as_ref(), refusals);
    check_contact(content.contact.as_ref(), refusals);
    check_counts(content, refusals);
}

fn check_lots(lots: &[Lot], refusals: &mut Refusals) {
    refusals.require(lots.len() <= LOT_LIMIT, || {
        let message = message!(
            "`lots` has too many entries; give at most {limit}",
            limit = LOT_LIMIT,
        );
        Refusal::at(Code::TooLong, &["lots"], message)
    });
    let mut known = HashSet::new();
    for (position, lot) in lots.iter().enumerate() {
        let position = position.to_string();
        check_id(&lot.id, &mut known, &["lots", &position, "lotId"], refusals);
        check_lot(lot, &["lots", &position], refusals);
    }
}

fn check_lot(lot: &Lot, at: &[&str; 2], refusals: &mut Refusals) {
    let field = |name| [at[0], at[1], name];
    check_text(&lot.title, TITLE_LIMIT, &field("title"), refusals);
    check_text(
        &lot.description,
        TEXT_LIMIT,
        &field("description"),
        refusals,
    );
    check_text(&lot.options, TEXT_LIMIT, &field("options"), refusals);
    check_codes(&lot.cpv, &lot.nuts, at, refusals);
    check_value(lot.value.as_ref(), &field("value"), refusals);
    check_unique(&lot.reserved, &field("reservedParticipation"), refusals);
    check_reservation(
        &lot.reserved,
        lot.reservation_rule.as_deref(),
        &field("reservationRule"),
        refusals,
    );
    check_year(lot.contract_start, &field("contractStart"), refusals);
    check_count(
        lot.contract_months,
        1..=MONTH_LIMIT,
        &field("contractMonths"),
        refusals,
    );
}

/// Checks the limits on lots per tenderer: at most the number of lots.
fn check_lot_limits(draft: &Draft, refusals: &mut Refusals) {
    let lots = draft.lots.len().max(1) as u32;
    let content = &draft.content;
    for (field, limit) in [
        ("maxLotsPerTenderer", content.max_lots_per_tenderer),
        ("maxLotsAwarded", content.max_lots_awarded),
    ] {
        check_count(limit, 1..=lots, &[field], refusals);
    }
    if let (Some(tendered), Some(awarded)) =
        (content.max_lots_per_tenderer, content.max_lots_awarded)
    {
        refusals.require(awarded <= tendered, || {
            let message = message!(
                "`maxLotsAwarded` is {awarded} and must not be more than `maxLotsPerTenderer`, which is {tendered}",
                awarded,
                tendered,
            );
            Refusal::at(Code::OutOfRange, &["maxLotsAwarded"], message)
        });
    }
}

fn check_dates(content: &Content, lots: &[Lot], refusals: &mut Refusals) {
    if let Some(zone) = &content.tender_deadline_zone {
        refusals.require(zone.parse::<Zone>().is_ok(), || {
            let message = "`tenderDeadlineZone` is not in the IANA time zone database; use a name \
                           such as `Europe/Stockholm`";
            Refusal::at(Code::UnknownCode, &["tenderDeadlineZone"], message)
        });
    }
    // Days are those of the buyer: at half past midnight in Stockholm it is still yesterday in UTC.
    let zone = content.deadline_zone();
    let deadline = content.tender_deadline.map(|deadline| zone.day(deadline));
    for (field, date) in [
        ("tenderDeadline", deadline),
        ("expectedPublication", content.expected_publication),
        ("expectedDialogue", content.expected_dialogue),
        ("expectedTendering", content.expected_tendering),
        ("contractStart", content.contract_start),
    ] {
        check_year(date, &[field], refusals);
    }
    let Some(deadline) = deadline else { return };
    check_start(
        content.contract_start,
        deadline,
        &["contractStart"],
        refusals,
    );
    for (position, lot) in lots.iter().enumerate() {
        let field = ["lots", &position.to_string(), "contractStart"];
        check_start(lot.contract_start, deadline, &field, refusals);
    }
}

/// Checks that a contract does not start before the day of the deadline.
fn check_start(
    start: Option<NaiveDate>,
    deadline: NaiveDate,
    field: &[&str],
    refusals: &mut Refusals,
) {
    let Some(start) = start else { return };
    refusals.require(start >= deadline, || {
        let message = message!(
            "`contractStart` is {start} and must not be before the deadline on {deadline}; move the \
             start or the deadline",
            start,
            deadline,
        );
        Refusal::at(Code::OutOfRange, field, message)
    });
}

fn check_counts(content: &Content, refusals: &mut Refusals) {
    for (field, count, range) in [
        ("contractMonths", content.contract_months, 1..=MONTH_LIMIT),
        ("renewals", content.renewals, 0..=COUNT_LIMIT),
        ("referencesAsked", content.references, 0..=COUNT_LIMIT),
        ("effortHours", content.effort_hours, 0..=COUNT_LIMIT),
    ] {
        check_count(count, range, &[field], refusals);
    }
}

fn check_count(
    count: Option<u32>,
    range: std::ops::RangeInclusive<u32>,
    field: &[&str],
    refusals: &mut Refusals,
) {
    refusals.require(count.is_none_or(|count| range.contains(&count)), || {
        let message = message!(
            "the number must be {from} to {to}",
            from = *range.start(),
            to = *range.end(),
        );
        Refusal::at(Code::OutOfRange, field, message)
    });
}

/// Checks that a rule is named only if something is reserved. That the rule allows the reservation
/// is checked at publication.
fn check_reservation(
    reserved: &[Reserved],
    rule: Option<&str>,
    field: &[&str],
    refusals: &mut Refusals,
) {
    refusals.require(rule.is_none() || !reserved.is_empty(), || {
        let message =
            "`reservationRule` requires `reservedParticipation`; state the group there, or leave the rule out";
        Refusal::at(Code::Invalid, field, message)
    });
    refusals.require(rule.is_none_or(|rule| rule.len() <= 50), || {
        Refusal::at(
            Code::UnknownCode,
            field,
            "the rule does not exist; use one that `reservationRules` lists",
        )
    });
}

fn check_aims(aims: &Aims, refusals: &mut Refusals) {
    check_unique(&aims.strategic, &["aims", "strategicAims"], refusals);
    let none = aims.strategic.contains(&StrategicAim::None);
    refusals.require(!none || aims.strategic.len() == 1, || {
        let message = "NONE must be the only strategic aim; remove it, or remove the others";
        Refusal::at(Code::Invalid, &["aims", "strategicAims"], message)
    });
    check_unique(
        &aims.environmental,
        &["aims", "environmentalImpacts"],
        refusals,
    );
    check_unique(&aims.social, &["aims", "socialObjectives"], refusals);
    check_unique(
        &aims.innovation,
        &["aims", "innovativeAcquisitions"],
        refusals,
    );
    check_unique(
        &aims.sdg,
        &["aims", "sustainableDevelopmentGoals"],
        refusals,
    );
    for (position, goal) in aims.sdg.iter().enumerate() {
        let position = position.to_string();
        refusals.require((1..=17).contains(goal), || {
            let message = message!(
                "{goal} is not a Sustainable Development Goal; use 1 to 17",
                goal,
            );
            Refusal::at(
                Code::UnknownCode,
                &["aims", "sustainableDevelopmentGoals", &position],
                message,
            )
        });
    }
}

/// Checks that names and addresses are of a usual length and on one line.
fn check_contact(contact: Option<&Contact>, refusals: &mut Refusals) {
    let Some(contact) = contact else { return };
    for (field, text) in [("name", &contact.name), ("email", &contact.email)] {
        let Some(text) = text else { continue };
        let fits = text.chars().count() <= CONTACT_LIMIT && !text.chars().any(char::is_control);
        refusals.require(fits, || {
            Refusal::at(
                Code::Invalid,
                &["contact", field],
                message!(
                    "`{field}` must be one line of at most {limit} characters",
                    field,
                    limit = CONTACT_LIMIT,
                ),
            )
        });
    }
    let email = contact.email.as_deref();
    refusals.require(email.is_none_or(EmailAddress::is_valid), || {
        Refusal::at(
            Code::Invalid,
            &["contact", "email"],
            "`email` must be an e-mail address such as `upphandling@ekby.example`",
        )
    });
}

fn check_codes(cpv_codes: &[String], nuts_codes: &[String], at: &[&str], refusals: &mut Refusals) {
    for (list, scheme, codes) in [
        ("cpv", Scheme::Cpv, cpv_codes),
        ("nuts", Scheme::Nuts, nuts_codes),
    ] {
        let field: Vec<&str> = at.iter().copied().chain([list]).collect();
        refusals.require(codes.len() <= CODE_LIMIT, || {
            Refusal::at(
                Code::TooLong,
                &field,
                message!(
                    "`{list}` has too many codes; give at most {limit}",
                    list,
                    limit = CODE_LIMIT,
                ),
            )
        });
        if codes.len() > CODE_LIMIT {
            continue;
        }
        check_unique(codes, &field, refusals);
        for code in codes {
            refusals.require(scheme.find(code).is_some(), || scheme.unknown(code, &field));
        }
    }
}

fn check_currency(currency: &str, field: &[&str], refusals: &mut Refusals) {
    refusals.require(is_currency(currency), || not_a_currency(currency, field));
}

fn check_turnover(turnover: Option<&Money>, refusals: &mut Refusals) {
    let Some(turnover) = turnover else { return };
    check_currency(&turnover.currency, &["minTurnover"], refusals);
    refusals.require(!turnover.amount.is_sign_negative(), || {
        Refusal::at(
            Code::OutOfRange,
            &["minTurnover"],
            "`minTurnover` must not be negative",
        )
    });
}

fn check_value(value: Option<&ValueRange>, field: &[&str], refusals: &mut Refusals) {
    let Some(value) = value else { return };
    check_currency(&value.currency, field, refusals);
    refusals.require(value.min.is_some() || value.max.is_some(), || {
        Refusal::at(
            Code::Required,
            field,
            "a value requires `min`, `max` or both",
        )
    });
    let ends = [value.min, value.max];
    let negative = ends.into_iter().flatten().any(|end| end.is_sign_negative());
    refusals.require(!negative, || {
        Refusal::at(Code::OutOfRange, field, "a value must not be negative")
    });
    if let (Some(min), Some(max)) = (value.min, value.max) {
        refusals.require(min <= max, || {
            let message = message!(
                "`min` is {min} and must not be more than `max`, which is {max}",
                min,
                max,
            );
            Refusal::at(Code::OutOfRange, field, message)
        });
    }
}

#[cfg(test)]
mod tests;
