//! Decides about each release from the state of its process. Pure.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    history::StoredRelease,
    incoming::{IncomingRelease, MappedNotice, SourceLocation},
};
use crate::{
    interop::ocds::{
        CompiledRelease, Engagement, NOT_STATED, Refusal, Release, RowError, UNDATED, Warning,
    },
    kernel::ids::{NoticeId, ProcurementId},
};

/// ID and date of a release, which identify it within its process.
pub(in crate::interop) type ReleaseKey = (String, DateTime<Utc>);

/// State of a process: as in the database, then with the planned releases.
#[derive(Debug)]
pub(in crate::interop) struct KnownProcess {
    pub id: ProcurementId,
    /// Whether the procurement was created in Torg, or a notice was published in Torg after its
    /// import. An import never overwrites it.
    pub is_native: bool,
    /// Number and date of the notice in force; `None` if there is none.
    pub in_force: Option<(i32, DateTime<Utc>)>,
    /// Digests of the releases that were already imported, in the order of their import; at least
    /// those of the batch. The last content of a release counts.
    pub digests: HashMap<ReleaseKey, Vec<[u8; 32]>>,
    /// Releases that became notices in a version of Torg that did not keep their content.
    pub unkept: HashSet<ReleaseKey>,
    /// Date of the newest release, and of the newest compiled release.
    pub newest: Option<DateTime<Utc>>,
    pub newest_compiled: Option<DateTime<Utc>>,
    pub compiled: CompiledRelease,
    /// All releases in the order in which they are merged. Loaded only if a release must be merged
    /// before others.
    pub history: Option<Vec<StoredRelease>>,
    /// Whether the buyer is known. A buyer stays what it was at first, unless no release named it.
    pub has_buyer: bool,
    /// Whether the batch changed the buyer.
    pub is_buyer_new: bool,
    /// Whether the batch changed the state.
    pub is_changed: bool,
    /// Why further releases of the process are refused in this batch.
    pub refusal: Option<Refusal>,
}

/// Decision about a row.
#[derive(Debug)]
pub(in crate::interop) enum RowDecision {
    /// The release changes the process, so its state becomes the next notice.
    Notice(Box<NewNotice>),
    /// The release was already imported. Its content is stored if it was not kept before.
    Unchanged { keep: bool, superseded: bool },
    /// The release is stored, but newer releases or a compiled release already state its content.
    /// The rounds of dialogue that it states can open earlier.
    NoEffect {
        newest: DateTime<Utc>,
        rounds: Vec<Engagement>,
    },
    /// The row is refused.
    Refused(RowError),
}

/// Notice to write.
#[derive(Debug)]
pub(in crate::interop) struct NewNotice {
    pub id: NoticeId,
    pub procurement: ProcurementId,
    pub ocid: String,
    /// ID of the release that changed the process.
    pub release: String,
    /// Number of the notice; with number 1 the procurement is new as well.
    pub number: i32,
    pub published_at: DateTime<Utc>,
    /// Whether the release replaces an earlier content with the same ID and date.
    pub is_correction: bool,
    /// Whether the buyer of this notice becomes that of the procurement.
    pub is_buyer_new: bool,
    pub content: MappedNotice,
}

/// Decisions about the rows of a batch, and the warnings about their values.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// One decision for each row, in the same order.
    pub decisions: Vec<RowDecision>,
    pub warnings: Vec<(SourceLocation, Warning)>,
}

impl Plan {
    /// Sets the time of publication of notices whose releases state none to the time of the import.
    pub fn publish_undated(&mut self, now: DateTime<Utc>) {
        for decision in &mut self.decisions {
            if let RowDecision::Notice(notice) = decision
                && notice.published_at == UNDATED
            {
                notice.published_at = now;
            }
        }
    }
}

