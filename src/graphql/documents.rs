//! Persisted documents: parsed once, and named by their SHA-256 instead of being sent.
//!
//! Trusted documents are loaded at start: those of `schema/operations`, and those of the operator's
//! folder. Another document is persisted when a client sends it with its hash (automatic persisted
//! queries, Apollo's protocol). Each process persists documents in its own memory; a client that
//! names an unknown hash gets an error and sends the document again.

use std::{
    collections::HashMap,
    fmt::Write,
    io,
    path::Path,
    sync::{Arc, OnceLock},
};

use async_graphql::{ServerError, ServerResult, parser::types::ExecutableDocument};
use include_dir::{Dir, include_dir};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::{
    coercion::{CheckedDocument, DocumentText},
    limits::{Limits, coded, count_mutations},
    operation::selected_operation,
};

/// Runnable documents of the journeys, which frontends copy.
static OPERATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schema/operations");

/// Maximum memory of the parsed documents, in bytes. The cache evicts documents that are rarely
/// used.
const PARSED_BYTES: u64 = 64 << 20;
/// Maximum memory of the documents that clients persisted, in bytes.
const PERSISTED_BYTES: u64 = 16 << 20;

/// Returns the memory of a parsed and validated document in bytes, about 180 times its text: 150
/// were measured for the parsed one, the rest is estimated.
fn parsed_bytes(text: &str) -> u32 {
    u32::try_from(text.len().saturating_mul(180).saturating_add(1_500)).unwrap_or(u32::MAX)
}

/// Returns the memory of a persisted text in bytes, with its hash and its cache entry.
fn persisted_bytes(text: &str) -> u32 {
    u32::try_from(text.len().saturating_add(300)).unwrap_or(u32::MAX)
}

/// Trusted, persisted and parsed documents. Cheap to clone.
#[derive(Clone)]
pub struct Documents(Arc<Stores>);

struct Stores {
    limits: Limits,
    trusted: HashMap<String, Arc<str>>,
    only_trusted: bool,
    persisted: Cache<String, Arc<str>>,
    parsed: Cache<Arc<str>, Arc<Document>>,
}

/// A parsed document, with the result of its validation once it was asked for.
pub struct Document {
    /// The document as the parser returns it.
    pub parsed: ExecutableDocument,
    text: DocumentText,
    checked: OnceLock<Result<CheckedDocument, Vec<ServerError>>>,
}

impl Document {
    /// Returns the result of the validation, which runs once for each document.
    pub fn checked(
        &self,
        check: impl FnOnce(
            &ExecutableDocument,
            &DocumentText,
        ) -> Result<CheckedDocument, Vec<ServerError>>,
    ) -> Result<&CheckedDocument, &[ServerError]> {
        let checked = self.checked.get_or_init(|| check(&self.parsed, &self.text));
        checked.as_ref().map_err(Vec::as_slice)
    }

    /// Returns the document as it was found valid before.
    pub fn valid(&self) -> Option<&CheckedDocument> {
        self.checked.get()?.as_ref().ok()
    }
}

/// Error of a request from which no document can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// The request neither contains nor names a document.
    Missing,
    /// The request names an unknown document; the client must send it with its hash.
    NotFound,
    /// The request contains a document and the hash of another.
    Mismatch,
}

