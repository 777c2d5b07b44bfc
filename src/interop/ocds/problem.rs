//! Defects of a file or release: refused rows, and warnings about accepted rows.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// Reason and fix of a refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Reason, with the name of the field.
    pub reason: String,
    /// Fix.
    pub fix: String,
}

impl Refusal {
    pub(in crate::interop) fn new(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            fix: fix.into(),
        }
    }
}

/// Refused row of a file, formatted as `FILE:LINE: reason; fix`, or as
/// `FILE:LINE: reason; 312 bytes from byte 1024 are left out; fix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Name of the file as passed to the reader.
    pub file: Arc<str>,
    /// Line at which the row starts, from 1; 0 for the whole file.
    pub line: u64,
    /// Reason, with the name of the field.
    pub reason: String,
    /// Fix.
    pub fix: String,
    /// Bytes of the file that are left out; `None` if the whole file is.
    pub left_out: Option<ByteRange>,
}

/// Bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// Number of bytes before them in the file.
    pub offset: u64,
    /// Number of bytes.
    pub size: u64,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}; ", self.reason)?;
        if let Some(ByteRange { offset, size }) = self.left_out {
            write!(f, "{size} bytes from byte {offset} are left out; ")?;
        }
        f.write_str(&self.fix)
    }
}

impl std::error::Error for RowError {}

/// Warning about a value of an accepted release that was converted or left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Warning {
    /// Kind of the warning, for counting.
    pub kind: WarningKind,
    /// Path of the field in the release: `tender/lots/0/value/amount`.
    pub field: String,
    /// Defect, and how the value was read.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Kind of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WarningKind {
    /// Value of another JSON type than OCDS defines for the field.
    WrongType,
    /// Value that cannot be parsed; it is left out.
    Unreadable,
    /// Key that occurs twice in an object; the last value counts.
    DuplicateKey,
    /// Date without a time of day or time zone.
    IncompleteDate,
    /// Value outside the closed code list of the field; it is left out.
    UnknownWord,
    /// Well-formed code that is not in its code list; it is kept.
    UnknownCode,
    /// Key that contains white space; it is read without.
    UntidyKey,
    /// Value that is a placeholder for a missing one (`N/A`, 1970-01-01); it is left out.
    Placeholder,
    /// Value that is probably wrong; it is kept.
    Suspicious,
    /// Value in another spelling than that of its standard; the standard's is stored.
    Respelled,
    /// Missing field that a notice needs; a substitute is used.
    Missing,
    /// Text or list that exceeds a limit; the excess is left out.
    TooLong,
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongType => "another JSON type than OCDS has",
            Self::Unreadable => "unreadable value",
            Self::DuplicateKey => "key that occurs twice",
            Self::IncompleteDate => "date without time or time zone",
            Self::UnknownWord => "word outside its closed list",
            Self::UnknownCode => "code outside its list",
            Self::UntidyKey => "white space in a key",
            Self::Placeholder => "placeholder for a missing value",
            Self::Suspicious => "suspicious value",
            Self::Respelled => "value in another spelling",
            Self::Missing => "missing field",
            Self::TooLong => "too long",
        })
    }
}

/// Collected warnings of a release.
#[derive(Debug, Default)]
pub(super) struct Warnings(RefCell<Vec<Warning>>);

impl Warnings {
    pub fn of(warnings: Vec<Warning>) -> Self {
        Self(RefCell::new(warnings))
    }

    pub fn add(&self, kind: WarningKind, field: impl Into<String>, message: impl Into<String>) {
        self.0.borrow_mut().push(Warning {
            kind,
            field: field.into(),
            message: message.into(),
        });
    }

    /// Returns all warnings in their order, each once, since a field can be read several times.
    pub fn take(self) -> Vec<Warning> {
        let mut distinct = HashSet::new();
        let mut warnings = self.0.into_inner();
        warnings.retain(|warning| distinct.insert(warning.clone()));
        warnings
    }
}

/// Returns a text quoted and escaped for a message, cut after 60 characters.
pub(super) fn quoted(text: &str) -> String {
    const LENGTH: usize = 60;
    let mut short: String = text.chars().take(LENGTH).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
