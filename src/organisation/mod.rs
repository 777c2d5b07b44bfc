//! Buyers, companies, nonprofits and social enterprises, and who belongs to them.

pub mod store;

pub use store::Organisation;
