//! Settings of the HTTP API.

use std::{num::NonZero, path::PathBuf, str::FromStr, time::Duration};

use axum::http::HeaderValue;
use tower_http::cors::{AllowOrigin, Any};

use super::{AdmissionLimits, RateLimit};
use crate::graphql::{Documents, Limits, live::CostLimits};

/// Settings of the HTTP API. The defaults are those of the environment variables in
/// `docs/configuration.md`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Maximum number of bytes of a request body; uploads of documents have their own limit.
    pub body_limit: usize,
    /// Maximum number of requests at a time whose body has more than 64 KiB or no
    /// `Content-Length`.
    pub large_bodies: NonZero<u32>,
    /// Maximum number of bytes that running uploads may send together. One client may use a quarter
    /// of it.
    pub upload_bytes: NonZero<u64>,
    /// The longest time for a request; uploads and downloads of documents have their own limits.
    pub timeout: Duration,
    /// Maximum numbers of running and waiting requests.
    pub queue: AdmissionLimits,
    /// The rate limit; `None` for no limit.
    pub rate: Option<RateLimit>,
    /// Limits of subscriptions.
    pub subscriptions: SubscriptionSettings,
    /// Number of the operator's proxies that append to `X-Forwarded-For`.
    pub proxies: usize,
    /// Origins whose web pages may call the API.
    pub origins: Origins,
    /// The time for which caches may keep public responses to GET.
    pub public_cache: Duration,
    /// Whether clients may read the schema, and whether error messages suggest names for unknown
    /// fields.
    pub introspection: bool,
    /// Limits of one GraphQL operation.
    pub operations: Limits,
    /// A folder of additional trusted documents (`*.graphql`).
    pub trusted_documents: Option<PathBuf>,
    /// Whether only trusted documents are executed.
    pub only_trusted_documents: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_limit: 1 << 20,
            large_bodies: NonZero::new(64).unwrap_or(NonZero::<u32>::MIN),
            upload_bytes: NonZero::new(2 << 30).unwrap_or(NonZero::<u64>::MIN),
            timeout: Duration::from_secs(30),
            queue: AdmissionLimits::default(),
            rate: Some(RateLimit::default()),
            subscriptions: SubscriptionSettings::default(),
            proxies: 0,
            origins: Origins::Any,
            public_cache: Duration::from_secs(10),
            introspection: true,
            operations: Limits::default(),
            trusted_documents: None,
            only_trusted_documents: false,
        }
    }
}

/// Limits of subscriptions.
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionSettings {
    /// Cost limits of one event.
    pub cost: CostLimits,
    /// How many events a client receives. Further ones are delivered later. No limit applies when
    /// requests have none.
    pub events: RateLimit,
}

impl Default for SubscriptionSettings {
    fn default() -> Self {
        let number = |number| NonZero::new(number).unwrap_or(NonZero::<u32>::MIN);
        Self {
            cost: CostLimits::default(),
            events: RateLimit {
                per_minute: number(3_000),
                burst: number(500),
            },
        }
    }
}

/// The folder of trusted documents cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("TORG_TRUSTED_DOCUMENTS: cannot read `{}` ({cause}); give a folder with .graphql files", .folder.display())]
pub struct SettingsError {
    folder: PathBuf,
    #[source]
    cause: std::io::Error,
}

impl Settings {
    pub(super) fn documents(&self) -> Result<Documents, SettingsError> {
        let folder = self.trusted_documents.as_deref();
        let documents = Documents::new(self.operations, folder, self.only_trusted_documents);
        documents.map_err(|cause| SettingsError {
            folder: folder.unwrap_or_else(|| "".as_ref()).to_owned(),
            cause,
        })
    }
}

/// Origins whose web pages may call the API (CORS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Every origin.
    Any,
    /// Only these origins, such as `https://example.org`.
    Only(Vec<HeaderValue>),
}

impl From<Origins> for AllowOrigin {
    fn from(origins: Origins) -> Self {
        match origins {
            Origins::Any => Any.into(),
            Origins::Only(origins) => Self::list(origins),
        }
    }
}

impl FromStr for Origins {
    type Err = String;

    /// Parses `*` or a comma-separated list of origins.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins = text.split(',').map(|origin| {
            let origin = origin.trim();
            let invalid = || {
                format!("`{origin}` is not an origin; give `https://example.org`, without a path")
            };
            let host = origin
                .strip_prefix("https://")
                .or(origin.strip_prefix("http://"));
            let host = host.filter(|host| !host.is_empty() && !host.contains('/'));
            host.and_then(|_| origin.parse().ok()).ok_or_else(invalid)
        });
        origins.collect::<Result<_, _>>().map(Self::Only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_a_scheme_and_no_path() {
        let only = |origins: &[&'static str]| {
            let origins = origins.iter().map(|one| HeaderValue::from_static(one));
            Some(Origins::Only(origins.collect()))
        };
        for (text, expected) in [
            ("*", Some(Origins::Any)),
            ("https://a.example", only(&["https://a.example"])),
            (
                "https://a.example, http://localhost:3000",
                only(&["https://a.example", "http://localhost:3000"]),
            ),
            ("https://a.example/", None),
            ("a.example", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
