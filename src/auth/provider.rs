//! The token issuer's own documents: its JWKS, and the discovery document that says where that is (OpenID Connect
//! Discovery 1.0 §4).

use std::fmt;
use std::net::IpAddr;

use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

/// The largest document that is read. Real ones have a few keys of 1 to 2 kB each.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// What stands behind an issuer's own address (Discovery §4).
const WELL_KNOWN: &str = ".well-known/openid-configuration";

/// Where an issuer says what its keys are. Addresses are `https`, or `http` on this very machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// Its JWKS document.
    Address(String),
    /// The issuer itself: its discovery document names the JWKS document.
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

/// Why an issuer's address cannot be used at all. Found at start.
#[derive(Debug, thiserror::Error)]
pub enum JwksSettingsError {
    /// Not a URL.
    #[error(
        "the token issuer's address `{0}` is not a URL: give one like https://login.example.org/jwks.json"
    )]
    NotAUrl(String),
    /// A scheme that anyone between could answer for.
    #[error(
        "the token issuer's address `{0}` is not secured: use https (plain http is taken for localhost, 127.0.0.1 and \
         ::1 only)"
    )]
    NotSecured(String),
    /// An issuer is an address without query and fragment (Discovery §2).
    #[error(
        "the token issuer `{0}` has a query or a fragment: give its address as its tokens say it in `iss`"
    )]
    NotAnIssuer(String),
    /// The HTTP client could not be made.
    #[error(
        "the HTTP client for JWKS cannot start: check the machine's TLS and proxy settings ({0})"
    )]
    Client(#[source] reqwest::Error),
}

/// Why no keys were brought. For the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("the address cannot be read: {}", causes(.0))]
    Http(#[from] reqwest::Error),
    #[error("the issuer did not answer in time")]
    TooSlow,
    #[error("the address {0} answered {1}")]
    Status(Url, StatusCode),
    #[error("the document is larger than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    #[error("the document is not a JSON Web Key Set: {0}")]
    NotAKeySet(#[source] serde_json::Error),
    #[error("the document at {0} is not an OpenID Connect discovery document: {1}")]
    NotADiscovery(Url, #[source] serde_json::Error),
    #[error("the discovery document is of the issuer `{0}`, not the one configured")]
    AnotherIssuer(String),
    #[error("the discovery document's `jwks_uri` `{0}` is not a secured address")]
    KeysNotSecured(String),
}

/// An issuer, asked over HTTP.
#[derive(Debug)]
pub(super) struct Provider {
    /// The JWKS document, or the discovery document.
    address: Url,
    /// The issuer whose discovery document it is.
    issuer: Option<String>,
    client: Client,
}

/// What matters of a discovery document.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Provider {
    /// Nothing is asked yet: a service starts while its issuer is down.
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
        // Redirects are not followed: they would move the trust to an address nobody configured.
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

    /// The JWKS document, from where it is said to be now. The caller bounds the time.
    pub(super) async fn keys(&self) -> Result<Vec<u8>, FetchError> {
        let Some(issuer) = &self.issuer else {
            return self.read(&self.address).await;
        };
        let document = self.read(&self.address).await?;
        let discovery: Discovery = serde_json::from_slice(&document)
            .map_err(|error| FetchError::NotADiscovery(self.address.clone(), error))?;
        // Exactly (Discovery §4.3): another's document must not say which keys are this issuer's.
        if discovery.issuer != *issuer {
            return Err(FetchError::AnotherIssuer(discovery.issuer));
        }
        let address: Option<Url> = discovery.jwks_uri.parse().ok();
        let secured = address.filter(|address| is_secured(address) && self.may_point_at(address));
        let address = secured.ok_or(FetchError::KeysNotSecured(discovery.jwks_uri))?;
        self.read(&address).await
    }

    /// A remote issuer does not send us to services of this very machine.
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

/// reqwest's own text stops at `error sending request`; the cause is below it.
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
