//! Development tokens and the opener's key.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use chrono::{TimeDelta, Utc};
use torg::{auth::devkey::DevKey, config::Config, tender::sealing::OpeningKey};

use super::Failed;

/// Prints a token signed with the development key of the data folder.
pub fn token(subject: &str, days: u16) -> Result<(), Failed> {
    let config = Config::from_env()?;
    let key = DevKey::load(&config.data.join("keys"), config.tokens)?;
    println!(
        "{}",
        key.mint(subject, None, TimeDelta::days(days.into()), Utc::now())?
    );
    Ok(())
}

/// Makes the opener's key; never overwrites one, since what was sealed to it could not be opened any more.
pub fn opener_key(file: &Path) -> Result<(), Failed> {
    let key = OpeningKey::generate();
    write_private(file, &format!("{}\n", key.expose()))?;
    println!("TORG_OPENER_RECIPIENT={}", key.recipient());
    Ok(())
}

/// Writes a new file that only its owner may read.
pub fn write_private(file: &Path, text: &str) -> Result<(), Failed> {
    let failed = |error: std::io::Error| {
        format!(
            "cannot write {}: {error}; name a new file in a folder of yours",
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
