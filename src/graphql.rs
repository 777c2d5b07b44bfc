//! The GraphQL schema of all features. A resolver decodes its input, calls one use case or loader,
//! and encodes the result.

mod audiences;
mod codes;
mod connection;
pub mod context;
mod dialogue;
mod document;
mod documents;
mod enum_labels;
pub mod errors;
mod facets;
mod inputs;
mod library_types;
mod limits;
mod limits_extension;
pub mod live;
mod loader_batches;
mod loaders;
mod mutate;
mod node;
mod normal_form;
mod notification;
mod notification_mutations;
mod operation;
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
pub use documents::{DocumentError, Documents};
pub use limits::Limits;
pub use limits_extension::LimitsExtension;
pub use mutate::declarations;
pub use operation::selected_operation;
pub use schema::{Schema, schema, sdl};
pub use shared_loaders::Live;
