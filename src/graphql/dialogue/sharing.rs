//! Items that the buyer must still share with the market (Directive 2014/24/EU art. 41).

mod loaders;
mod types;

pub use types::{MustShareItem, must_share};
