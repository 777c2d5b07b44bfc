//! Procurements in the graph.

mod inputs;
mod mutations;
mod types;

pub use mutations::{ProcurementMutations, ProcurementPayload};
pub use types::{Category, Phase, Procurement, ReservedParticipation};
