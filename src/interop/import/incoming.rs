//! From files to batches of notices that are ready to be written. Blocking: it has a thread of its own.

use std::{collections::BTreeMap, mem, path::PathBuf, sync::Arc};

use chrono::{DateTime, SubsecRound, Utc};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::Sender;

use crate::{
    interop::ocds::{self, Buyer, Notice, Reader, RowError, Warning, map},
    procurement::Phase,
};

/// A batch is written when it has this many rows, …
const BATCH_ROWS: usize = 500;

/// … or this much JSON, in bytes: a statement's parameters are held in memory here and in the database.
const BATCH_BYTES: usize = 8 << 20;

/// The longest key of a buyer, in bytes; a longer one is hashed, since an index entry has to hold it.
const MAX_SOURCE_KEY: usize = 500;

/// Rows in the order of their files.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub rows: Vec<Incoming>,
    pub refused: Vec<RowError>,
    pub warnings: Vec<(Place, Warning)>,
    bytes: usize,
}

/// Where a row was.
#[derive(Clone, Debug)]
pub(in crate::interop) struct Place {
    pub file: Arc<str>,
    pub line: u64,
}

/// A release as the database will hold it.
#[derive(Debug)]
pub(in crate::interop) struct Incoming {
    pub place: Place,
    pub ocid: String,
    pub release: String,
    /// To the microsecond, as the database keeps it.
    pub date: DateTime<Utc>,
    pub phase: Phase,
    /// The end of tendering; only while that goes on.
    pub deadline: Option<DateTime<Utc>>,
    pub buyer: Buyer,
    pub buyer_key: String,
    /// JSON.
    pub content: String,
    /// ID and JSON of each lot, in order.
    pub lots: Vec<(String, String)>,
}

impl Place {
    pub fn refuse(&self, reason: impl Into<String>, mend: impl Into<String>) -> RowError {
        RowError {
            file: Arc::clone(&self.file),
            line: self.line,
            reason: reason.into(),
            mend: mend.into(),
        }
    }
}

/// Sends all rows of the files, until nobody takes them any more.
pub(super) fn read(files: &[PathBuf], batches: &Sender<Batch>) {
    let mut batch = Batch::default();
    for file in files {
        let reader = match Reader::open(file) {
            Ok(reader) => reader,
            Err(error) => {
                batch.refused.push(error);
                continue;
            }
        };
        for row in reader {
            match row {
                Ok(row) => batch.add(row),
                Err(error) => batch.refused.push(error),
            }
            if batch.is_full() && batches.blocking_send(mem::take(&mut batch)).is_err() {
                return;
            }
        }
    }
    // When nobody takes it, the import has stopped and says why.
    let _ = batches.blocking_send(batch);
}

impl Batch {
    fn is_full(&self) -> bool {
        self.rows.len() + self.refused.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    fn add(&mut self, row: ocds::Row) {
        let place = Place {
            file: row.file,
            line: row.line,
        };
        let mut notice = map(row.release);
        let warnings = mem::take(&mut notice.warnings);
        match Incoming::new(place.clone(), notice) {
            Ok(incoming) => {
                let lots = incoming.lots.iter().map(|(_, content)| content.len());
                self.bytes += incoming.content.len() + lots.sum::<usize>();
                self.rows.push(incoming);
            }
            Err(error) => self.refused.push(place.refuse(
                format!("cannot be written as JSON: {error}"),
                "report it with the file",
            )),
        }
        self.warnings
            .extend(warnings.into_iter().map(|warning| (place.clone(), warning)));
    }
}

impl Incoming {
    fn new(place: Place, notice: Notice) -> Result<Self, serde_json::Error> {
        let lots = notice.draft.lots.into_iter().map(|lot| {
            let content = serde_json::to_string(&lot)?;
            Ok((lot.id, content))
        });
        Ok(Self {
            place,
            ocid: notice.ocid,
            release: notice.release,
            date: notice.date.trunc_subsecs(6),
            phase: notice.phase,
            deadline: (notice.phase == Phase::Tendering)
                .then_some(notice.draft.content.tender_deadline)
                .flatten(),
            buyer_key: source_key(&notice.buyer),
            buyer: notice.buyer,
            content: serde_json::to_string(&notice.draft.content)?,
            lots: lots.collect::<Result<_, serde_json::Error>>()?,
        })
    }
}

/// What makes two buyers of imported notices the same one: the number in a register, or else country and name, letter
/// case and white space aside.
///
/// `identifier:GB-COH:01234567`, `name:SE:malmö stad`; keys that are too long are `sha256:` and their hash.
fn source_key(buyer: &Buyer) -> String {
    let key = match (&buyer.identifier_scheme, &buyer.identifier) {
        (Some(scheme), Some(identifier)) => format!("identifier:{scheme}:{identifier}"),
        _ => {
            let country = buyer.country.as_deref().unwrap_or_default();
            let name: Vec<&str> = buyer.name.split_whitespace().collect();
            format!("name:{country}:{}", name.join(" ").to_lowercase())
        }
    };
    if key.len() <= MAX_SOURCE_KEY {
        return key;
    }
    let digest = Sha256::digest(key.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The buyers of these rows by their keys: of several rows with one key the first speaks for all.
pub(super) fn buyers<'a>(rows: impl Iterator<Item = &'a Incoming>) -> BTreeMap<&'a str, &'a Buyer> {
    let mut buyers = BTreeMap::new();
    for row in rows {
        buyers.entry(row.buyer_key.as_str()).or_insert(&row.buyer);
    }
    buyers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buyer(name: &str) -> Buyer {
        Buyer {
            name: name.to_owned(),
            identifier_scheme: None,
            identifier: None,
            country: Some("SE".to_owned()),
            nuts: None,
        }
    }

    fn registered(name: &str, identifier: &str) -> Buyer {
        Buyer {
            identifier_scheme: Some("SE-ORGNR".to_owned()),
            identifier: Some(identifier.to_owned()),
            ..buyer(name)
        }
    }

    #[test]
    fn a_buyer_is_told_by_its_register_before_its_name() {
        assert_eq!(
            source_key(&registered("Malmö stad", "212000-1124")),
            "identifier:SE-ORGNR:212000-1124"
        );
        assert_eq!(
            source_key(&registered("Malmö stad", "212000-1124")),
            source_key(&registered("MALMÖ STAD, inköp", "212000-1124"))
        );
    }

    #[test]
    fn a_name_counts_within_its_country_without_case_and_space() {
        assert_eq!(
            source_key(&buyer(" MALMÖ\u{a0}  Stad")),
            "name:SE:malmö stad"
        );
        let elsewhere = Buyer {
            country: None,
            ..buyer("Malmö stad")
        };
        assert_eq!(source_key(&elsewhere), "name::malmö stad");
    }

    #[test]
    fn a_long_key_stays_a_key() {
        let (one, other) = ("1".repeat(5000), "2".repeat(5000));
        let key = source_key(&registered("A", &one));
        assert!(key.starts_with("sha256:") && key.len() <= MAX_SOURCE_KEY);
        assert_eq!(key, source_key(&registered("B", &one)));
        assert_ne!(key, source_key(&registered("A", &other)));
    }
}
