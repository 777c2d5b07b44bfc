//! Checks of the token issuer.

use chrono::Utc;
use torg::{
    auth::{jwks::JwksSettings, token::Verifier},
    config::Config,
};

use super::Finding;

const CHECK: &str = "sign-in";

/// The reason why keys cannot be fetched is in the log.
pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let Some(source) = &config.keys else {
        return Vec::new();
    };
    let verifier = match Verifier::remote(&config.tokens, JwksSettings::of(source.clone())) {
        Ok(verifier) => verifier,
        Err(error) => {
            return vec![Finding::problem(
                CHECK,
                error.to_string(),
                "correct the address",
            )];
        }
    };
    let algorithm = config.tokens.algorithm;
    vec![match verifier.has_keys(Utc::now()).await {
        true => Finding::ok(CHECK, format!("{source} publishes a key for {algorithm}")),
        false => Finding::problem(
            CHECK,
            format!("no key for {algorithm} could be read from {source}"),
            "the log line above says why; check the address, the issuer and TORG_JWT_ALGORITHM",
        ),
    }]
}
