//! Reader of the Open Contracting Data Standard 1.1 and 1.0: from a file to notices.
//!
//! [`Reader`] finds the releases in a file and returns the location and reason of each refused row.
//! [`map()`] converts a release into a notice. Both are pure; the caller writes the notices. Real
//! data is often incomplete and deviates from the schema, so a release needs only its identity:
//! `ocid` and `date`. Every other defect is a [`Warning`].
//!
//! ```text
//! file ─ reader ─ split ─ release ─ map ─ Notice
//!        lines,   locate   identity  content
//!        document releases
//! ```

mod dates;
mod map;
mod node;
mod problem;
mod reader;
mod release;
mod split;

#[cfg(test)]
mod tests;

pub use map::{Buyer, Notice, map};
pub use problem::{RowError, Warning, WarningKind};
pub use reader::{Reader, Row};
pub use release::Release;
