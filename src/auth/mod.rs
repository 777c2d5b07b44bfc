//! Who acts, and what they may.
//!
//! A request carries a bearer token (a signed JWT, RFC 7519). [`token::Verifier`] says whose it is, or why it is
//! refused ([`refusal::TokenRefusal`]). The keys that tokens are checked with come from one of two places: a
//! development key in a folder ([`devkey`], the demo and the tests) or a JWKS address ([`jwks`], production).
//!
//! A token says who somebody is, and nothing else: memberships and roles are read from the database
//! ([`store`]), never from claims. What an [`Actor`] may do is one pure table, [`policy`].

pub mod actor;
pub mod devkey;
mod jwk;
pub mod jwks;
pub mod policy;
pub mod refusal;
pub mod store;
pub mod token;

#[cfg(test)]
mod tests;

pub use actor::{Actor, Membership, OrganisationKind, Person, Role};
