//! The comparison of a procurement's signed chain with the rows of the database. Pure.

use std::collections::HashSet;

use super::{
    authenticity::{self, Standing, StoredTender},
    may_open::is_opened,
    opening_rules::check_approved,
};
use crate::{
    chain::{Event, Examined},
    kernel::ids::TenderId,
};

/// What the rows of a procurement state.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// All tenders.
    pub tenders: Vec<StoredTender>,
    /// The withdrawn tenders.
    pub withdrawn: Vec<TenderId>,
    /// Whether an opening is requested.
    pub requested: bool,
    /// Whether the tenders are opened.
    pub opened: bool,
    /// The awards: the lot and the tender that wins it.
    pub awards: Vec<(String, TenderId)>,
}

/// Compares a chain with the rows. Returns what is wrong, in words for the operator.
pub fn compare(chain: &Examined, rows: &Rows) -> Vec<String> {
    let mut faults: Vec<String> = chain.faults.iter().map(ToString::to_string).collect();
    let found = authenticity::of_tenders(&chain.entries, &rows.tenders);
    for (TenderId(tender), standing) in &found.standings {
        match standing {
            Standing::Unsigned => {
                faults.push(format!("the tender {tender} has no signed entry"));
            }
            Standing::Contradicted => {
                faults.push(format!("the tender {tender} differs from its signed entry"))
            }
            Standing::Valid { .. } | Standing::Replaced | Standing::Withdrawn => {}
        }
    }
    for TenderId(tender) in &found.missing {
        faults.push(format!("the tender {tender} has a signed entry and no row"));
    }
    let stored: HashSet<TenderId> = rows.withdrawn.iter().copied().collect();
    for TenderId(tender) in stored.difference(&found.withdrawn) {
        faults.push(format!(
            "the withdrawal of the tender {tender} has no signed entry"
        ));
    }
    for TenderId(tender) in found.withdrawn.difference(&stored) {
        faults.push(format!(
            "the withdrawal of the tender {tender} has a signed entry and no row"
        ));
    }
    compare_opening(chain, rows, &mut faults);
    compare_awards(chain, rows, &mut faults);
    faults
}

fn compare_opening(chain: &Examined, rows: &Rows, faults: &mut Vec<String>) {
    let (requested, opened) = (
        check_approved(&chain.entries).is_ok(),
        is_opened(&chain.entries),
    );
    for (what, row, entry) in [
        ("the request for the opening", rows.requested, requested),
        ("the opening", rows.opened, opened),
    ] {
        match (row, entry) {
            (true, false) => faults.push(format!("{what} has no signed entry")),
            (false, true) => faults.push(format!("{what} has a signed entry and no row")),
            _ => {}
        }
    }
}

fn compare_awards(chain: &Examined, rows: &Rows, faults: &mut Vec<String>) {
    let signed = chain.entries.iter().filter_map(|entry| match &entry.event {
        Event::AwardDecided { lot, tender, .. } => Some((lot.as_str(), *tender)),
        _ => None,
    });
    let signed: HashSet<(&str, TenderId)> = signed.collect();
    let stored = rows
        .awards
        .iter()
        .map(|(lot, tender)| (lot.as_str(), *tender));
    let stored: HashSet<(&str, TenderId)> = stored.collect();
    for (lot, TenderId(tender)) in stored.difference(&signed) {
        faults.push(format!(
            "the award of {lot} to the tender {tender} has no signed entry"
        ));
    }
    for (lot, TenderId(tender)) in signed.difference(&stored) {
        faults.push(format!(
            "the award of {lot} to the tender {tender} has a signed entry and no row"
        ));
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        chain::{Entry, Fault, Hash},
        kernel::ids::{AwardId, OrganisationId, PersonId, ProcurementId},
    };

    fn chain(events: Vec<Event>) -> Examined {
        let procurement = ProcurementId::new();
        let entries = (1..).zip(events).map(|(number, event)| Entry {
            procurement,
            number,
            previous: None,
            at: DateTime::UNIX_EPOCH,
            salt: None,
            event,
        });
        Examined {
            entries: entries.collect(),
            faults: Vec::new(),
        }
    }

    #[test]
    fn each_difference_between_chain_and_rows_is_a_fault() {
        let (tender, organisation) = (TenderId::new(), OrganisationId::new());
        let sha256 = Hash::of(b"sealed");
        let row = StoredTender {
            tender,
            organisation,
            group: None,
            lots: vec!["LOT-0001".into()],
            version: 1,
            sha256: sha256.0.to_vec(),
        };
        let all = chain(vec![
            Event::TenderSubmitted {
                tender,
                organisation,
                group: None,
                members: None,
                lots: row.lots.clone(),
                version: 1,
                sha256,
                documents: Vec::new(),
            },
            Event::TenderWithdrawn { tender },
            Event::OpeningRequested {
                person: PersonId::new(),
                openers: 1,
            },
            Event::TendersOpened { record: sha256 },
            Event::AwardDecided {
                award: AwardId::new(),
                lot: "LOT-0001".into(),
                tender,
            },
        ]);
        let rows = Rows {
            tenders: vec![row],
            withdrawn: vec![tender],
            requested: true,
            opened: true,
            awards: vec![("LOT-0001".into(), tender)],
        };
        assert_eq!(compare(&all, &rows), Vec::<String>::new());
        let unsigned = compare(&chain(vec![]), &rows);
        assert_eq!(unsigned.len(), 5, "{unsigned:?}");
        assert!(
            unsigned
                .iter()
                .all(|fault| fault.contains("no signed entry"))
        );
        let lost = compare(&all, &Rows::default());
        assert_eq!(lost.len(), 5, "{lost:?}");
        assert!(lost.iter().all(|fault| fault.contains("and no row")));
        let broken = Examined {
            faults: vec![Fault::Order(3)],
            ..all
        };
        assert_eq!(compare(&broken, &rows).len(), 1);
    }
}