impl Documents {
    /// Loads the trusted documents: those compiled in, and the `.graphql` files of `folder`. With
    /// `only_trusted` no other document runs.
    pub fn new(limits: Limits, folder: Option<&Path>, only_trusted: bool) -> io::Result<Self> {
        let compiled = OPERATIONS.files().filter_map(|file| file.contents_utf8());
        let mut trusted: Vec<String> = compiled.map(str::to_owned).collect();
        if let Some(folder) = folder {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|ending| ending == "graphql") {
                    trusted.push(std::fs::read_to_string(path)?);
                }
            }
        }
        let persisted = Cache::builder()
            .max_capacity(PERSISTED_BYTES)
            .weigher(|_, text: &Arc<str>| persisted_bytes(text));
        let parsed = Cache::builder()
            .max_capacity(PARSED_BYTES)
            .weigher(|text: &Arc<str>, _| parsed_bytes(text));
        let trusted = trusted.into_iter().map(|text| (hash(&text), text.into()));
        Ok(Self(Arc::new(Stores {
            limits,
            trusted: trusted.collect(),
            only_trusted,
            persisted: persisted.build(),
            parsed: parsed.build(),
        })))
    }

    /// Returns the document that a request contains or names by its hash. A document sent with its
    /// hash is persisted.
    pub fn find(
        &self,
        text: Option<String>,
        named: Option<&str>,
    ) -> Result<Arc<str>, DocumentError> {
        let text = text.filter(|text| !text.is_empty()).map(Arc::<str>::from);
        match (text, named.map(str::to_ascii_lowercase)) {
            (None, None) => Err(DocumentError::Missing),
            (Some(text), None) => Ok(text),
            (None, Some(named)) => {
                let trusted = self.0.trusted.get(&named).cloned();
                let found = trusted.or_else(|| self.0.persisted.get(&named));
                found.ok_or(DocumentError::NotFound)
            }
            (Some(text), Some(named)) if hash(&text) == named => {
                // A document that cannot be parsed or may not run is not persisted.
                if self.parse(&text).is_ok() {
                    self.0.persisted.insert(named, text.clone());
                }
                Ok(text)
            }
            (Some(_), Some(_)) => Err(DocumentError::Mismatch),
        }
    }

    /// Returns the parsed document, or an error if it may not run or exceeds a limit.
    pub fn parse(&self, text: &str) -> ServerResult<Arc<Document>> {
        if let Some(parsed) = self.0.parsed.get(text) {
            return Ok(parsed);
        }
        if !self.may_run(text) {
            let message =
                "this server runs only documents that its operator trusts; use one of those";
            let error = ServerError::new(message, None);
            return Err(coded(error, "DOCUMENT_NOT_TRUSTED"));
        }
        let (parsed, lost) = self.0.limits.parse(text)?;
        let document = Arc::new(Document {
            parsed,
            text: lost,
            checked: OnceLock::new(),
        });
        self.0.parsed.insert(text.into(), document.clone());
        Ok(document)
    }

    /// Returns the number of mutations of the operation that a request runs; 0 for another
    /// operation, and for a document that is refused.
    pub fn count_mutations(&self, text: &str, operation: Option<&str>) -> usize {
        let Ok(document) = self.parse(text) else {
            return 0;
        };
        let selected = selected_operation(&document.parsed, operation);
        selected.map_or(0, |(_, operation)| {
            count_mutations(&document.parsed, operation)
        })
    }

    fn may_run(&self, text: &str) -> bool {
        !self.0.only_trusted || self.0.trusted.contains_key(&hash(text))
    }
}

/// Returns the SHA-256 of a document's text in hexadecimal digits.
pub fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().fold(String::new(), |mut digits, byte| {
        // Writing into a string does not fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(only_trusted: bool) -> Documents {
        Documents::new(Limits::default(), None, only_trusted).unwrap()
    }

    #[test]
    fn a_document_is_found_by_its_text_or_hash() {
        let documents = documents(false);
        let text = "{ viewer { id } }";
        let named = hash(text);
        let found = |text: Option<&str>, named: Option<&str>| {
            let found = documents.find(text.map(str::to_owned), named);
            found.map(|text| text.to_string())
        };
        assert_eq!(found(None, None), Err(DocumentError::Missing));
        assert_eq!(found(Some(""), None), Err(DocumentError::Missing));
        assert_eq!(found(None, Some(&named)), Err(DocumentError::NotFound));
        assert_eq!(
            found(Some("{ a }"), Some(&named)),
            Err(DocumentError::Mismatch)
        );
        assert_eq!(found(None, Some(&named)), Err(DocumentError::NotFound));
        assert_eq!(found(Some(text), Some(&named)), Ok(text.to_owned()));
        let other_case = named.to_uppercase();
        assert_eq!(found(None, Some(&other_case)), Ok(text.to_owned()));
    }

    #[test]
    fn compiled_documents_are_trusted_and_within_the_limits() {
        let documents = documents(true);
        for file in OPERATIONS.files() {
            let text = file.contents_utf8().unwrap();
            assert_eq!(documents.find(None, Some(&hash(text))).as_deref(), Ok(text));
            assert!(documents.parse(text).is_ok(), "{}", file.path().display());
        }
    }

    #[test]
    fn untrusted_documents_neither_run_nor_persist() {
        let documents = documents(true);
        let other = "{ viewer { id } }";
        assert!(documents.parse(other).is_err());
        let named = hash(other);
        assert!(documents.find(Some(other.into()), Some(&named)).is_ok());
        assert_eq!(
            documents.find(None, Some(&named)),
            Err(DocumentError::NotFound)
        );
    }

    #[test]
    fn documents_of_the_folder_are_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let text = "query Own { viewer { id } }";
        std::fs::write(folder.path().join("own.graphql"), text).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "{ a }").unwrap();
        let documents = Documents::new(Limits::default(), Some(folder.path()), true).unwrap();
        assert_eq!(documents.find(None, Some(&hash(text))).as_deref(), Ok(text));
        assert!(documents.parse("{ a }").is_err());
        let nowhere = folder.path().join("none");
        assert!(Documents::new(Limits::default(), Some(&nowhere), true).is_err());
    }
}
