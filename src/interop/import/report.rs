//! What an import tells: progress, refused rows and warnings as they come, a summary at the end.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write,
    time::{Duration, Instant},
};

use super::{
    incoming::{Batch, Incoming},
    plan::Fate,
};
use crate::interop::ocds::{RowError, WarningKind};

/// How often progress is told, on a terminal and in a log.
const TERMINAL_INTERVAL: Duration = Duration::from_millis(100);
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// How an import tells of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Name each warning and each release that is passed over, not only their numbers.
    pub warnings: bool,
    /// The messages go to a terminal, where progress stays on one line.
    pub terminal: bool,
}

/// What an import did. Each row that was read is a notice, unchanged, older or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows read from the files; a file that cannot be read counts as one.
    pub rows: u64,
    /// Procurements that were new.
    pub procurements: u64,
    /// Notices that were new, the first ones of new procurements included.
    pub notices: u64,
    /// Releases that were there already.
    pub unchanged: u64,
    /// Releases older than the notice in force, passed over: published notices are numbered and never changed, so that
    /// none can be put between them.
    pub older: u64,
    /// Rows that could not be taken; each was reported.
    pub refused: u64,
    /// Things in releases that were read otherwise than written or left out, by kind.
    pub warnings: BTreeMap<WarningKind, u64>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Summary {
    fn per_second(&self) -> f64 {
        self.rows as f64 / self.elapsed.as_secs_f64().max(0.001)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let rate = self.per_second();
        writeln!(
            f,
            "{:>9} releases read in {seconds:.1} s, {rate:.0} a second",
            self.rows
        )?;
        writeln!(f, "{:>9} new procurements", self.procurements)?;
        writeln!(f, "{:>9} new notices", self.notices)?;
        writeln!(f, "{:>9} unchanged", self.unchanged)?;
        writeln!(
            f,
            "{:>9} older than the notice in force, passed over",
            self.older
        )?;
        write!(f, "{:>9} refused", self.refused)?;
        for (kind, count) in &self.warnings {
            write!(f, "\n{count:>9} warnings: {kind}")?;
        }
        Ok(())
    }
}

/// Counts and tells. That a message cannot be written (a closed pipe) is no reason to stop: the import goes on without.
pub(super) struct Report<'a> {
    options: Options,
    messages: &'a mut (dyn Write + Send),
    summary: Summary,
    started: Instant,
    /// When progress was told last.
    told: Instant,
    /// Is a progress line on the terminal?
    on_line: bool,
}

impl<'a> Report<'a> {
    pub fn new(options: Options, messages: &'a mut (dyn Write + Send)) -> Self {
        let started = Instant::now();
        Self {
            options,
            messages,
            summary: Summary::default(),
            started,
            told: started,
            on_line: false,
        }
    }

    /// A batch was read: its refused rows and warnings are told.
    pub fn read(&mut self, batch: &Batch) {
        self.summary.rows += (batch.rows.len() + batch.refused.len()) as u64;
        for error in &batch.refused {
            self.refused(error);
        }
        for (place, warning) in &batch.warnings {
            *self.summary.warnings.entry(warning.kind).or_default() += 1;
            if self.options.warnings {
                self.line(format_args!(
                    "{}:{}: warning: {warning}",
                    place.file, place.line
                ));
            }
        }
    }

    /// A row was written, or passed over.
    pub fn done(&mut self, row: &Incoming, fate: &Fate) {
        match fate {
            Fate::Notice(notice) => {
                self.summary.notices += 1;
                self.summary.procurements += u64::from(notice.number == 1);
            }
            Fate::Unchanged => self.summary.unchanged += 1,
            Fate::Older { than } => {
                self.summary.older += 1;
                if self.options.warnings {
                    let (file, line) = (&row.place.file, row.place.line);
                    let (date, than) = (row.date.to_rfc3339(), than.to_rfc3339());
                    self.line(format_args!(
                        "{file}:{line}: passed over: the release of {date} is older than the notice in force, of {than}"
                    ));
                }
            }
            Fate::Refused(error) => self.refused(error),
        }
    }

    pub fn refused(&mut self, error: &RowError) {
        self.summary.refused += 1;
        self.line(format_args!("{error}"));
    }

    /// Tells how far it is, unless that was told just now.
    pub fn progress(&mut self) {
        let interval = if self.options.terminal {
            TERMINAL_INTERVAL
        } else {
            LOG_INTERVAL
        };
        if self.told.elapsed() < interval {
            return;
        }
        self.told = Instant::now();
        self.summary.elapsed = self.started.elapsed();
        let Summary {
            rows,
            notices,
            refused,
            ..
        } = self.summary;
        let rate = self.summary.per_second();
        let text =
            format!("{rows} read, {notices} new notices, {refused} refused, {rate:.0} a second");
        if self.options.terminal {
            let _ = write!(self.messages, "\r\x1b[K{text}");
            let _ = self.messages.flush();
            self.on_line = true;
        } else {
            self.line(format_args!("{text}"));
        }
    }

    pub fn finish(mut self) -> Summary {
        self.clear_line();
        self.summary.elapsed = self.started.elapsed();
        self.summary
    }

    fn line(&mut self, text: fmt::Arguments<'_>) {
        self.clear_line();
        let _ = writeln!(self.messages, "{text}");
    }

    fn clear_line(&mut self) {
        if self.on_line {
            let _ = write!(self.messages, "\r\x1b[K");
            self.on_line = false;
        }
    }
}
