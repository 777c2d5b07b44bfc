//! What can be wrong with a file or a release: refused rows, and warnings about rows that were taken all the same.

use std::fmt;
use std::sync::Arc;

/// Why a row cannot be taken, and what its owner can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, naming the field.
    pub reason: String,
    /// What would make it right.
    pub mend: String,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            mend: mend.into(),
        }
    }
}

/// A row of a file that was refused. It shows as `FILE:LINE: reason; mend`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The file as it was named to the reader.
    pub file: Arc<str>,
    /// The line that the row begins at, from 1; 0 when the file as a whole is meant.
    pub line: u64,
    /// What is wrong, naming the field.
    pub reason: String,
    /// What would make it right.
    pub mend: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}; {}", self.reason, self.mend)
    }
}

impl std::error::Error for RowError {}

/// Something in a release that was read otherwise than it was written, or left out. The release is taken all the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Warning {
    /// Which sort of thing it is, for counting.
    pub kind: WarningKind,
    /// The path of the field in the release: `tender/lots/0/value/amount`.
    pub field: String,
    /// What was found and what was made of it.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The sorts of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WarningKind {
    /// A value of another JSON type than OCDS has for the field.
    WrongType,
    /// A value that cannot be read as what the field holds; it is left out.
    Unreadable,
    /// A date without a time of day, or without a time zone.
    IncompleteDate,
    /// A word that is not in the field's closed code list; it is left out.
    UnknownWord,
    /// A code that is written well but is not in its code list; it is kept.
    UnknownCode,
    /// A key with white space inside; it is read without.
    UntidyKey,
    /// A field that a notice is expected to have; a stand-in is used.
    Missing,
    /// A text or list longer than a notice can carry; the rest is left out.
    TooLong,
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WrongType => "another JSON type than OCDS has",
            Self::Unreadable => "unreadable value",
            Self::IncompleteDate => "date without time or time zone",
            Self::UnknownWord => "word outside its closed list",
            Self::UnknownCode => "code outside its list",
            Self::UntidyKey => "white space in a key",
            Self::Missing => "missing field",
            Self::TooLong => "too long",
        })
    }
}
