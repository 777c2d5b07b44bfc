//! The binary's commands.

pub mod admin;
pub mod bench;
pub mod data;
pub mod demo;
pub mod keys;
pub mod serve;
pub mod tabs;

/// Error of a command: one line with its cause and fix.
pub type CommandError = Box<dyn std::error::Error + Send + Sync>;
