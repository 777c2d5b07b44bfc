//! Development tokens and the opener's key.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use chrono::{TimeDelta, Utc};
use torg::{
    app, auth::devkey::DevKey, chain::ChainKey, config::Config, tender::sealing::OpeningKey,
};

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
///
/// With `former`, the new file has the keys of that file after the new one, and opens what was sealed
/// to them.
pub fn opener_key(file: &Path, former: Option<&Path>) -> Result<(), CommandError> {
    let key = match former {
        None => OpeningKey::generate(),
        Some(former) => OpeningKey::load(former)?.rotated(),
    };
    write_private(file, &key.expose())?;
    println!("TORG_OPENER_RECIPIENT={}", key.recipient());
    println!(
        "# Public keys of the opener's entries in the chain, for TORG_CHAIN_KEYS of verifiers:"
    );
    println!("# {}", key.chain_keys().join(","));
    Ok(())
}

/// Creates the key that signs receipts and the record of tenders, and never overwrites a file.
/// Without a file, it prints the public key of the configured key.
pub fn chain_key(file: Option<&Path>) -> Result<(), CommandError> {
    let key = match file {
        None => app::chain_key(&Config::from_env()?)?,
        Some(file) => {
            let key = ChainKey::generate();
            key.save(file)?;
            key
        }
    };
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
