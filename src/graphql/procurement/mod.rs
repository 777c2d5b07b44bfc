//! Procurements in the graph.

mod inputs;
mod mutations;
mod parts;
mod types;
mod words;

pub use mutations::{ProcurementMutations, ProcurementPayload};
pub use types::Procurement;
pub use words::{Category, Phase, ReservedParticipation};
