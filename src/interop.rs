//! Notices from and to other systems, in the formats they use.

pub mod import;
pub mod ocds;

mod store;
