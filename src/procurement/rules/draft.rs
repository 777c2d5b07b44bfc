//! Is a draft well-formed? What it may lack until publication is not asked for here.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, NaiveDate};
use email_address::EmailAddress;

use super::{
    CODE_LIMIT, CONTACT_LIMIT, LOT_LIMIT, TEXT_LIMIT, TITLE_LIMIT, YEARS, attachments, criteria,
};
use crate::{
    kernel::{
        codes::Scheme,
        money::{Money, ValueRange, is_currency, not_a_currency},
        refusal::{Code, Refusal, Refusals},
        text::{check_text, is_language, not_a_language},
    },
    procurement::content::{Aims, Contact, Content, Draft, Lot, Reserved, StrategicAim},
};

/// The most months a contract may be said to last.
const MONTH_LIMIT: u32 = 600;
/// The most references, renewals or hours that may be stated.
const COUNT_LIMIT: u32 = 10_000;

/// Checks a draft's form; all that is wrong is answered at once.
pub fn check_draft(draft: &Draft) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    check_content(&draft.content, &mut refusals);
    check_lots(&draft.lots, &mut refusals);
    criteria::check(draft, &mut refusals);
    attachments::check(&draft.content.attachments, &mut refusals);
    check_lot_limits(draft, &mut refusals);
    refusals.into_result()
}

fn check_content(content: &Content, refusals: &mut Refusals) {
    check_language(&content.language, &["language"], refusals);
    refusals.require(content.title.0.contains_key(&content.language), || {
        let message = format!(
            "the title is missing in the main language `{}`",
            content.language
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
    check_dates(content, refusals);
    check_counts(content, refusals);
}

fn check_lots(lots: &[Lot], refusals: &mut Refusals) {
    refusals.require(lots.len() <= LOT_LIMIT, || {
        let message = format!("at most {LOT_LIMIT} lots");
        Refusal::at(Code::TooLong, &["lots"], message)
    });
    let mut seen = HashSet::new();
    for (position, lot) in lots.iter().enumerate() {
        let position = position.to_string();
        check_id(&lot.id, &mut seen, &["lots", &position, "lotId"], refusals);
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

/// An ID within a procurement (BT-137): well-formed, and not one of those seen before.
pub(super) fn check_id<'i>(
    id: &'i str,
    seen: &mut HashSet<&'i str>,
    field: &[&str],
    refusals: &mut Refusals,
) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    refusals.require(
        (1..=50).contains(&id.len()) && id.bytes().all(plain),
        || {
            let message =
                "an ID has 1 to 50 letters, digits, `-`, `_` or `.`, e.g. `LOT-0001` (BT-137)";
            Refusal::at(Code::Invalid, field, message)
        },
    );
    refusals.require(seen.insert(id), || {
        Refusal::at(
            Code::Invalid,
            field,
            format!("the ID `{id}` stands twice; give each its own"),
        )
    });
}

/// For how many lots one may tender or win: no more than there are.
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
            let message = format!("nobody can win {awarded} lots who may tender for {tendered}");
            Refusal::at(Code::OutOfRange, &["maxLotsAwarded"], message)
        });
    }
}

fn check_dates(content: &Content, refusals: &mut Refusals) {
    let deadline = content.tender_deadline.as_ref().map(DateTime::date_naive);
    for (field, date) in [
        ("tenderDeadline", deadline),
        ("expectedPublication", content.expected_publication),
        ("expectedDialogue", content.expected_dialogue),
        ("expectedTendering", content.expected_tendering),
        ("contractStart", content.contract_start),
    ] {
        check_year(date, &[field], refusals);
    }
    if let (Some(deadline), Some(start)) = (deadline, content.contract_start) {
        refusals.require(start >= deadline, || {
            let message =
                format!("the contract would start on {start}, before the deadline on {deadline}");
            Refusal::at(Code::OutOfRange, &["contractStart"], message)
        });
    }
}

