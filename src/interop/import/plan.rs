//! What becomes of each row, by what the database holds. Pure.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::incoming::Incoming;
use crate::{
    interop::ocds::RowError,
    kernel::ids::{NoticeId, ProcurementId},
};

/// Where a procurement stands: as the database has it, then as the plan moves it on.
#[derive(Clone, Debug)]
pub(in crate::interop) struct Standing {
    pub id: ProcurementId,
    /// It was made here, or a notice was published here since it was imported: no import may go over that.
    pub own: bool,
    /// Number and date of the notice in force; `None` while it has none.
    pub in_force: Option<(i32, DateTime<Utc>)>,
    /// The releases that it is known by, with their dates; at least those that the batch asks about.
    pub releases: HashMap<String, DateTime<Utc>>,
}

/// What becomes of a row.
#[derive(Debug)]
pub(super) enum Fate {
    /// It is the next notice.
    Notice(NewNotice),
    /// It is there already.
    Unchanged,
    /// It is older than the notice in force, which came in before it: published notices are numbered and never
    /// changed, so that none can be put between them.
    Older {
        /// The date of the notice in force.
        than: DateTime<Utc>,
    },
    /// It cannot be taken.
    Refused(RowError),
}

/// A notice to write.
#[derive(Clone, Copy, Debug)]
pub(in crate::interop) struct NewNotice {
    pub id: NoticeId,
    pub procurement: ProcurementId,
    /// The first of a procurement, which has to be written too, is 1.
    pub number: i32,
}

/// Decides about rows that stand in the order of their dates. The answers stand in the order of the rows.
pub(super) fn plan(rows: &[Incoming], standings: &mut HashMap<String, Standing>) -> Vec<Fate> {
    rows.iter()
        .map(|row| {
            let standing = standings
                .entry(row.ocid.clone())
                .or_insert_with(Standing::unknown);
            standing.take(row)
        })
        .collect()
}

impl Standing {
    fn unknown() -> Self {
        Self {
            id: ProcurementId::new(),
            own: false,
            in_force: None,
            releases: HashMap::new(),
        }
    }

    fn take(&mut self, row: &Incoming) -> Fate {
        if self.own {
            return Fate::Refused(row.place.refuse(
                format!(
                    "`ocid` {:?} is a procurement that is published here",
                    row.ocid
                ),
                "leave it out of the file, or give the release the `ocid` of its own process",
            ));
        }
        if let Some(date) = self.releases.get(&row.release) {
            if *date == row.date {
                return Fate::Unchanged;
            }
            let reason = format!(
                "`id` {:?} is the release of {}, and this one is of {}",
                row.release,
                date.to_rfc3339(),
                row.date.to_rfc3339()
            );
            return Fate::Refused(
                row.place
                    .refuse(reason, "give each release of a process an `id` of its own"),
            );
        }
        if let Some((_, in_force)) = self.in_force
            && row.date < in_force
        {
            return Fate::Older { than: in_force };
        }
        let number = self.in_force.map_or(1, |(number, _)| number + 1);
        self.in_force = Some((number, row.date));
        self.releases.insert(row.release.clone(), row.date);
        Fate::Notice(NewNotice {
            id: NoticeId::new(),
            procurement: self.id,
            number,
        })
    }
}
