//! The schema of a database, and a private PostgreSQL to keep one in.
//!
//! [`migrate`] brings any database up to date. [`PrivatePostgres`] is a server that needs no preparation.

mod migrate;
mod private;

pub use migrate::{MIGRATIONS, MigrationError, is_up_to_date, migrate};
pub use private::{DATABASE, Durability, PostgresError, PrivatePostgres};
