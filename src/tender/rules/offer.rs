//! What an offer must contain. A submission and the readiness of a draft use the same rules.

mod others;

use std::collections::BTreeMap;

use iso_currency::{Country, Currency};
use rust_decimal::Decimal;

use super::{eligibility::check_lot_count, questions};
use crate::{
    dialogue::{
        contribution::{self, QuestionnaireQuestion},
        text::forbidden_character,
    },
    kernel::{
        message::Message,
        money::{Money, is_currency, not_a_currency},
        refusal::{Code, Refusal, Refusals},
        zone::Zone,
    },
    procurement::{Content, Lot},
    tender::content::{LotOffer, PriceLine, Subcontractor, TenderOffer, Validity},
};
use others::{check_subcontractors, check_validity};

/// Maximum length of the text of an offer, in characters.
pub const TEXT_LIMIT: usize = 100_000;
/// Maximum length of the text about one lot, in characters.
pub const LOT_TEXT_LIMIT: usize = 20_000;
/// Maximum length of a name, an item or a unit, in characters.
pub const NAME_LIMIT: usize = 400;
/// Maximum number of lines of a price list.
pub const LINE_LIMIT: usize = 1_000;
/// Maximum number of subcontractors.
pub const SUBCONTRACTOR_LIMIT: usize = 100;
/// Maximum number of decimals of a quantity or a unit price.
pub const DECIMAL_LIMIT: u32 = 6;
/// Maximum number of days for which a tender is valid.
pub const VALIDITY_LIMIT: u32 = 3_650;
/// Maximum number of months for which a tender is valid.
pub const VALIDITY_MONTHS: u32 = 120;

/// What an offer is checked against.
#[derive(Clone, Copy, Debug)]
pub struct OfferScope<'a> {
    /// Content of the notice in force.
    pub content: &'a Content,
    /// Lots in force.
    pub lots: &'a [Lot],
    /// IDs of the lots of the organisation's other valid tenders.
    pub standing: &'a [String],
    /// Last day on which tenders are received, in the zone of the deadline.
    pub last_day: Option<chrono::NaiveDate>,
    /// Whether the offer is submitted as one tender. A draft may be submitted lot by lot.
    pub as_one: bool,
    /// Whether the organisation has a self-declaration.
    pub declared: bool,
}

/// Returns the day of a deadline in its zone.
pub fn day(
    deadline: Option<chrono::DateTime<chrono::Utc>>,
    zone: Zone,
) -> Option<chrono::NaiveDate> {
    deadline.map(|at| zone.day(at))
}

/// Checks an offer. The paths begin at the offer's fields.
pub fn check(offer: &TenderOffer, scope: &OfferScope<'_>) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    check_lots(offer, scope, &mut refusals);
    for (position, one) in offer.offers.iter().enumerate() {
        check_lot(one, &position.to_string(), scope, &mut refusals);
    }
    check_one_currency(offer, &mut refusals);
    check_offer_text(&offer.text, &mut refusals);
    check_answers(offer, scope, &mut refusals);
    check_subcontractors(offer, &mut refusals);
    check_validity(offer.validity, scope, &mut refusals);
    for (position, part) in offer.business_secrets.iter().enumerate() {
        let position_text = position.to_string();
        refusals.require(!offer.business_secrets[..position].contains(part), || {
            let message = "the part is listed twice; remove one of them";
            Refusal::at(
                Code::Duplicate,
                &["businessSecrets", &position_text],
                message,
            )
        });
    }
    refusals.require(!offer.self_declaration || scope.declared, || {
        Refusal::at(
            Code::Required,
            &["selfDeclaration"],
            "your organisation has no self-declaration yet; save one (`saveSelfDeclaration`) or leave it out",
        )
    });
    refusals.into_result()
}

