//! What the outside meets over HTTP.
pub mod explorer;
