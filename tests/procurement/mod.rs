//! What buyers say of a procurement, as it is read and found.

mod found;
mod whole;
