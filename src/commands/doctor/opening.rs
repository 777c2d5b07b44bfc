//! Checks of the opener's key pair.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use torg::{config::Config, tender::sealing::OpeningKey};

use super::Finding;

const CHECK: &str = "opener's key";

pub(super) fn check() -> Vec<Finding> {
    let mut findings = Vec::new();
    let recipient = match Config::sealing_key() {
        Ok(key) => {
            findings.push(Finding::ok(CHECK, "TORG_OPENER_RECIPIENT is a public key"));
            Some(key.recipient())
        }
        Err(error) => {
            findings.push(Finding::problem(
                CHECK,
                error.to_string(),
                "`torg serve` needs it",
            ));
            None
        }
    };
    // Only the opener's process has the file.
    if let Ok(file) = Config::opener_key_file() {
        findings.push(key_file(&file, recipient.as_deref()));
        findings.push(match Config::required_chain_keys() {
            Ok(_) => Finding::ok(CHECK, "TORG_CHAIN_KEYS has public keys"),
            Err(error) => Finding::problem(CHECK, error.to_string(), "the opener needs it"),
        });
    }
    findings
}

fn key_file(file: &Path, recipient: Option<&str>) -> Finding {
    let name = file.display();
    let key = match OpeningKey::load(file) {
        Ok(key) => key,
        Err(error) => {
            return Finding::problem(
                CHECK,
                error.to_string(),
                "the opener cannot start without it",
            );
        }
    };
    if recipient.is_some_and(|recipient| !key.recipients().iter().any(|key| key == recipient)) {
        return Finding::problem(
            CHECK,
            format!("{name} is not the private key of TORG_OPENER_RECIPIENT"),
            format!(
                "tenders could not be opened: set TORG_OPENER_RECIPIENT={}, or give the other key's file",
                key.recipient()
            ),
        );
    }
    let mode = fs::metadata(file).map_or(0, |file| file.permissions().mode());
    match mode & 0o077 {
        0 => Finding::ok(
            CHECK,
            format!("{name} is readable by its owner only, and fits"),
        ),
        _ => Finding::problem(
            CHECK,
            format!("other users of this machine can read {name}"),
            format!("chmod 600 {name}; a key that others have read must be replaced"),
        ),
    }
}
