//! The house rules: which module may know which, where SQL may stand, what the schema says, how many statements a
//! request costs.

mod directions;
mod places;
mod schema;
mod source;
pub mod statements;
