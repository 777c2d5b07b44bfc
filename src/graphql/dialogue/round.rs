//! Dialogue rounds: the type `Dialogue`, and the mutations that open and extend a round.

mod loaders;
mod mutations;
mod types;

pub use loaders::{DialoguesOf, ExtensionsOf};
pub use mutations::{DialogueMutations, DialoguePayload};
pub use types::{Dialogue, DialogueExtension};
