//! The binary's commands.

pub mod admin;
pub mod audit;
pub mod bench;
pub mod data;
pub mod demo;
pub mod doctor;
pub mod erase;
pub mod explorer_steps;
pub mod health;
pub mod keys;
pub mod search;
pub mod serve;
mod start_log;

/// Error of a command: one line with its cause and fix.
pub type CommandError = Box<dyn std::error::Error + Send + Sync>;