/// A year that a real date has; what lies outside is a slip of the hand.
pub(super) fn check_year(date: Option<NaiveDate>, field: &[&str], refusals: &mut Refusals) {
    let sane = date.is_none_or(|date| YEARS.contains(&date.year()));
    refusals.require(sane, || {
        let (from, to) = (YEARS.start(), YEARS.end());
        let message = format!("the year is outside {from} to {to}");
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
        let message = format!("it is a number from {} to {}", range.start(), range.end());
        Refusal::at(Code::OutOfRange, field, message)
    });
}

/// Nothing stands twice in a list.
pub(super) fn check_unique<T: PartialEq>(list: &[T], field: &[&str], refusals: &mut Refusals) {
    let twice = list
        .iter()
        .enumerate()
        .find(|(position, item)| list[..*position].contains(item));
    if let Some((position, _)) = twice {
        let position = position.to_string();
        let field: Vec<&str> = field.iter().copied().chain([position.as_str()]).collect();
        refusals.push(Refusal::at(
            Code::Invalid,
            &field,
            "this stands twice; leave it out here",
        ));
    }
}

/// A rule is named only where something is reserved; that it fits is asked at publication.
fn check_reservation(
    reserved: &[Reserved],
    rule: Option<&str>,
    field: &[&str],
    refusals: &mut Refusals,
) {
    refusals.require(rule.is_none() || !reserved.is_empty(), || {
        let message =
            "nothing is reserved; say to whom in `reservedParticipation`, or leave the rule out";
        Refusal::at(Code::Invalid, field, message)
    });
    refusals.require(rule.is_none_or(|rule| rule.len() <= 50), || {
        Refusal::at(
            Code::UnknownCode,
            field,
            "there is no such rule; `reservationRules` lists them",
        )
    });
}

fn check_aims(aims: &Aims, refusals: &mut Refusals) {
    check_unique(&aims.strategic, &["aims", "strategicAims"], refusals);
    let none = aims.strategic.contains(&StrategicAim::None);
    refusals.require(!none || aims.strategic.len() == 1, || {
        let message = "NONE stands alone; leave it out, or leave the others out";
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
            let message =
                format!("{goal} is no goal for sustainable development; they are 1 to 17");
            Refusal::at(
                Code::UnknownCode,
                &["aims", "sustainableDevelopmentGoals", &position],
                message,
            )
        });
    }
}

pub(super) fn check_language(language: &str, field: &[&str], refusals: &mut Refusals) {
    refusals.require(is_language(language), || not_a_language(language, field));
}

/// Names and addresses of a usual length, on one line each.
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
    let email = contact.email.as_deref();
    refusals.require(email.is_none_or(EmailAddress::is_valid), || {
        Refusal::at(
            Code::Invalid,
            &["contact", "email"],
            "this is no e-mail address; write it like `upphandling@ekby.example`",
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
            Refusal::at(Code::TooLong, &field, format!("at most {CODE_LIMIT} codes"))
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
            "a turnover is not negative",
        )
    });
}

fn check_value(value: Option<&ValueRange>, field: &[&str], refusals: &mut Refusals) {
    let Some(value) = value else { return };
    check_currency(&value.currency, field, refusals);
    refusals.require(value.min.is_some() || value.max.is_some(), || {
        Refusal::at(Code::Required, field, "a value needs `min`, `max` or both")
    });
    let ends = [value.min, value.max];
    let negative = ends.into_iter().flatten().any(|end| end.is_sign_negative());
    refusals.require(!negative, || {
        Refusal::at(Code::OutOfRange, field, "a value is not negative")
    });
    if let (Some(min), Some(max)) = (value.min, value.max) {
        refusals.require(min <= max, || {
            let message = format!("`min` {min} is more than `max` {max}");
            Refusal::at(Code::OutOfRange, field, message)
        });
    }
}

#[cfg(test)]
mod tests;
