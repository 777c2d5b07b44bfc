//! The variables of the opener and of the signed record of tenders.

use std::path::PathBuf;

use super::{Config, ConfigError, optional, parsed_or_none};
use crate::chain::PublicKeys;

impl Config {
    /// Returns the path of the opener's private key. Only the opener process needs it.
    pub fn opener_key_file() -> Result<PathBuf, ConfigError> {
        let name = "TORG_OPENER_KEY_FILE";
        let missing = || {
            ConfigError::new(
                name,
                "is not set; give the file that `torg opener-key FILE` wrote",
            )
        };
        optional(name).map(PathBuf::from).ok_or_else(missing)
    }

    /// Parses the public keys that the opener and audits trust to sign entries of the chain; `None`
    /// when they are not configured.
    pub fn chain_keys() -> Result<Option<PublicKeys>, ConfigError> {
        parsed_or_none("TORG_CHAIN_KEYS")
    }

    /// Returns the path of the file that the opener appends the heads of the chains to, if any.
    pub fn chain_anchor() -> Option<PathBuf> {
        optional("TORG_CHAIN_ANCHOR_FILE").map(PathBuf::from)
    }

    /// Parses the public keys of the chain, which the opener requires.
    pub fn required_chain_keys() -> Result<PublicKeys, ConfigError> {
        let missing = || {
            ConfigError::new(
                "TORG_CHAIN_KEYS",
                "is not set; give the public key that `torg chain-key FILE` printed for the key of \
                 `torg serve`, or that `torg chain-key --show` prints on its machine",
            )
        };
        Self::chain_keys()?.ok_or_else(missing)
    }
}
