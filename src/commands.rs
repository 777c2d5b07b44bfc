//! The binary's commands.

pub mod admin;
pub mod bench;
pub mod data;
pub mod demo;
pub mod doctor;
pub mod erase;
pub mod explorer_steps;
pub mod keys;
pub mod serve;

/// Error of a command: one line with its cause and fix.
pub type CommandError = Box<dyn std::error::Error + Send + Sync>;
