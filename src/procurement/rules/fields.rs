//! Checks of single fields that drafts, criteria and attachments share.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};

use super::YEARS;
use crate::kernel::{
    refusal::{Code, Refusal, Refusals},
    text::{is_language, not_a_language},
};

/// Checks an ID within a procurement (BT-137): its form, and that it differs from all in `known`.
pub(super) fn check_id<'i>(
    id: &'i str,
    known: &mut HashSet<&'i str>,
    field: &[&str],
    refusals: &mut Refusals,
) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    refusals.require(
        (1..=50).contains(&id.len()) && id.bytes().all(plain),
        || {
            let message =
                "an ID must have 1 to 50 letters, digits, `-`, `_` or `.`, such as `LOT-0001` (BT-137)";
            Refusal::at(Code::Invalid, field, message)
        },
    );
    refusals.require(known.insert(id), || {
        Refusal::at(
            Code::Invalid,
            field,
            message!("the ID `{id}` is used twice; give each its own", id),
        )
    });
}

/// Checks that the year of a date is plausible, which catches typing errors.
pub(super) fn check_year(date: Option<NaiveDate>, field: &[&str], refusals: &mut Refusals) {
    let sane = date.is_none_or(|date| YEARS.contains(&date.year()));
    refusals.require(sane, || {
        let (from, to) = (YEARS.start(), YEARS.end());
        let message = message!(
            "the year must be {from} to {to}; correct the date",
            from,
            to
        );
        Refusal::at(Code::OutOfRange, field, message)
    });
}

/// Checks that no item of a list is repeated.
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
            "this value is listed twice; remove it here",
        ));
    }
}

pub(super) fn check_language(language: &str, field: &[&str], refusals: &mut Refusals) {
    refusals.require(is_language(language), || not_a_language(language, field));
}
