//! Buyers, companies, nonprofits and social enterprises, and who belongs to them.
//!
//! What an organisation says of itself is its [`profile`]; who may read it is [`read`]'s to say. Its owners look after
//! it ([`manage`]), its people ([`members`], [`invite`]) and the keys of its systems ([`api_key`]); the marketplace's administrators verify buyers and record
//! what a register says of nonprofits ([`nonprofit`]). [`person`] hands out and erases what is stored of a person.

pub mod api_key;
pub mod identifier;
pub mod invite;
pub mod listing;
pub mod manage;
pub mod members;
pub mod nonprofit;
pub mod person;
pub mod profile;
pub mod read;
pub mod rules;
pub mod store;

pub use profile::Profile;
pub use store::Organisation;
