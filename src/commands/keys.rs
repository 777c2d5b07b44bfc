//! Development tokens and the opener's key.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use chrono::{TimeDelta, Utc};
use torg::{auth::devkey::DevKey, chain::ChainKey, config::Config, tender::sealing::OpeningKey};

use super::CommandError;

/// Prints an access token signed with the development key of the data folder.
pub fn token(subject: &str, days: u16) -> Result<(), CommandError> {
    let config = Config::from_env()?;
    let key = DevKey::load(&config.data.join("keys"), config.tokens)?;
    println!(
        "{}",
        key.mint(subject, None, TimeDelta::days(days.into()), Utc::now())?
    );
    Ok(())
}

/// Creates the opener's key pair. It never overwrites a file: tenders that were sealed to a lost
/// key cannot be opened.
pub fn opener_key(file: &Path) -> Result<(), CommandError> {
    let key = OpeningKey::generate();
    write_private(file, &format!("{}\n", key.expose()))?;
    println!("TORG_OPENER_RECIPIENT={}", key.recipient());
    Ok(())
}

/// Creates the key that signs receipts and the record of tenders. It never overwrites a file.
pub fn chain_key(file: &Path) -> Result<(), CommandError> {
    let key = ChainKey::generate();
    key.save(file)?;
    println!("TORG_CHAIN_KEYS={}", key.public());
    Ok(())
}

/// Creates a file that only its owner may read.
pub fn write_private(file: &Path, text: &str) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| {
        format!(
            "cannot write {}: {error}; give a new file in a folder that you may write to",
            file.display()
        )
    };
    let mut opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(failed)?;
    opened.write_all(text.as_bytes()).map_err(failed)?;
    Ok(())
}
