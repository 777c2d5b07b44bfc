//! Decides about each row from the state of the database. Pure.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::incoming::IncomingRelease;
use crate::{
    interop::ocds::RowError,
    kernel::ids::{NoticeId, ProcurementId},
};

/// State of a procurement with its notices: as in the database, then with the planned notices.
#[derive(Clone, Debug)]
pub(in crate::interop) struct KnownProcurement {
    pub id: ProcurementId,
    /// Whether the procurement was created in Torg, or a notice was published in Torg after its
    /// import. An import never overwrites it.
    pub is_native: bool,
    /// Number and date of the notice in force; `None` if there is none.
    pub in_force: Option<(i32, DateTime<Utc>)>,
    /// Imported releases of the procurement with their dates; at least those of the batch.
    pub releases: HashMap<String, DateTime<Utc>>,
}

/// Decision about a row.
#[derive(Debug)]
pub(super) enum RowDecision {
    /// The release becomes the next notice.
    Notice(NewNotice),
    /// The release was already imported.
    Unchanged,
    /// The release is older than the notice in force and is skipped: published notices are numbered
    /// and never changed, so none can be inserted between them.
    Older {
        /// Date of the notice in force.
        than: DateTime<Utc>,
    },
    /// The row is refused.
    Refused(RowError),
}

/// Notice to write.
#[derive(Clone, Copy, Debug)]
pub(in crate::interop) struct NewNotice {
    pub id: NoticeId,
    pub procurement: ProcurementId,
    /// Number of the notice; with number 1 the procurement is new as well.
    pub number: i32,
}

/// Decides about rows that are sorted by date. Returns one decision for each row, in the same
/// order.
pub(super) fn plan(
    rows: &[IncomingRelease],
    known_procurements: &mut HashMap<String, KnownProcurement>,
) -> Vec<RowDecision> {
    rows.iter()
        .map(|row| {
            let known = known_procurements
                .entry(row.ocid.clone())
                .or_insert_with(KnownProcurement::new);
            known.decide(row)
        })
        .collect()
}

impl KnownProcurement {
    fn new() -> Self {
        Self {
            id: ProcurementId::new(),
            is_native: false,
            in_force: None,
            releases: HashMap::new(),
        }
    }

    fn decide(&mut self, row: &IncomingRelease) -> RowDecision {
        if self.is_native {
            return RowDecision::Refused(row.location.refuse(
                format!(
                    "`ocid` {:?} is a procurement that was published in this marketplace",
                    row.ocid
                ),
                "remove it from the file, or give the release the `ocid` of its own process",
            ));
        }
        if let Some(date) = self.releases.get(&row.release) {
            if *date == row.date {
                return RowDecision::Unchanged;
            }
            let reason = format!(
                "`id` {:?} is already used by the release of {}, this one is of {}",
                row.release,
                date.to_rfc3339(),
                row.date.to_rfc3339()
            );
            return RowDecision::Refused(
                row.location
                    .refuse(reason, "give each release of a process an `id` of its own"),
            );
        }
        if let Some((_, in_force)) = self.in_force
            && row.date < in_force
        {
            return RowDecision::Older { than: in_force };
        }
        let number = self.in_force.map_or(1, |(number, _)| number + 1);
        self.in_force = Some((number, row.date));
        self.releases.insert(row.release.clone(), row.date);
        RowDecision::Notice(NewNotice {
            id: NoticeId::new(),
            procurement: self.id,
            number,
        })
    }
}
