//! What a self-declaration must contain.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;

use super::{LINE_LIMIT, TEXT_LIMIT};
use crate::{
    kernel::{
        codes::eforms::List,
        money::{is_currency, not_a_currency},
        refusal::{Code, Refusal, Refusals},
        text::is_forbidden,
    },
    organisation::self_declaration::{GroundAnswer, SelfDeclaration, YearlyTurnover},
};

/// Maximum number of answers about grounds for exclusion.
pub const GROUND_LIMIT: usize = 100;
/// Maximum number of years with a turnover.
pub const YEAR_LIMIT: usize = 10;
/// Maximum number of registers.
pub const REGISTER_LIMIT: usize = 20;
/// Years that a turnover may be of.
const YEARS: RangeInclusive<i32> = 1990..=2100;

/// Checks a self-declaration. The paths begin at its fields.
pub fn check(declaration: &SelfDeclaration) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    for (field, length, limit) in [
        (
            "exclusionGrounds",
            declaration.exclusion_grounds.len(),
            GROUND_LIMIT,
        ),
        ("turnover", declaration.turnover.len(), YEAR_LIMIT),
        ("registers", declaration.registers.len(), REGISTER_LIMIT),
    ] {
        refusals.require(length <= limit, || {
            let message = message!(
                "the list has more than {limit} entries; leave some out",
                limit
            );
            Refusal::at(Code::TooLong, &[field], message)
        });
    }
    check_grounds(&declaration.exclusion_grounds, &mut refusals);
    check_turnover(&declaration.turnover, &mut refusals);
    refusals.require(!declaration.staff.is_some_and(is_negative), || {
        let message = "the number of employees is negative; use zero or more";
        Refusal::at(Code::OutOfRange, &["staff"], message)
    });
    for (position, register) in declaration.registers.iter().enumerate() {
        let field = ["registers", &position.to_string()];
        check_words(register, LINE_LIMIT, &field, &mut refusals);
    }
    if let Some(standing) = &declaration.financial_standing {
        check_words(standing, TEXT_LIMIT, &["financialStanding"], &mut refusals);
    }
    refusals.into_result()
}

fn is_negative(number: Decimal) -> bool {
    number.is_sign_negative() && !number.is_zero()
}

fn check_grounds(answers: &[GroundAnswer], refusals: &mut Refusals) {
    for (position, answer) in answers.iter().enumerate() {
        let position_text = position.to_string();
        let at = |name: &'static str| ["exclusionGrounds", &position_text, name];
        let ground = &answer.ground;
        refusals.require(List::ExclusionGround.find(ground).is_some(), || {
            let message = message!(
                "`{ground}` is not a code of the eForms code list `exclusion-ground`; see `requirementCodes`",
                ground,
            );
            Refusal::at(Code::UnknownCode, &at("ground"), message)
        });
        let mut earlier = answers[..position].iter();
        refusals.require(earlier.all(|earlier| earlier.ground != *ground), || {
            let message = message!(
                "the ground `{ground}` has two answers; leave one out",
                ground
            );
            Refusal::at(Code::Duplicate, &at("ground"), message)
        });
        match &answer.explanation {
            Some(text) => check_words(text, TEXT_LIMIT, &at("explanation"), refusals),
            None => refusals.require(!answer.applies, || {
                let message = "a ground that applies needs an explanation";
                Refusal::at(Code::Required, &at("explanation"), message)
            }),
        }
    }
}

fn check_turnover(years: &[YearlyTurnover], refusals: &mut Refusals) {
    for (position, entry) in years.iter().enumerate() {
        let position_text = position.to_string();
        let at = |name: &'static str| ["turnover", &position_text, name];
        refusals.require(YEARS.contains(&entry.year), || {
            let message = message!(
                "the year must be between {from} and {to}",
                from = *YEARS.start(),
                to = *YEARS.end(),
            );
            Refusal::at(Code::OutOfRange, &at("year"), message)
        });
        let mut earlier = years[..position].iter();
        refusals.require(earlier.all(|earlier| earlier.year != entry.year), || {
            let message = message!("the year {year} is listed twice", year = entry.year);
            Refusal::at(Code::Duplicate, &at("year"), message)
        });
        let amount = &entry.amount;
        refusals.require(!is_negative(amount.amount), || {
            let message = "the amount is negative; use zero or more";
            Refusal::at(Code::OutOfRange, &at("amount"), message)
        });
        refusals.require(is_currency(&amount.currency), || {
            let field = ["turnover", &position_text, "amount", "currency"];
            not_a_currency(&amount.currency, &field)
        });
    }
}

fn check_words(text: &str, limit: usize, field: &[&str], refusals: &mut Refusals) {
    refusals.require(!text.trim().is_empty(), || {
        Refusal::at(Code::Required, field, "the text is empty; write it")
    });
    refusals.require(!text.chars().any(is_forbidden), || {
        let message = "the text contains control characters or direction marks; remove them";
        Refusal::at(Code::ForbiddenCharacter, field, message)
    });
    refusals.require(text.chars().count() <= limit, || {
        let message = message!(
            "the text has more than {limit} characters; shorten it",
            limit
        );
        Refusal::at(Code::TooLong, field, message)
    });
}
