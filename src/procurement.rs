//! Procurements: their phases, notices and lots.

pub mod amendment;
mod attachments;
pub mod changes;
mod codes;
pub mod content;
pub mod end;
pub mod follow;
pub mod joint;
pub mod manage;
pub mod phase;
pub mod publish;
pub mod read;
pub mod reservation;
pub mod rules;
pub mod store;

pub use content::{Content, Draft, Lot};
pub use phase::Phase;
