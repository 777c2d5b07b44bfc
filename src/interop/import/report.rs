//! Report of an import: progress, refused rows and warnings as they occur, and a summary.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write,
    time::{Duration, Instant},
};

use super::{
    incoming::{Batch, IncomingRelease, SourceLocation},
    plan::RowDecision,
};
use crate::interop::ocds::{RowError, Warning, WarningKind};

/// Interval of progress messages on a terminal and in a log.
const TERMINAL_INTERVAL: Duration = Duration::from_millis(100);
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Options of the report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether to report each warning and each release that was not simply taken, not only their
    /// numbers.
    pub warnings: bool,
    /// Whether the messages go to a terminal, where progress stays on one line.
    pub terminal: bool,
}

/// Summary of an import. Each row counts as new notice, unchanged, without effect or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Number of rows read from the files; an unreadable file counts as one.
    pub rows: u64,
    /// Number of new procurements.
    pub procurements: u64,
    /// Number of new notices, including the first notices of new procurements.
    pub notices: u64,
    /// Number of the new notices whose release replaces another content with the same ID and date.
    pub corrections: u64,
    /// Number of releases that were already imported.
    pub unchanged: u64,
    /// Number of releases that were merged without changing the notice in force, because newer
    /// releases or a compiled release already state their content.
    pub without_effect: u64,
    /// Number of refused rows; each was reported.
    pub refused: u64,
    /// Number of bytes in the refused rows.
    pub left_out: u64,
    /// Number of warnings by kind.
    pub warnings: BTreeMap<WarningKind, u64>,
    /// Duration of the import.
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
        if self.corrections > 0 {
            writeln!(
                f,
                "{:>9} of them with other content under a known id and date",
                self.corrections
            )?;
        }
        writeln!(f, "{:>9} unchanged", self.unchanged)?;
        writeln!(
            f,
            "{:>9} without effect on the notice in force",
            self.without_effect
        )?;
        write!(f, "{:>9} refused", self.refused)?;
        if self.left_out > 0 {
            write!(f, ", together {} bytes", self.left_out)?;
        }
        for (kind, count) in &self.warnings {
            write!(f, "\n{count:>9} warnings: {kind}")?;
        }
        Ok(())
    }
}

/// Counts and reports. The import continues if a message cannot be written (for example to a closed
/// pipe).
pub(super) struct Report<'a> {
    options: Options,
    messages: &'a mut (dyn Write + Send),
    summary: Summary,
    started: Instant,
    /// Time of the last progress message.
    last_progress: Instant,
    /// Whether a progress line is on the terminal.
    has_progress_line: bool,
}

impl<'a> Report<'a> {
    pub fn new(options: Options, messages: &'a mut (dyn Write + Send)) -> Self {
        let started = Instant::now();
        Self {
            options,
            messages,
            summary: Summary::default(),
            started,
            last_progress: started,
            has_progress_line: false,
        }
    }

    /// Reports the refused rows and warnings of a batch that was read.
    pub fn batch_read(&mut self, batch: &Batch) {
        self.summary.rows += (batch.rows.len() + batch.refused.len()) as u64;
        for error in &batch.refused {
            self.refused(error);
        }
        self.warnings(&batch.warnings);
    }

    /// Counts warnings, and reports them if that is wanted.
    pub fn warnings(&mut self, warnings: &[(SourceLocation, Warning)]) {
        for (location, warning) in warnings {
            *self.summary.warnings.entry(warning.kind).or_default() += 1;
            if self.options.warnings {
                self.line(format_args!(
                    "{}:{}: warning: {warning}",
                    location.file, location.line
                ));
            }
        }
    }

    /// Counts a row after its transaction was committed.
    pub fn row_written(&mut self, row: &IncomingRelease, decision: &RowDecision) {
        let date = row.release.date.to_rfc3339();
        match decision {
            RowDecision::Notice(notice) => {
                self.summary.notices += 1;
                self.summary.procurements += u64::from(notice.number == 1);
                if notice.is_correction {
                    self.summary.corrections += 1;
                    let text = "replaces another content with the same `id` and `date`";
                    self.detail(row, format_args!("changed: the release of {date} {text}"));
                }
            }
            RowDecision::Unchanged { superseded, .. } => {
                self.summary.unchanged += 1;
                if *superseded {
                    let text = "was imported before, and replaced by another content since";
                    self.detail(row, format_args!("unchanged: the release of {date} {text}"));
                }
            }
            RowDecision::NoEffect { newest, .. } => {
                self.summary.without_effect += 1;
                let text = "changes nothing in the state of";
                let newest = newest.to_rfc3339();
                self.detail(
                    row,
                    format_args!("without effect: the release of {date} {text} {newest}"),
                );
            }
            RowDecision::Refused(error) => self.refused(error),
        }
    }

    /// Reports what was done with a row, if that is wanted.
    fn detail(&mut self, row: &IncomingRelease, text: fmt::Arguments<'_>) {
        if self.options.warnings {
            let SourceLocation { file, line, .. } = &row.location;
            self.line(format_args!("{file}:{line}: {text}"));
        }
    }

    pub fn refused(&mut self, error: &RowError) {
        self.summary.refused += 1;
        self.summary.left_out += error.left_out.map_or(0, |bytes| bytes.size);
        self.line(format_args!("{error}"));
    }

    /// Reports progress, unless it did so within the interval.
    pub fn progress(&mut self) {
        let interval = if self.options.terminal {
            TERMINAL_INTERVAL
        } else {
            LOG_INTERVAL
        };
        if self.last_progress.elapsed() < interval {
            return;
        }
        self.last_progress = Instant::now();
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
            self.has_progress_line = true;
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
        if self.has_progress_line {
            let _ = write!(self.messages, "\r\x1b[K");
            self.has_progress_line = false;
        }
    }
}
