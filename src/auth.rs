//! Who acts, and what they may.
//!
//! A request carries a bearer token (a signed JWT, RFC 7519). [`token::Verifier`] says whose it is, or why it is
//! refused ([`refusal::TokenRefusal`]). The keys that tokens are checked with come from one of two places: a
//! development key in a folder ([`devkey`], the demo and the tests) or a JWKS address ([`jwks`], production).
//!
//! Instead of a token an organisation's system sends an API key ([`key`]), which acts as an actor of its own, for this
//! organisation alone.
//!
//! A token says who somebody is, and nothing else: memberships and roles are read from the database
//! ([`store`]), never from claims. What an [`Actor`] may do is one pure table, [`policy`].

pub mod actor;
pub mod devkey;
mod jwk;
pub mod jwks;
pub mod key;
pub mod permission;
pub mod policy;
mod provider;
pub mod refusal;
pub mod store;
pub mod token;

#[cfg(test)]
mod tests;

pub use actor::{Actor, Membership, OrganisationKind, Person, Role};
