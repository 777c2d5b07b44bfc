//! Names of the environment variables that Torg reads, and those that look like one but are not.

use std::fmt;

/// The variables that Torg reads. `docs/configuration.md` describes each. Variables of libraries
/// (`AWS_…`, `OTEL_…`) are not listed.
pub const VARIABLES: [&str; 77] = [
    "DATABASE_URL",
    "MEILI_KEY",
    "MEILI_URL",
    "TORG_BODY_LIMIT",
    "TORG_CHAIN_ANCHOR_FILE",
    "TORG_CHAIN_KEYS",
    "TORG_CHAIN_KEY_FILE",
    "TORG_CONNECTIONS",
    "TORG_CONNECTIONS_PER_NETWORK",
    "TORG_CORS_ORIGINS",
    "TORG_DATA",
    "TORG_DATABASE_CONNECTIONS",
    "TORG_DATABASE_IDLE_SECONDS",
    "TORG_DATABASE_LOCK_SECONDS",
    "TORG_DATABASE_STATEMENT_SECONDS",
    "TORG_DATABASE_WAIT_SECONDS",
    "TORG_DOCUMENTS",
    "TORG_DOCUMENT_LIMIT",
    "TORG_EVENTS_BURST",
    "TORG_EVENTS_PER_MINUTE",
    "TORG_HEADER_SECONDS",
    "TORG_HOST",
    "TORG_IDENTITY_KEY",
    "TORG_INTROSPECTION",
    "TORG_JWKS_URL",
    "TORG_JWT_ALGORITHM",
    "TORG_JWT_AUDIENCE",
    "TORG_JWT_ISSUER",
    "TORG_LARGE_BODIES",
    "TORG_LOG",
    "TORG_LOG_FORMAT",
    "TORG_METRICS",
    "TORG_OIDC_ISSUER",
    "TORG_ONLY_TRUSTED_DOCUMENTS",
    "TORG_OPENER_KEY_FILE",
    "TORG_OPENER_RECIPIENT",
    "TORG_OPERATION_ALIASES",
    "TORG_OPERATION_ALIASES_PER_FIELD",
    "TORG_OPERATION_BYTES",
    "TORG_OPERATION_COMPLEXITY",
    "TORG_OPERATION_DEPTH",
    "TORG_OPERATION_DIRECTIVES",
    "TORG_OPERATION_FIELDS",
    "TORG_OPERATION_MUTATIONS",
    "TORG_OPERATION_NODES",
    "TORG_OPERATION_ROOT_FIELDS",
    "TORG_OPERATION_TOKENS",
    "TORG_OPERATION_VALUES",
    "TORG_PORT",
    "TORG_POSTGRES_BIN",
    "TORG_PROXIES",
    "TORG_PUBLIC_CACHE_SECONDS",
    "TORG_QUOTAS",
    "TORG_RATE_BURST",
    "TORG_RATE_PER_MINUTE",
    "TORG_REPLAY_EVENTS",
    "TORG_REPLAY_HOURS",
    "TORG_REQUEST_SECONDS",
    "TORG_RESERVATION_RULES",
    "TORG_RESPONSE_BYTES",
    "TORG_RUNNING_REQUESTS",
    "TORG_SHUTDOWN_SECONDS",
    "TORG_SOCKETS",
    "TORG_SOCKETS_PER_NETWORK",
    "TORG_SOCKETS_PER_PERSON",
    "TORG_SOCKET_INIT_SECONDS",
    "TORG_SOCKET_MESSAGE_LIMIT",
    "TORG_SOCKET_SUBSCRIPTIONS",
    "TORG_SUBSCRIPTION_COMPLEXITY",
    "TORG_SUBSCRIPTION_NODES",
    "TORG_TRUSTED_DOCUMENTS",
    "TORG_UNREAD_SECONDS",
    "TORG_UPLOADS_IN_FLIGHT_BYTES",
    "TORG_UPLOAD_BYTES_PER_SECOND",
    "TORG_UPLOAD_WINDOW_SECONDS",
    "TORG_WAITING_MILLISECONDS",
    "TORG_WAITING_REQUESTS",
];

/// Beginning of the names of Torg's own variables.
const PREFIX: &str = "TORG_";
/// Minimum similarity (Jaro–Winkler, 0 to 1) of a name that is suggested.
const SIMILAR: f64 = 0.9;
/// Minimum similarity of a name of another program's variable that counts as a misspelling.
const MISSPELT: f64 = 0.94;

/// A variable that Torg does not read although its name suggests it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariable {
    /// Name of the variable.
    pub name: String,
    /// The most similar name that Torg reads, if one is similar.
    pub similar: Option<&'static str>,
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is not a variable of Torg", self.name)?;
        match self.similar {
            Some(similar) => write!(formatter, "; did you mean {similar}?"),
            None => write!(formatter, "; docs/configuration.md lists all variables"),
        }
    }
}

/// Returns the variables that Torg does not read although their names begin with `TORG_`, or are
/// nearly the name of one that it reads, in alphabetical order. Other programs' variables, such as
/// `MEILI_MASTER_KEY`, are ignored.
pub fn unknown(names: impl Iterator<Item = String>) -> Vec<UnknownVariable> {
    let found = names.filter_map(|name| {
        if VARIABLES.contains(&name.as_str()) {
            return None;
        }
        let similarity = |known: &&&str| strsim::jaro_winkler(&name, known);
        let nearest = VARIABLES
            .iter()
            .max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
        let nearness = similarity(&nearest);
        let reported = name.starts_with(PREFIX) || nearness >= MISSPELT;
        let similar = (nearness >= SIMILAR).then_some(*nearest);
        reported.then_some(UnknownVariable { name, similar })
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Returns the unknown variables of this process's environment.
pub fn unknown_in_environment() -> Vec<UnknownVariable> {
    // A name that is not Unicode cannot be one of Torg's.
    unknown(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_found_with_the_nearest_name() {
        for (name, expected) in [
            ("TORG_RATE_PER_MINUT", Some(Some("TORG_RATE_PER_MINUTE"))),
            ("TORG_SOCKET", Some(Some("TORG_SOCKETS"))),
            ("TORG_DOCUMENT_LIMITS", Some(Some("TORG_DOCUMENT_LIMIT"))),
            ("DATABSE_URL", Some(Some("DATABASE_URL"))),
            ("MEILI_UR", Some(Some("MEILI_URL"))),
            ("TORG_XYZZY", Some(None)),
            // Variables of other programs.
            ("MEILI_MASTER_KEY", None),
            ("MEILI_ENV", None),
            ("PATH", None),
            ("DATABASE_URL_REPLICA_READ_ONLY", None),
            // Known variables.
            ("TORG_DATA", None),
            ("MEILI_KEY", None),
        ] {
            let found = unknown([name.to_owned()].into_iter());
            let found: Vec<_> = found.iter().map(|unknown| unknown.similar).collect();
            let expected: Vec<_> = expected.into_iter().collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}
