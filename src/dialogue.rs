//! Early dialogue: rounds in which suppliers ask and the buyer answers everyone, the asker unseen.

pub mod answer;
pub mod ask;
mod attach;
pub mod contribution;
pub mod event;
pub mod extend;
pub mod live;
pub mod meeting;
pub mod open;
pub mod participant;
pub mod question;
pub mod rate;
pub mod review;
mod round;
pub mod rules;
pub mod sharing;
pub mod statistics;
pub mod store;
pub mod summary;
pub mod timeline;

pub use rules::{Kind, State, Status, Window};
