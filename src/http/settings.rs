//! What the door is set to.

use std::{num::NonZero, path::PathBuf, str::FromStr, time::Duration};

use axum::http::HeaderValue;
use tower_http::cors::{AllowOrigin, Any};

use super::{QueueLimits, Rate};
use crate::graphql::{Documents, Limits};

/// What the door is set to; `Default` is what the README's table says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of a request's body at most; a document may be larger.
    pub body_limit: usize,
    /// How many requests whose body has more than 64 KiB, or does not say how long it is, are served at a time.
    pub large_bodies: NonZero<u32>,
    /// The longest a request may take; up- and downloads have limits of their own.
    pub timeout: Duration,
    /// How many requests run and wait.
    pub queue: QueueLimits,
    /// How often one may ask; `None`: as often as they like.
    pub rate: Option<Rate>,
    /// How many proxies of the operator's stand in front and say whom they heard it from.
    pub proxies: usize,
    /// Whose web pages may ask.
    pub origins: Origins,
    /// How long a cache may keep what it got for the public by GET.
    pub public_cache: Duration,
    /// May the schema be asked for, and are names suggested for those that do not exist?
    pub introspection: bool,
    /// What one operation may ask for.
    pub operations: Limits,
    /// A folder of further trusted documents (`*.graphql`).
    pub trusted_documents: Option<PathBuf>,
    /// Are no others run?
    pub only_trusted_documents: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_limit: 1 << 20,
            large_bodies: NonZero::new(64).unwrap_or(NonZero::<u32>::MIN),
            timeout: Duration::from_secs(30),
            queue: QueueLimits::default(),
            rate: Some(Rate::default()),
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

/// The folder of trusted documents cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("TORG_TRUSTED_DOCUMENTS: `{}` cannot be read ({cause}); name a folder of .graphql files", .folder.display())]
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

/// Whose web pages may ask (CORS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Anyone's.
    Any,
    /// These sites': `https://example.org`.
    These(Vec<HeaderValue>),
}

impl From<Origins> for AllowOrigin {
    fn from(origins: Origins) -> Self {
        match origins {
            Origins::Any => Any.into(),
            Origins::These(sites) => Self::list(sites),
        }
    }
}

impl FromStr for Origins {
    type Err = String;

    /// `*`, or sites with commas between.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let sites = text.split(',').map(|site| {
            let site = site.trim();
            let wrong = || {
                format!("`{site}` is no site's origin: give `https://example.org`, without a path")
            };
            let rest = site
                .strip_prefix("https://")
                .or(site.strip_prefix("http://"));
            let host = rest.filter(|host| !host.is_empty() && !host.contains('/'));
            host.and_then(|_| site.parse().ok()).ok_or_else(wrong)
        });
        sites.collect::<Result<_, _>>().map(Self::These)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read() {
        let these = |sites: &[&'static str]| {
            let sites = sites.iter().map(|site| HeaderValue::from_static(site));
            Some(Origins::These(sites.collect()))
        };
        for (text, expected) in [
            ("*", Some(Origins::Any)),
            ("https://a.example", these(&["https://a.example"])),
            (
                "https://a.example, http://localhost:3000",
                these(&["https://a.example", "http://localhost:3000"]),
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
