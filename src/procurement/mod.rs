//! Procurements: their phases, notices and lots.

mod attachments;
mod codes;
pub mod content;
pub mod follow;
pub mod manage;
pub mod publish;
pub mod read;
pub mod reservation;
pub mod rules;
pub mod store;

pub use content::{Content, Draft, Lot};
pub use rules::Phase;
