//! The rules of openings, pure: how many persons must approve one, and whether they have.

use rust_decimal::Decimal;

use crate::{
    chain::{Entry, Event},
    kernel::{
        ids::PersonId,
        refusal::{Code, Refusal},
    },
    procurement::content::{Category, Content},
};

/// CPV codes of the services of Directive 2014/24/EU Annex XIV (the light regime), as ranges with
/// both ends.
const LIGHT_REGIME: [(&str, &str); 10] = [
    ("55100000", "55410000"),
    ("55510000", "55524000"),
    ("75000000", "75340000"),
    ("79100000", "79140000"),
    ("79700000", "79723000"),
    ("79950000", "79956000"),
    ("80000000", "80660000"),
    ("85000000", "85323000"),
    ("92000000", "92700000"),
    ("98000000", "98132000"),
];

/// Values without VAT below which no contract is subject to the directive, by currency: at most the
/// lowest threshold of art. 4 for supplies and services, rounded down.
const BELOW_THRESHOLD: [(&str, u32); 6] = [
    ("EUR", 140_000),
    ("SEK", 1_500_000),
    ("DKK", 1_000_000),
    ("NOK", 1_500_000),
    ("PLN", 590_000),
    ("CZK", 3_400_000),
];

/// Returns the number of persons who must approve the opening: 2, unless the buyer requires one and
/// the procedure allows one.
#[must_use]
pub fn openers(required_by_buyer: i32, content: &Content) -> i32 {
    match required_by_buyer {
        1 if is_light_regime(content) || is_below_threshold(content) => 1,
        _ => 2,
    }
}

/// Returns whether the main subject is a service of the light regime.
fn is_light_regime(content: &Content) -> bool {
    let main = content.cpv.first().map_or("", String::as_str);
    content.category == Some(Category::Services)
        && LIGHT_REGIME
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&main))
}

/// Returns whether the upper end of the estimated value is stated and below every threshold.
fn is_below_threshold(content: &Content) -> bool {
    let Some(value) = &content.value else {
        return false;
    };
    let threshold = BELOW_THRESHOLD
        .iter()
        .find(|(currency, _)| *currency == value.currency);
    match (value.max, threshold) {
        (Some(most), Some((_, threshold))) => most < Decimal::from(*threshold),
        _ => false,
    }
}

/// An opening that is requested and neither confirmed nor cancelled.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Number of persons who must approve it.
    pub openers: i32,
    /// Persons and API keys that have approved it.
    pub approved_by: Vec<PersonId>,
}

/// What an approval does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// It requests the opening, which further persons must confirm.
    Requests,
    /// It is the last that is needed.
    Completes,
}

/// Decides what the approval of a person does. `person` are all rows of that person: erased ones,
/// and the API keys that they created. `openers` is the number that a new request needs.
///
/// # Errors
/// SAME_PERSON when the person has approved the pending opening before.
pub fn approve(
    pending: Option<&Pending>,
    openers: i32,
    person: &[PersonId],
) -> Result<Approval, Refusal> {
    let Some(pending) = pending else {
        return Ok(match openers {
            1 => Approval::Completes,
            _ => Approval::Requests,
        });
    };
    if pending.approved_by.iter().any(|one| person.contains(one)) {
        return Err(Refusal::new(
            Code::SamePerson,
            "you have approved this opening already, in person or with an API key; another member with the role OPENER must confirm it",
        ));
    }
    Ok(
        match pending.approved_by.len() + 1 >= pending.openers as usize {
            true => Approval::Completes,
            false => Approval::Requests,
        },
    )
}

/// Why a procurement's chain does not allow its opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// No member of the buyer has requested it, or the request was cancelled.
    #[error("no signed entry requests the opening")]
    NotRequested,
    /// Fewer persons than needed have approved it.
    #[error("no signed entry of another person confirms the opening")]
    NotConfirmed,
}

