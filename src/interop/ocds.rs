//! Reader of the Open Contracting Data Standard 1.1 and 1.0: from a file to notices.
//!
//! [`Reader`] finds the releases in a file and returns the location and reason of each refused row.
//! [`map()`] converts a release into a notice. All are pure; the caller writes the notices. Real
//! data is often incomplete and deviates from the schema, so a release needs only its identity:
//! `ocid` and `date`. Every other defect is a [`Warning`].
//!
//! A release states what changed. [`CompiledRelease`] merges the releases of a process, and the
//! compiled release becomes the notice.
//!
//! ```text
//! file ─ reader ─ scan ─ split ─ release ─ merge ─ map ─ Notice
//!        blocks   find    find    identity  state   content
//!                 objects releases
//! ```

mod dates;
mod json;
mod lexer;
mod map;
mod merge;
mod node;
mod plain;
mod problem;
mod reader;
mod release;
mod scan;
mod split;
mod versioned;

#[cfg(test)]
mod tests;

pub use map::{Buyer, Engagement, NOT_STATED, Notice, map};
pub use merge::CompiledRelease;
pub use problem::{ByteRange, Refusal, RowError, Warning, WarningKind};
pub use reader::{Reader, Row};
pub use release::{Kind, Release, UNDATED};