/// Checks that a draft may be saved: its size, and that the database can store its texts. It may be
/// incomplete and wrong.
pub fn check_draft(offer: &TenderOffer) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    let mut bound = |field: &[&str], length: usize, limit: usize| {
        refusals.require(length <= limit, || too_many(field, limit));
    };
    bound(
        &["lots"],
        offer.offers.len(),
        crate::procurement::rules::LOT_LIMIT,
    );
    bound(
        &["answers"],
        offer.answers.len(),
        contribution::rules::QUESTION_LIMIT,
    );
    bound(
        &["subcontractors"],
        offer.subcontractors.len(),
        SUBCONTRACTOR_LIMIT,
    );
    for (position, one) in offer.offers.iter().enumerate() {
        let position = position.to_string();
        let field = ["lots", &position, "priceList"];
        bound(&field, one.price_list.len(), LINE_LIMIT);
    }
    check_plain(&offer.text, TEXT_LIMIT, &["text"], &mut refusals);
    refusals.into_result()
}

/// Returns refusals of an offer with paths that begin at the input.
pub fn inside_offer(refusals: Vec<Refusal>) -> Vec<Refusal> {
    let inside = |mut refusal: Refusal| {
        refusal.field.insert(0, "offer".to_owned());
        refusal
    };
    refusals.into_iter().map(inside).collect()
}

fn too_many(field: &[&str], limit: usize) -> Refusal {
    let message = message!(
        "the list has more than {limit} entries; leave some out",
        limit
    );
    Refusal::at(Code::TooLong, field, message)
}

fn check_lots(offer: &TenderOffer, scope: &OfferScope<'_>, refusals: &mut Refusals) {
    refusals.require(!offer.offers.is_empty(), || {
        let message = "`lots` is empty; offer at least one lot";
        Refusal::at(Code::Required, &["lots"], message)
    });
    for (position, one) in offer.offers.iter().enumerate() {
        let position_text = position.to_string();
        let field = ["lots", &position_text, "lotId"];
        refusals.require(scope.lots.iter().any(|known| known.id == one.lot), || {
            let lot = &one.lot;
            let message = message!(
                "the procurement has no lot `{lot}`; name one of its lots",
                lot
            );
            Refusal::at(Code::NotFound, &field, message)
        });
        let earlier = &offer.offers[..position];
        refusals.require(earlier.iter().all(|earlier| earlier.lot != one.lot), || {
            let lot = &one.lot;
            let message = message!("the lot `{lot}` is listed twice; remove one of them", lot);
            Refusal::at(Code::Duplicate, &field, message)
        });
    }
    if !scope.as_one {
        return;
    }
    let is_combination = offer.offers.len() > 1;
    let is_allowed = scope.content.combinations_allowed == Some(true);
    refusals.require(!is_combination || is_allowed, || {
        Refusal::at(
            Code::CombinationNotAllowed,
            &["lots"],
            "the notice does not allow one tender for several lots; submit a tender for each lot",
        )
    });
    let most = scope.content.max_lots_per_tenderer;
    if let Err(mut refusal) = check_lot_count(&offer.lots(), scope.standing, most) {
        refusal.field = vec!["lots".to_owned()];
        refusals.push(refusal);
    }
}

fn check_lot(one: &LotOffer, position: &str, scope: &OfferScope<'_>, refusals: &mut Refusals) {
    let at = |name: &'static str| ["lots", position, name];
    let lot = scope.lots.iter().find(|lot| lot.id == one.lot);
    let wanted = lot.and_then(|lot| lot.value.as_ref());
    let wanted = wanted.map(|value| value.currency.as_str());
    match (&one.price, one.price_list.is_empty()) {
        (Some(price), true) => {
            let decimals = Currency::from_code(&price.currency).and_then(|found| found.exponent());
            let decimals = decimals.map_or(2, u32::from);
            check_money(price, wanted, decimals, &at("price"), refusals);
        }
        (None, false) => check_list(one, wanted, position, refusals),
        (None, true) => refusals.push(Refusal::at(
            Code::Required,
            &at("price"),
            "the lot has no price; state `price` or `priceList`",
        )),
        (Some(_), false) => refusals.push(Refusal::at(
            Code::Invalid,
            &at("priceList"),
            "the lot has a price and a price list; the price is the sum of the list, leave `price` out",
        )),
    }
    if let Some(text) = &one.text {
        check_plain(text, LOT_TEXT_LIMIT, &at("text"), refusals);
    }
}

