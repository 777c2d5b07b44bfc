//! The face in front of all rooms: a GraphQL schema. A resolver decodes, calls one use case or loader, encodes.

mod codes;
mod connection;
pub mod context;
mod contribution;
mod described;
mod dialogue;
mod document;
mod documents;
pub mod errors;
mod facets;
mod inputs;
mod limits;
pub mod live;
mod loaders;
mod meeting;
mod organisation;
mod procurement;
mod review;
mod rounds;
mod scalars;
mod schema;
mod search;
mod seen;
mod tender;
mod variables;
mod viewer;

pub use context::{Backend, RequestContext};
pub use documents::{Documents, Unknown as UnknownDocument, operation};
pub use limits::{Limits, Weighing};
pub use live::Live;
pub use schema::{Schema, schema, sdl};
