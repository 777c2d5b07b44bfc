//! Authentication and authorization: actors and the policy table.
//!
//! A person's request carries an access token (a signed JWT, RFC 7519). [`token::Verifier`]
//! verifies it, or returns a [`refusal::TokenRefusal`]. The verification keys come from a
//! development key in a folder ([`devkey`], for the demo and the tests) or from the issuer's JWKS
//! document ([`jwks`], in production).
//!
//! A system of an organisation sends an API key ([`key`]) instead. An API key is an actor of its
//! own, for this organisation only.
//!
//! A token identifies a person and nothing else: memberships and roles come from the database
//! ([`store`]), never from claims. What an [`Actor`] may do is one pure table, [`policy`].

pub mod actor;
pub mod algorithm;
pub mod devkey;
pub mod identity_key;
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
