//! Procurements in the graph.

mod inputs;
mod mutations;
mod types;

pub use mutations::ProcurementMutations;
pub use types::{Lot, Notice, Phase, Procurement};
