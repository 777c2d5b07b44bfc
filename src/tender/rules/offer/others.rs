//! Subcontractors and validity of an offer.

use super::*;

/// Checks the subcontractors and their shares.
pub fn check_subcontractors(offer: &TenderOffer, refusals: &mut Refusals) {
    let limit = SUBCONTRACTOR_LIMIT;
    refusals.require(offer.subcontractors.len() <= limit, || {
        too_many(&["subcontractors"], limit)
    });
    let mut shares: BTreeMap<&str, Decimal> = BTreeMap::new();
    for (position, one) in offer.subcontractors.iter().take(limit).enumerate() {
        check_subcontractor(one, &position.to_string(), offer, refusals);
        let share = one.share.unwrap_or_default();
        let takes_part = |lot: &str| one.lots.is_empty() || one.lots.iter().any(|own| own == lot);
        for offered in &offer.offers {
            if takes_part(&offered.lot) && (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&share) {
                *shares.entry(&offered.lot).or_default() += share;
            }
        }
    }
    for (lot, share) in shares {
        refusals.require(share <= Decimal::ONE_HUNDRED, || {
            let message = message!(
                "the subcontractors of the lot `{lot}` have more than 100 percent of it",
                lot,
            );
            Refusal::at(Code::OutOfRange, &["subcontractors"], message)
        });
    }
}

fn check_subcontractor(
    one: &Subcontractor,
    position: &str,
    offer: &TenderOffer,
    refusals: &mut Refusals,
) {
    let at = |name: &'static str| ["subcontractors", position, name];
    check_name(&one.name, &at("name"), refusals);
    if let Some(identifier) = &one.identifier {
        check_name(identifier, &at("identifier"), refusals);
    }
    if let Some(country) = &one.country {
        let known = country.bytes().all(|byte| byte.is_ascii_uppercase())
            && country
                .parse::<Country>()
                .is_ok_and(|known| known != Country::Unspecified);
        refusals.require(known, || {
            let message = message!(
                "`country` must be two capital letters of ISO 3166-1, such as `SE`; `{country}` is not",
                country,
            );
            Refusal::at(Code::UnknownCode, &at("country"), message)
        });
    }
    if let Some(share) = one.share {
        let in_range = (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&share);
        refusals.require(in_range, || {
            let message = "the share must be from 0 to 100 percent";
            Refusal::at(Code::OutOfRange, &at("share"), message)
        });
        check_decimals(share, 2, &at("share"), refusals);
    }
    for (number, lot) in one.lots.iter().enumerate() {
        let number_text = number.to_string();
        let field = ["subcontractors", position, "lotIds", &number_text];
        refusals.require(
            offer.offers.iter().any(|offered| offered.lot == *lot),
            || {
                let message = message!("the tender does not offer the lot `{lot}`", lot);
                Refusal::at(Code::NotFound, &field, message)
            },
        );
        refusals.require(!one.lots[..number].contains(lot), || {
            let message = message!("the lot `{lot}` is listed twice; remove one of them", lot);
            Refusal::at(Code::Duplicate, &field, message)
        });
    }
}

/// Checks how long the offer is valid.
pub fn check_validity(validity: Option<Validity>, scope: &OfferScope<'_>, refusals: &mut Refusals) {
    let mut bound = |name: &'static str, given: u32, limit: u32| {
        refusals.require((1..=limit).contains(&given), || {
            let message = message!("`{name}` must be from 1 to {limit}", name, limit);
            Refusal::at(Code::OutOfRange, &["validity", name], message)
        });
    };
    match validity {
        Some(Validity::Days(days)) => bound("days", days, VALIDITY_LIMIT),
        Some(Validity::Months(months)) => bound("months", months, VALIDITY_MONTHS),
        Some(Validity::Until(day)) => {
            let last = scope.last_day.unwrap_or_default();
            let years = crate::procurement::rules::YEARS;
            let in_range = day > last && years.contains(&chrono::Datelike::year(&day));
            refusals.require(in_range, || {
                let message = message!(
                    "the tender must be valid after the deadline for tenders, {deadline}",
                    deadline = last,
                );
                Refusal::at(Code::OutOfRange, &["validity", "until"], message)
            });
        }
        None => {}
    }
}
