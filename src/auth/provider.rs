//! Fetches the token issuer's documents: the JWKS, and the discovery document with its URL (OpenID
//! Connect Discovery 1.0 §4).

use std::fmt;
use std::net::IpAddr;

use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

/// Maximum number of bytes of a document. Real documents have a few keys of 1 to 2 kB each.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Path of the discovery document below the issuer's URL (Discovery §4).
const WELL_KNOWN: &str = ".well-known/openid-configuration";

/// Where an issuer publishes its keys. URLs are `https`, or `http` on the same machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// URL of the JWKS document.
    Address(String),
    /// URL of the issuer; its discovery document has the URL of the JWKS document.
    Issuer(String),
}

impl KeySource {
    fn address(&self) -> &str {
        match self {
            Self::Address(address) | Self::Issuer(address) => address,
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.address())
    }
}

/// Startup error: why an issuer's URL cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JwksSettingsError {
    /// Not a URL.
    #[error(
        "the token issuer's address `{0}` is not a URL: give one such as \
         https://login.example.org/jwks.json"
    )]
    NotAUrl(String),
    /// A URL without TLS, which an attacker on the network could answer.
    #[error(
        "the token issuer's address `{0}` is not secure: use https (plain http is allowed only for \
         localhost, 127.0.0.1 and ::1)"
    )]
    NotSecured(String),
    /// A URL with a query or a fragment, which an issuer must not have (Discovery §2).
    #[error(
        "the token issuer `{0}` has a query or a fragment: give exactly the `iss` of its tokens"
    )]
    NotAnIssuer(String),
    /// The HTTP client could not be created.
    #[error(
        "the HTTP client for JWKS cannot start: check the machine's TLS and proxy settings ({0})"
    )]
    Client(#[source] reqwest::Error),
}

/// Why the keys could not be fetched, for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("the request failed: {}", causes(.0))]
    Http(#[from] reqwest::Error),
    #[error("the issuer did not answer in time")]
    TooSlow,
    #[error("{0} answered {1}")]
    Status(Url, StatusCode),
    #[error("the document is larger than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    #[error("the document is not a JSON Web Key Set: {0}")]
    NotAKeySet(#[source] serde_json::Error),
    #[error("the document at {0} is not an OpenID Connect discovery document: {1}")]
    NotADiscovery(Url, #[source] serde_json::Error),
    #[error("the discovery document has the issuer `{0}`, not the configured one")]
    AnotherIssuer(String),
    #[error("the `jwks_uri` `{0}` in the discovery document is not secure")]
    KeysNotSecured(String),
}

/// A client for an issuer's documents.
#[derive(Debug)]
pub(super) struct Provider {
    /// URL of the JWKS document or of the discovery document.
    address: Url,
    /// Issuer of the discovery document; `None` when `address` is the JWKS document.
    issuer: Option<String>,
    client: Client,
}

/// The members of a discovery document that are needed.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Provider {
    /// Returns a client. It sends no request yet, so that the service can start while its issuer
    /// is down.
    pub(super) fn new(source: &KeySource) -> Result<Self, JwksSettingsError> {
        let given = source.address();
        let mut address: Url = given
            .parse()
            .map_err(|_| JwksSettingsError::NotAUrl(given.to_owned()))?;
        if !is_secured(&address) {
            return Err(JwksSettingsError::NotSecured(given.to_owned()));
        }
        let issuer = match source {
            KeySource::Address(_) => None,
            KeySource::Issuer(issuer) => {
                if address.query().is_some() || address.fragment().is_some() {
                    return Err(JwksSettingsError::NotAnIssuer(given.to_owned()));
                }
                let path = address.path().trim_end_matches('/').to_owned();
                address.set_path(&format!("{path}/{WELL_KNOWN}"));
                Some(issuer.clone())
            }
        };
        // Redirects are not followed: they would extend the trust to a URL that is not configured.
        let mut client = Client::builder().redirect(reqwest::redirect::Policy::none());
        if is_loopback(&address) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(JwksSettingsError::Client)?;
        Ok(Self {
            address,
            issuer,
            client,
        })
    }

    /// Fetches the JWKS document, after the discovery document if there is one. The caller limits
    /// the time.
    pub(super) async fn keys(&self) -> Result<Vec<u8>, FetchError> {
        let Some(issuer) = &self.issuer else {
            return self.read(&self.address).await;
        };
        let document = self.read(&self.address).await?;
        let discovery: Discovery = serde_json::from_slice(&document)
            .map_err(|error| FetchError::NotADiscovery(self.address.clone(), error))?;
        // The issuers must match exactly (Discovery §4.3): the document of another issuer must not
        // define the keys of this one.
        if discovery.issuer != *issuer {
            return Err(FetchError::AnotherIssuer(discovery.issuer));
        }
        let address: Option<Url> = discovery.jwks_uri.parse().ok();
        let secured = address.filter(|address| is_secured(address) && self.may_point_at(address));
        let address = secured.ok_or(FetchError::KeysNotSecured(discovery.jwks_uri))?;
        self.read(&address).await
    }

    /// Returns whether the issuer may have its keys at `address`. A remote issuer must not make
    /// the service call other services on its own machine.
    fn may_point_at(&self, address: &Url) -> bool {
        is_loopback(&self.address) || !is_loopback(address)
    }

    async fn read(&self, address: &Url) -> Result<Vec<u8>, FetchError> {
        let mut response = self.client.get(address.clone()).send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(address.clone(), response.status()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if document.len() + chunk.len() > MAX_DOCUMENT_BYTES {
                return Err(FetchError::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

/// Returns the text with all causes: reqwest's own text is only `error sending request`.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn is_secured(address: &Url) -> bool {
    address.scheme() == "https" || (address.scheme() == "http" && is_loopback(address))
}

fn is_loopback(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    let ip = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