fn check_list(one: &LotOffer, wanted: Option<&str>, position: &str, refusals: &mut Refusals) {
    let limit = LINE_LIMIT;
    refusals.require(one.price_list.len() <= limit, || {
        too_many(&["lots", position, "priceList"], limit)
    });
    for (number, line) in one.price_list.iter().take(limit).enumerate() {
        let number = number.to_string();
        check_line(
            line,
            wanted,
            &["lots", position, "priceList", &number],
            refusals,
        );
    }
    let sum = one.total();
    let first = one.price_list.first().map(|line| &line.unit_price.currency);
    let same = one
        .price_list
        .iter()
        .all(|line| Some(&line.unit_price.currency) == first);
    refusals.require(
        !same || sum.is_some_and(|sum| is_payable(sum.amount)),
        || {
            let message = "the sum of the price list is too large";
            Refusal::at(Code::OutOfRange, &["lots", position, "priceList"], message)
        },
    );
}

fn check_line(line: &PriceLine, wanted: Option<&str>, at: &[&str; 4], refusals: &mut Refusals) {
    let with = |name: &'static str| [at[0], at[1], at[2], at[3], name];
    for (name, text) in [("item", &line.item), ("unit", &line.unit)] {
        check_name(text, &with(name), refusals);
    }
    let price = &line.unit_price;
    check_money(price, wanted, DECIMAL_LIMIT, &with("unitPrice"), refusals);
    let quantity = &line.quantity;
    refusals.require(*quantity > Decimal::ZERO && is_payable(*quantity), || {
        let message = "the quantity must be greater than zero and less than 10¹⁵";
        Refusal::at(Code::OutOfRange, &with("quantity"), message)
    });
    check_decimals(*quantity, DECIMAL_LIMIT, &with("quantity"), refusals);
}

/// Whether an amount is less than 10¹⁵, so that sums and products of amounts can be computed.
fn is_payable(amount: Decimal) -> bool {
    amount < Decimal::from(1_000_000_000_000_000_u64)
}

fn check_money(
    money: &Money,
    wanted: Option<&str>,
    decimals: u32,
    at: &[&str],
    refusals: &mut Refusals,
) {
    let with = |name: &'static str| [at, &[name]].concat();
    let negative = money.amount.is_sign_negative() && !money.amount.is_zero();
    refusals.require(!negative, || {
        let message = "the price is negative; use zero or more";
        Refusal::at(Code::OutOfRange, &with("amount"), message)
    });
    refusals.require(is_payable(money.amount), || {
        let message = "the price must be less than 10¹⁵";
        Refusal::at(Code::OutOfRange, &with("amount"), message)
    });
    check_decimals(money.amount, decimals, &with("amount"), refusals);
    let currency = &money.currency;
    if !is_currency(currency) {
        refusals.push(not_a_currency(currency, &with("currency")));
    } else if let Some(wanted) = wanted.filter(|wanted| wanted != currency) {
        let message = message!(
            "the price must be in {wanted}, the currency of the lot, and is in {currency}",
            wanted,
            currency,
        );
        refusals.push(Refusal::at(Code::WrongCurrency, &with("currency"), message));
    }
}

fn check_decimals(number: Decimal, limit: u32, at: &[&str], refusals: &mut Refusals) {
    refusals.require(number.normalize().scale() <= limit, || {
        let message = message!("the number has more than {limit} decimals; round it", limit);
        Refusal::at(Code::TooManyDecimals, at, message)
    });
}

