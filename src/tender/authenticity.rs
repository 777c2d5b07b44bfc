//! Which stored tenders are authentic, by the signed entries of the chain. Rows without an entry hide
//! nothing and withdraw nothing. Pure.

use std::collections::{HashMap, HashSet};

use crate::{
    chain::{Entry, Event, Hash},
    kernel::ids::{OrganisationId, TenderGroupId, TenderId},
};

/// What a row states about a stored tender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTender {
    /// The tender.
    pub tender: TenderId,
    /// The tenderer.
    pub organisation: OrganisationId,
    /// The group that tenders.
    pub group: Option<TenderGroupId>,
    /// IDs of the offered lots, in ascending order; empty in a tender of an earlier version.
    pub lots: Vec<String>,
    /// Version among the tenderer's tenders for these lots.
    pub version: i32,
    /// SHA-256 of the sealed tender.
    pub sha256: Vec<u8>,
}

/// State of a stored tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A signed entry states it, and it is neither withdrawn nor replaced.
    Valid {
        /// SHA-256 of the sealed tender, as it is signed.
        sha256: Hash,
    },
    /// A later tender with a signed entry replaces it.
    Replaced,
    /// A signed entry states its withdrawal.
    Withdrawn,
    /// No signed entry states it.
    Unsigned,
    /// Its signed entry states something else.
    Contradicted,
}

/// State of all tenders of a procurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticity {
    /// State of each stored tender, in the order of the rows.
    pub standings: Vec<(TenderId, Standing)>,
    /// Tenders with a signed entry whose rows are missing.
    pub missing: Vec<TenderId>,
    /// Tenders with a signed withdrawal.
    pub withdrawn: HashSet<TenderId>,
}

/// A signed entry of a submitted tender.
struct Submitted<'e> {
    organisation: OrganisationId,
    group: Option<TenderGroupId>,
    lots: &'e [String],
    version: i32,
    sha256: Hash,
}

/// Returns the state of the stored tenders by the signed entries, which are in the order of the chain.
pub fn of_tenders(entries: &[Entry], rows: &[StoredTender]) -> Authenticity {
    let mut submitted: HashMap<TenderId, Submitted<'_>> = HashMap::new();
    let mut order = Vec::new();
    let mut latest = HashMap::new();
    let mut withdrawn = HashSet::new();
    for entry in entries {
        match &entry.event {
            Event::TenderSubmitted {
                tender,
                organisation,
                group,
                lots,
                version,
                sha256,
                ..
            } => {
                let entry = Submitted {
                    organisation: *organisation,
                    group: *group,
                    lots,
                    version: *version,
                    sha256: *sha256,
                };
                submitted.insert(*tender, entry);
                order.push(*tender);
                latest.insert((*organisation, *group, lots.as_slice()), *tender);
            }
            Event::TenderWithdrawn { tender } => {
                withdrawn.insert(*tender);
            }
            _ => {}
        }
    }
    let standing = |row: &StoredTender| {
        let Some(entry) = submitted.get(&row.tender) else {
            return Standing::Unsigned;
        };
        let agrees = entry.organisation == row.organisation
            && entry.group == row.group
            && entry.lots == row.lots.as_slice()
            && entry.version == row.version
            && entry.sha256.0.as_slice() == row.sha256.as_slice();
        if !agrees {
            return Standing::Contradicted;
        }
        if withdrawn.contains(&row.tender) {
            return Standing::Withdrawn;
        }
        match latest.get(&(entry.organisation, entry.group, entry.lots)) {
            Some(latest) if *latest != row.tender => Standing::Replaced,
            _ => Standing::Valid {
                sha256: entry.sha256,
            },
        }
    };
    let standings: Vec<_> = rows.iter().map(|row| (row.tender, standing(row))).collect();
    let stored: HashSet<TenderId> = rows.iter().map(|row| row.tender).collect();
    order.retain(|tender| !stored.contains(tender));
    Authenticity {
        standings,
        missing: order,
        withdrawn,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::kernel::ids::ProcurementId;

    fn entries(events: Vec<Event>) -> Vec<Entry> {
        let procurement = ProcurementId::new();
        let numbered = (1..).zip(events);
        let entries = numbered.map(|(number, event)| Entry {
            procurement,
            number,
            previous: None,
            at: DateTime::UNIX_EPOCH,
            salt: None,
            event,
        });
        entries.collect()
    }

    fn row(organisation: OrganisationId, lot: &str, version: i32) -> StoredTender {
        let tender = TenderId::new();
        StoredTender {
            tender,
            organisation,
            group: None,
            lots: vec![lot.into()],
            version,
            sha256: Hash::of(tender.0.as_bytes()).0.to_vec(),
        }
    }

    fn submitted(row: &StoredTender) -> Event {
        Event::TenderSubmitted {
            tender: row.tender,
            organisation: row.organisation,
            group: row.group,
            members: None,
            lots: row.lots.clone(),
            version: row.version,
            sha256: Hash::of(row.tender.0.as_bytes()),
            documents: Vec::new(),
        }
    }

    fn valid(row: &StoredTender) -> Standing {
        Standing::Valid {
            sha256: Hash::of(row.tender.0.as_bytes()),
        }
    }

    #[test]
    fn only_signed_entries_replace_and_withdraw() {
        let (one, other) = (OrganisationId::new(), OrganisationId::new());
        let first = row(one, "LOT-0001", 1);
        let second = row(one, "LOT-0001", 2);
        let other_lot = row(one, "LOT-0002", 1);
        let withdrawn = row(other, "LOT-0001", 1);
        let lost = row(other, "LOT-0002", 1);
        let forged = row(one, "LOT-0001", 3);
        let entries = entries(vec![
            submitted(&first),
            submitted(&second),
            submitted(&other_lot),
            submitted(&withdrawn),
            submitted(&lost),
            Event::TenderWithdrawn {
                tender: withdrawn.tender,
            },
        ]);
        let rows = [&first, &second, &other_lot, &withdrawn, &forged].map(Clone::clone);
        let found = of_tenders(&entries, &rows);
        let expected = [
            (first.tender, Standing::Replaced),
            (second.tender, valid(&second)),
            (other_lot.tender, valid(&other_lot)),
            (withdrawn.tender, Standing::Withdrawn),
            (forged.tender, Standing::Unsigned),
        ];
        assert_eq!(found.standings, expected);
        assert_eq!(found.missing, [lost.tender]);
        assert_eq!(found.withdrawn, HashSet::from([withdrawn.tender]));
    }

    #[test]
    fn a_row_that_was_changed_contradicts_its_entry() {
        let sound = row(OrganisationId::new(), "LOT-0001", 1);
        let entries = entries(vec![submitted(&sound)]);
        let changes: [fn(&mut StoredTender); 4] = [
            |row| row.organisation = OrganisationId::new(),
            |row| row.lots = vec!["LOT-0002".into()],
            |row| row.version = 2,
            |row| row.sha256[0] ^= 1,
        ];
        for change in changes {
            let mut changed = sound.clone();
            change(&mut changed);
            let found = of_tenders(&entries, &[changed]);
            assert_eq!(found.standings[0].1, Standing::Contradicted);
        }
    }
}
