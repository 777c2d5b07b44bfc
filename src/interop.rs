//! Exchange of notices with other systems.

pub mod import;
pub mod ocds;

mod store;