/// Checks that all lots are priced in one currency.
fn check_one_currency(offer: &TenderOffer, refusals: &mut Refusals) {
    let priced = |one: &LotOffer| match (&one.price, one.price_list.first()) {
        (Some(price), _) => Some(price.currency.clone()),
        (None, Some(line)) => Some(line.unit_price.currency.clone()),
        (None, None) => None,
    };
    let Some(wanted) = offer.offers.iter().find_map(priced) else {
        return;
    };
    for (position, one) in offer.offers.iter().enumerate() {
        let position = position.to_string();
        let differs = |money: &Money| money.currency != wanted && is_currency(&money.currency);
        if one.price.as_ref().is_some_and(differs) {
            let field = ["lots", &position, "price", "currency"];
            refusals.push(another_currency(&wanted, &field));
        }
        for (number, line) in one.price_list.iter().enumerate() {
            if differs(&line.unit_price) {
                let number = number.to_string();
                let field = [
                    "lots",
                    &position,
                    "priceList",
                    &number,
                    "unitPrice",
                    "currency",
                ];
                refusals.push(another_currency(&wanted, &field));
            }
        }
    }
}

fn another_currency(wanted: &str, field: &[&str]) -> Refusal {
    let message = message!(
        "all prices of a tender must be in one currency; the first is in {wanted}",
        wanted
    );
    Refusal::at(Code::WrongCurrency, field, message)
}

fn check_offer_text(text: &str, refusals: &mut Refusals) {
    refusals.require(!text.trim().is_empty(), || {
        Refusal::at(
            Code::Required,
            &["text"],
            "`text` is empty; write the offer",
        )
    });
    check_plain(text, TEXT_LIMIT, &["text"], refusals);
}

/// Checks plain text without a minimum length.
fn check_plain(text: &str, limit: usize, at: &[&str], refusals: &mut Refusals) {
    if let Some(character) = forbidden_character(text) {
        let code = crate::dialogue::text::code_point(character);
        let message = message!(
            "the text contains the control character {code}, which is invisible; remove it",
            code,
        );
        refusals.push(Refusal::at(Code::ForbiddenCharacter, at, message));
    }
    refusals.require(text.chars().count() <= limit, || {
        let message = message!(
            "the text has more than {limit} characters; shorten it",
            limit
        );
        Refusal::at(Code::TooLong, at, message)
    });
}

fn check_name(text: &str, at: &[&str], refusals: &mut Refusals) {
    refusals.require(!text.trim().is_empty(), || {
        Refusal::at(Code::Required, at, "the text is empty; write it")
    });
    check_plain(text, NAME_LIMIT, at, refusals);
}

fn check_answers(offer: &TenderOffer, scope: &OfferScope<'_>, refusals: &mut Refusals) {
    let asked = questions::asked(scope.content, &offer.lots(), offer.self_declaration);
    for one in asked.iter().filter(|one| one.required) {
        let id = &one.question.id;
        let given = offer.answers.iter().any(|answer| answer.question == *id);
        refusals.require(given, || {
            let message = message!("the requirement `{id}` needs an answer", id);
            Refusal::at(Code::AnswerMissing, &["answers"], message)
        });
    }
    if offer.answers.is_empty() {
        return;
    }
    let questions: Vec<QuestionnaireQuestion> = asked.into_iter().map(|one| one.question).collect();
    let found = contribution::rules::check_answers(&questions, &offer.answers);
    refusals.extend(found.err().unwrap_or_default().into_iter().map(reworded));
}

/// Returns a refusal of the dialogue's questionnaires in the words of a tender.
fn reworded(refusal: Refusal) -> Refusal {
    let names_question = refusal
        .field
        .last()
        .is_some_and(|name| name == "questionId");
    let (code, message): (Code, Message) = match refusal.code {
        Code::NotFound if names_question => (
            Code::NotFound,
            "the notice has no requirement or quality criterion with this ID for the offered lots"
                .into(),
        ),
        Code::Invalid if names_question => (
            Code::Duplicate,
            "the requirement or criterion has two answers; leave one out".into(),
        ),
        _ => return refusal,
    };
    Refusal {
        code,
        message,
        ..refusal
    }
}
