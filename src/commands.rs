//! The binary's commands, each a few steps over the library.

pub mod admin;
pub mod bench;
pub mod data;
pub mod demo;
pub mod keys;
pub mod serve;
pub mod tabs;

/// Why a command failed: one line with the cause and the mend.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;
