//! All of Torg's tests that need more than one module.

mod search;
