//! Tenders: sealed until the deadline, opened by the opener's process, awarded in the open.

pub mod award;
pub mod interest;
pub mod open;
pub mod opener;
pub mod rules;
pub mod sealing;
pub mod store;
pub mod submit;
