//! Who acts, and what they may.

pub mod actor;
pub mod policy;
pub mod store;

pub use actor::{Actor, Membership, OrganisationKind, Person, Role};
