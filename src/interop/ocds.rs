//! Open Contracting Data Standard 1.1 and 1.0, in: from a file to notices.
//!
//! [`Reader`] finds the releases in a file and says of each bad row where and why it is refused; [`map()`] makes a
//! notice of a release, in the words of the procurement room. Both are pure: what becomes of the notices is for the
//! caller. Real data lacks much and bends the schema often, so only what identifies a release is required of it:
//! an `ocid` and a `date`. All else that is wrong is a [`Warning`].
//!
//! ```text
//! file ─ reader ─ split ─ release ─ map ─ Notice
//!        lines,   where    who it   what it
//!        document each is  is       says
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
