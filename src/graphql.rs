//! The face in front of all rooms: a GraphQL schema. A resolver decodes, calls one use case or loader, encodes.

mod audiences;
mod codes;
mod connection;
pub mod context;
mod dialogue;
mod document;
mod documents;
pub mod errors;
mod facets;
mod inputs;
mod limits;
pub mod live;
mod loader_batches;
mod loaders;
mod operation_telemetry;
mod organisation;
mod procurement;
mod scalars;
mod schema;
mod search;
mod shared_loaders;
mod tender;
mod variables;
mod viewer;

pub use context::{Backend, RequestContext};
pub use documents::{Documents, Unknown as UnknownDocument, operation};
pub use limits::{Limits, Weighing};
pub use schema::{Schema, schema, sdl};
pub use shared_loaders::Live;