/// Decides about rows that are sorted by date.
pub(super) fn plan(
    rows: &[IncomingRelease],
    processes: &mut HashMap<String, KnownProcess>,
) -> Plan {
    let mut plan = Plan::default();
    let mut reported: HashSet<(&str, Warning)> = HashSet::new();
    for row in rows {
        let process = processes
            .entry(row.release.ocid.clone())
            .or_insert_with(KnownProcess::new);
        let (decision, warnings) = process.decide(row);
        plan.decisions.push(decision);
        for warning in warnings {
            // The state keeps the values of earlier releases of the batch, with their warnings.
            if reported.insert((&row.release.ocid, warning.clone())) {
                plan.warnings.push((row.location.clone(), warning));
            }
        }
    }
    plan
}

/// Returns the ocids of processes in which a release must be merged before a newer one, or replaces
/// an earlier content.
pub(super) fn out_of_order<'a>(
    rows: &'a [IncomingRelease],
    processes: &HashMap<String, KnownProcess>,
) -> HashSet<&'a str> {
    let mut contents: HashMap<(&str, &str, DateTime<Utc>), [u8; 32]> = HashMap::new();
    let needs_history = |row: &&'a IncomingRelease| {
        let release = &row.release;
        let key = (release.ocid.as_str(), release.id.as_str(), release.date);
        let other = *contents.entry(key).or_insert(release.digest);
        if other != release.digest {
            return true;
        }
        processes.get(&release.ocid).is_some_and(|process| {
            !process.is_native
                && !process.is_imported(release)
                && (process.newest.is_some_and(|newest| release.date < newest)
                    || process.digests.contains_key(&release.key()))
        })
    };
    let rows = rows.iter().filter(needs_history);
    rows.map(|row| row.release.ocid.as_str()).collect()
}

impl Release {
    pub(super) fn key(&self) -> ReleaseKey {
        (self.id.clone(), self.date)
    }
}

impl KnownProcess {
    fn new() -> Self {
        Self {
            id: ProcurementId::new(),
            is_native: false,
            in_force: None,
            digests: HashMap::new(),
            unkept: HashSet::new(),
            newest: None,
            newest_compiled: None,
            compiled: CompiledRelease::default(),
            history: Some(Vec::new()),
            has_buyer: false,
            is_buyer_new: true,
            is_changed: false,
            refusal: None,
        }
    }

    /// Returns whether the release was imported with this content.
    fn is_imported(&self, release: &Release) -> bool {
        let digests = self.digests.get(&release.key());
        digests.is_some_and(|digests| digests.contains(&release.digest))
    }

    fn decide(&mut self, row: &IncomingRelease) -> (RowDecision, Vec<Warning>) {
        let release = &row.release;
        if self.is_native {
            let reason = format!(
                "`ocid` {:?} is a procurement that was published in this marketplace",
                release.ocid
            );
            let fix = "remove it from the file, or give the release the `ocid` of its own process";
            return (
                RowDecision::Refused(row.location.refuse(reason, fix)),
                Vec::new(),
            );
        }
        if self.is_imported(release) {
            let digests = self.digests.get(&release.key());
            let superseded = digests.and_then(|digests| digests.last()) != Some(&release.digest);
            let decision = RowDecision::Unchanged {
                keep: false,
                superseded,
            };
            let warnings = if superseded {
                Vec::new()
            } else {
                self.mapped(release).map_or(Vec::new(), |mapped| mapped.1)
            };
            return (decision, warnings);
        }
        let before = self.compiled.clone();
        let result = match self.refusal.clone() {
            Some(refusal) => Err(refusal),
            None => self
                .add(release)
                .and_then(|effect| self.conclude(row, &before, effect)),
        };
        result.unwrap_or_else(|refusal| {
            self.compiled = before;
            let error = row.location.refuse(&refusal.reason, &refusal.fix);
            self.refusal = Some(refusal);
            (RowDecision::Refused(error), Vec::new())
        })
    }

