//! The face in front of all rooms: a GraphQL schema. A resolver decodes, calls one use case or loader, encodes.

pub mod context;
pub mod errors;
pub mod limits;
mod connection;
mod dialogue;
mod inputs;
mod loaders;
mod organisation;
mod procurement;
mod scalars;
mod schema;
mod search;
mod tender;
mod viewer;

pub use context::{Backend, RequestContext};
pub use schema::{Schema, schema, sdl};
