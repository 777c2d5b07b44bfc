//! Tests of the content of procurements: how it is read, compared and found.

mod amended;
mod deadline;
mod ended;
mod found;
mod joint;
mod names;
pub mod whole;
