//! Tests of the content of procurements: how it is read, compared and found.

mod amended;
mod awarded;
mod deadline;
mod ended;
mod found;
mod joint;
mod names;
pub mod whole;