/// Checks that as many different persons as needed have approved the opening, by the verified
/// entries of the procurement's chain.
pub fn check_approved(entries: &[Entry]) -> Result<(), NotApproved> {
    let mut needed = 0;
    let mut approved: Vec<PersonId> = Vec::new();
    for entry in entries {
        match entry.event {
            Event::OpeningRequested { person, openers } => {
                needed = openers.max(1) as usize;
                approved = vec![person];
            }
            Event::OpeningConfirmed { person }
                if !approved.is_empty() && !approved.contains(&person) =>
            {
                approved.push(person);
            }
            Event::OpeningCancelled { .. } => approved.clear(),
            _ => {}
        }
    }
    match approved.len() {
        0 => Err(NotApproved::NotRequested),
        number if number < needed => Err(NotApproved::NotConfirmed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::kernel::ids::ProcurementId;

    fn content(value: serde_json::Value) -> Content {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn one_opener_is_enough_only_where_buyer_and_procedure_allow_it() {
        let large = json!({ "min": null, "max": "90000000", "currency": "SEK" });
        let small = json!({ "min": null, "max": "900000", "currency": "SEK" });
        let unbounded = json!({ "min": "1000", "max": null, "currency": "SEK" });
        let foreign = json!({ "min": null, "max": "1", "currency": "ISK" });
        for (category, cpv, value, allowed) in [
            ("SERVICES", "85311000", &large, true),
            ("SERVICES", "90910000", &large, false),
            ("SUPPLIES", "85311000", &large, false),
            ("SERVICES", "90910000", &small, true),
            ("SERVICES", "90910000", &unbounded, false),
            ("SERVICES", "90910000", &foreign, false),
        ] {
            let content = content(json!({ "category": category, "cpv": [cpv], "value": value }));
            let expected = if allowed { 1 } else { 2 };
            assert_eq!(openers(1, &content), expected, "{category} {cpv} {value}");
            assert_eq!(openers(2, &content), 2);
        }
        assert_eq!(openers(1, &Content::default()), 2);
    }

    #[test]
    fn a_person_approves_an_opening_once() {
        let (first, second, key) = (PersonId::new(), PersonId::new(), PersonId::new());
        let pending = |approved_by: &[PersonId], openers| Pending {
            openers,
            approved_by: approved_by.to_vec(),
        };
        assert_eq!(approve(None, 1, &[first]), Ok(Approval::Completes));
        assert_eq!(approve(None, 2, &[first]), Ok(Approval::Requests));
        let one = pending(&[first], 2);
        assert_eq!(approve(Some(&one), 1, &[second]), Ok(Approval::Completes));
        for same in [vec![first], vec![key, first]] {
            let refused = approve(Some(&one), 2, &same).unwrap_err();
            assert_eq!(refused.code, Code::SamePerson);
        }
        let with_key = pending(&[key], 2);
        assert!(approve(Some(&with_key), 2, &[first, key]).is_err());
    }

    #[test]
    fn the_chain_must_have_the_approvals_of_different_persons() {
        use NotApproved::{NotConfirmed, NotRequested};
        let (first, second) = (PersonId::new(), PersonId::new());
        let requested = |openers| Event::OpeningRequested {
            person: first,
            openers,
        };
        let confirmed = |person| Event::OpeningConfirmed { person };
        let cancelled = Event::OpeningCancelled { person: second };
        for (events, expected) in [
            (vec![], Err(NotRequested)),
            (vec![confirmed(second)], Err(NotRequested)),
            (vec![requested(1)], Ok(())),
            (vec![requested(2)], Err(NotConfirmed)),
            (vec![requested(2), confirmed(first)], Err(NotConfirmed)),
            (vec![requested(2), confirmed(second)], Ok(())),
            (vec![requested(2), cancelled.clone()], Err(NotRequested)),
            (
                vec![requested(2), cancelled.clone(), requested(2)],
                Err(NotConfirmed),
            ),
            (
                vec![requested(2), cancelled, requested(2), confirmed(second)],
                Ok(()),
            ),
        ] {
            let entries: Vec<Entry> = events
                .into_iter()
                .map(|event| Entry {
                    procurement: ProcurementId::new(),
                    number: 1,
                    previous: None,
                    at: DateTime::UNIX_EPOCH,
                    salt: None,
                    event,
                })
                .collect();
            assert_eq!(check_approved(&entries), expected, "{entries:?}");
        }
    }
}