    /// Merges a release into the state.
    fn add(&mut self, release: &Release) -> Result<Effect, Refusal> {
        let is_correction = self.digests.contains_key(&release.key());
        let is_in_order = !is_correction && self.newest.is_none_or(|newest| release.date >= newest);
        // A compiled release contains all releases up to its date.
        let is_contained = !release.is_compiled && self.newest_compiled == Some(release.date);
        if let Some(history) = &mut self.history {
            StoredRelease::insert(history, release);
        }
        if !is_in_order {
            self.compiled = StoredRelease::merged(self.history.as_deref().unwrap_or_default())?;
        } else if !is_contained {
            self.compiled.merge(release);
        }
        self.compiled.check_size()?;
        Ok(Effect {
            is_correction,
            is_change: is_in_order && !is_contained && !release.is_compiled,
        })
    }

    fn conclude(
        &mut self,
        row: &IncomingRelease,
        before: &CompiledRelease,
        effect: Effect,
    ) -> Result<(RowDecision, Vec<Warning>), Refusal> {
        let release = &row.release;
        let key = release.key();
        let is_kept = !self.unkept.contains(&key);
        let has_notice = self.in_force.is_some();
        let is_change = !has_notice || effect.is_change || self.compiled != *before;
        let published_at = self
            .in_force
            .map_or(release.date, |(_, date)| date.max(release.date));
        let decided = if !is_kept {
            let decision = RowDecision::Unchanged {
                keep: true,
                superseded: false,
            };
            (decision, Vec::new())
        } else if is_change {
            let (mut content, warnings) = self.mapped(release)?;
            if !effect.is_change {
                self.open_rounds(&mut content.dialogues)?;
            }
            let number = self.in_force.map_or(1, |(number, _)| number + 1);
            if !self.has_buyer && content.buyer.name != NOT_STATED {
                (self.has_buyer, self.is_buyer_new) = (true, true);
            }
            let notice = NewNotice {
                id: NoticeId::new(),
                procurement: self.id,
                ocid: release.ocid.clone(),
                release: release.id.clone(),
                number,
                published_at,
                is_correction: effect.is_correction,
                is_buyer_new: self.is_buyer_new,
                content,
            };
            self.in_force = Some((number, published_at));
            (RowDecision::Notice(Box::new(notice)), warnings)
        } else {
            let newest = self.newest.unwrap_or(release.date);
            let mut rounds = self.mapped(release)?.0.dialogues;
            self.open_rounds(&mut rounds)?;
            (RowDecision::NoEffect { newest, rounds }, Vec::new())
        };
        self.unkept.remove(&key);
        self.digests.entry(key).or_default().push(release.digest);
        self.newest = self.newest.max(Some(release.date));
        if release.is_compiled {
            self.newest_compiled = self.newest_compiled.max(Some(release.date));
        }
        self.is_changed = true;
        Ok(decided)
    }

    /// Opens rounds of dialogue with the earliest release that states them, of those in the history.
    /// Without a history the release is newer than all others, and the openings stay.
    fn open_rounds(&self, rounds: &mut [Engagement]) -> Result<(), Refusal> {
        let Some(history) = self.history.as_deref().filter(|_| !rounds.is_empty()) else {
            return Ok(());
        };
        let mut openings: HashMap<String, DateTime<Utc>> = HashMap::new();
        for release in history {
            for stated in release.rounds()? {
                let opening = openings.entry(stated.milestone).or_insert(stated.opens_at);
                *opening = stated.opens_at.min(*opening);
            }
        }
        for round in rounds {
            if let Some(opening) = openings.get(&round.milestone) {
                let latest = round.closes_at - TimeDelta::seconds(1);
                round.opens_at = latest.min(*opening);
            }
        }
        Ok(())
    }

    /// Converts the state into a notice, with the identity of a release.
    fn mapped(&self, release: &Release) -> Result<(MappedNotice, Vec<Warning>), Refusal> {
        let state = self
            .compiled
            .as_of(&release.ocid, &release.id, release.date);
        MappedNotice::of(state).map_err(|error| {
            let reason = format!("cannot be written as JSON: {error}");
            Refusal::new(reason, "report it with the file")
        })
    }
}

/// What a release does to the state.
struct Effect {
    /// Whether it replaces an earlier content with the same ID and date.
    is_correction: bool,
    /// Whether it is a change that is newer than all others. It becomes a notice even if it repeats
    /// what is known.
    is_change: bool,
}
