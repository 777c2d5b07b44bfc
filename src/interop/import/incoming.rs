//! Reads files into batches of releases. Blocking: it runs on its own thread.

use std::{collections::BTreeMap, mem, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::Sender;

use crate::{
    interop::ocds::{self, Buyer, ByteRange, Engagement, Reader, Release, RowError, Warning, map},
    procurement::Phase,
};

/// Maximum number of rows of a batch.
const BATCH_ROWS: usize = 500;

/// Size of the releases of a batch, in bytes, at which the batch is written. The parameters of a
/// statement are in memory both here and in the database.
const BATCH_BYTES: usize = 8 << 20;

/// Batch of rows in the order of their files.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub rows: Vec<IncomingRelease>,
    pub refused: Vec<RowError>,
    pub warnings: Vec<(SourceLocation, Warning)>,
    bytes: usize,
}

/// Location of a row in its file.
#[derive(Clone, Debug)]
pub(in crate::interop) struct SourceLocation {
    pub file: Arc<str>,
    pub line: u64,
    pub bytes: ByteRange,
}

/// Release with its location.
#[derive(Debug)]
pub(in crate::interop) struct IncomingRelease {
    pub location: SourceLocation,
    pub release: Release,
}

/// Values of a notice that the database stores.
#[derive(Debug)]
pub(in crate::interop) struct MappedNotice {
    pub phase: Phase,
    /// Deadline for tenders; only in the phase TENDERING.
    pub deadline: Option<DateTime<Utc>>,
    pub buyer: Buyer,
    pub buyer_key: String,
    /// Content of the notice as JSON.
    pub content: String,
    /// ID and JSON of each lot in order.
    pub lots: Vec<(String, String)>,
    /// Rounds of early dialogue that the notice announces.
    pub dialogues: Vec<Engagement>,
}

impl SourceLocation {
    /// Returns the error of a refused row at this location.
    pub fn refuse(&self, reason: impl Into<String>, fix: impl Into<String>) -> RowError {
        RowError {
            file: Arc::clone(&self.file),
            line: self.line,
            reason: reason.into(),
            fix: fix.into(),
            left_out: Some(self.bytes),
        }
    }
}

/// Sends all rows of the files as batches, until the receiver is closed.
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
    // A closed receiver means that the import has stopped with an error of its own.
    let _ = batches.blocking_send(batch);
}

impl Batch {
    fn is_full(&self) -> bool {
        self.rows.len() + self.refused.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    fn add(&mut self, mut row: ocds::Row) {
        let location = SourceLocation {
            file: row.file,
            line: row.line,
            bytes: row.bytes,
        };
        self.bytes += usize::try_from(row.bytes.size).unwrap_or(usize::MAX);
        let warnings = row.release.take_warnings().into_iter();
        self.warnings
            .extend(warnings.map(|warning| (location.clone(), warning)));
        self.rows.push(IncomingRelease {
            location,
            release: row.release,
        });
    }
}

impl MappedNotice {
    /// Converts the state of a process into the values of its notice, with warnings.
    pub fn of(release: Release) -> Result<(Self, Vec<Warning>), serde_json::Error> {
        let notice = map(release);
        let lots = notice.draft.lots.into_iter().map(|lot| {
            let content = serde_json::to_string(&lot)?;
            Ok((lot.id, content))
        });
        let mapped = Self {
            phase: notice.phase,
            deadline: (notice.phase == Phase::Tendering)
                .then_some(notice.draft.content.tender_deadline)
                .flatten(),
            buyer_key: notice.buyer.key.clone(),
            buyer: notice.buyer,
            dialogues: notice.dialogues,
            content: serde_json::to_string(&notice.draft.content)?,
            lots: lots.collect::<Result<_, serde_json::Error>>()?,
        };
        Ok((mapped, notice.warnings))
    }
}

/// Returns the buyers of the notices by their keys; the first notice with a key decides.
pub(super) fn buyers<'a>(
    notices: impl Iterator<Item = &'a MappedNotice>,
) -> BTreeMap<&'a str, &'a Buyer> {
    let mut buyers = BTreeMap::new();
    for notice in notices {
        buyers
            .entry(notice.buyer_key.as_str())
            .or_insert(&notice.buyer);
    }
    buyers
}
