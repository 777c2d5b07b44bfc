//! What buyers say of a procurement, as it is read and found.

mod amended;
mod ended;
mod found;
mod joint;
mod names;
mod whole;
