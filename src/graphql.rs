//! The GraphQL schema of all features. A resolver decodes its input, calls one use case or loader,
//! and encodes the result.

mod audiences;
mod codes;
mod coercion;
mod connection;
pub mod context;
mod dialogue;
mod document;
mod documents;
pub mod errors;
mod execution;
mod facets;
mod inputs;
mod library_types;
mod limits;
pub mod live;
mod loader_batches;
mod loaders;
mod merging;
mod mutate;
mod node;
mod normal_form;
mod null_propagation;
mod operation;
mod operation_telemetry;
mod organisation;
mod procurement;
mod response_order;
mod scalars;
mod schema;
mod search;
mod shared_loaders;
mod tender;
mod validation;
mod viewer;

pub use coercion::read_variables;
pub use context::{Backend, RequestContext};
pub use documents::{DocumentError, Documents};
pub use execution::ExecutionSettings;
pub use limits::Limits;
pub use mutate::declarations;
pub use operation::selected_operation;
pub use schema::{Schema, schema, sdl};
pub use shared_loaders::Live;
