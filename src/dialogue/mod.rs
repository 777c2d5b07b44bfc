//! Early dialogue: rounds in which suppliers ask and the buyer answers everyone, the asker unseen.

pub mod answer;
pub mod ask;
pub mod event;
pub mod open;
pub mod participant;
pub mod rate;
pub mod rules;
pub mod store;

pub use rules::{Kind, Window};
