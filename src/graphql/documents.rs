//! Documents: read once and kept, and named by their SHA-256 instead of being sent.
//!
//! Trusted documents are known from the start: those of `schema/operations`, and those of a folder of the operator's.
//! Others are remembered when a client sends one with its hash (automatic persisted queries, as Apollo's clients speak
//! them); each process remembers for itself, and a client is told to send it again where it is not known.

use std::{collections::HashMap, fmt::Write, io, path::Path, sync::Arc};

use async_graphql::{
    ServerError, ServerResult,
    parser::types::{ExecutableDocument, OperationDefinition},
};
use include_dir::{Dir, include_dir};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::limits::{Limits, coded};

/// The journeys, which clients copy.
static OPERATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schema/operations");

/// The most bytes of memory for documents that are kept read. What is asked for often stays.
const READ: u64 = 64 << 20;
/// The most bytes of memory for texts that clients had remembered.
const REMEMBERED: u64 = 16 << 20;

/// The bytes that a read document takes, as measured: what is read is some 150 times its text.
fn read_bytes(text: &str) -> u32 {
    u32::try_from(text.len().saturating_mul(150).saturating_add(1_500)).unwrap_or(u32::MAX)
}

/// The bytes that a remembered text takes, with its hash and its place.
fn remembered_bytes(text: &str) -> u32 {
    u32::try_from(text.len().saturating_add(300)).unwrap_or(u32::MAX)
}

/// The operation of a document that would run, with its name: the one that is asked for, or the only one (GraphQL §6.1).
pub fn operation<'d>(
    document: &'d ExecutableDocument,
    asked_for: Option<&str>,
) -> Option<(Option<&'d str>, &'d OperationDefinition)> {
    let mut operations = document
        .operations
        .iter()
        .filter(|(name, _)| asked_for.is_none() || name.map(|name| name.as_str()) == asked_for);
    let (name, operation) = operations.next()?;
    let clear = operations.next().is_none();
    clear.then_some((name.map(|name| name.as_str()), &operation.node))
}

/// What is known of documents. Cheap to clone.
#[derive(Clone)]
pub struct Documents(Arc<Known>);

struct Known {
    limits: Limits,
    trusted: HashMap<String, Arc<str>>,
    only_trusted: bool,
    remembered: Cache<String, Arc<str>>,
    read: Cache<Arc<str>, Arc<ExecutableDocument>>,
}

/// Why a request names no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It neither sends nor names one.
    Missing,
    /// It names one that is not known here; send it with its hash.
    NotFound,
    /// It sends one with the hash of another.
    Mismatch,
}

impl Documents {
    /// Trusts what is compiled in and the `.graphql` files of a folder; `only_trusted`: and runs nothing else.
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
        let remembered = Cache::builder()
            .max_capacity(REMEMBERED)
            .weigher(|_, text: &Arc<str>| remembered_bytes(text));
        let read = Cache::builder()
            .max_capacity(READ)
            .weigher(|text: &Arc<str>, _| read_bytes(text));
        let trusted = trusted.into_iter().map(|text| (hash(&text), text.into()));
        Ok(Self(Arc::new(Known {
            limits,
            trusted: trusted.collect(),
            only_trusted,
            remembered: remembered.build(),
            read: read.build(),
        })))
    }

    /// The document that a request sends, names by its hash, or both.
    pub fn find(&self, text: Option<String>, named: Option<&str>) -> Result<Arc<str>, Unknown> {
        let text = text.filter(|text| !text.is_empty()).map(Arc::<str>::from);
        match (text, named.map(str::to_ascii_lowercase)) {
            (None, None) => Err(Unknown::Missing),
            (Some(text), None) => Ok(text),
            (None, Some(named)) => {
                let trusted = self.0.trusted.get(&named).cloned();
                let found = trusted.or_else(|| self.0.remembered.get(&named));
                found.ok_or(Unknown::NotFound)
            }
            (Some(text), Some(named)) if hash(&text) == named => {
                // What cannot be read, or is not run here, is not remembered.
                if self.read(&text).is_ok() {
                    self.0.remembered.insert(named, text.clone());
                }
                Ok(text)
            }
            (Some(_), Some(_)) => Err(Unknown::Mismatch),
        }
    }

    /// The document, read and within the limits; or why it is not.
    pub fn read(&self, text: &str) -> ServerResult<Arc<ExecutableDocument>> {
        if let Some(read) = self.0.read.get(text) {
            return Ok(read);
        }
        if !self.is_run(text) {
            let message = "only the documents that this server's operator has chosen are run here";
            let error = ServerError::new(message, None);
            return Err(coded(error, "DOCUMENT_NOT_TRUSTED"));
        }
        let document = Arc::new(self.0.limits.read(text)?);
        self.0.read.insert(text.into(), document.clone());
        Ok(document)
    }

    fn is_run(&self, text: &str) -> bool {
        !self.0.only_trusted || self.0.trusted.contains_key(&hash(text))
    }
}

/// The SHA-256 of a document's text, in hexadecimal digits.
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
    fn a_document_is_found_as_it_is_sent_or_named() {
        let documents = documents(false);
        let text = "{ viewer { id } }";
        let named = hash(text);
        let found = |text: Option<&str>, named: Option<&str>| {
            let found = documents.find(text.map(str::to_owned), named);
            found.map(|text| text.to_string())
        };
        assert_eq!(found(None, None), Err(Unknown::Missing));
        assert_eq!(found(Some(""), None), Err(Unknown::Missing));
        assert_eq!(found(None, Some(&named)), Err(Unknown::NotFound));
        assert_eq!(found(Some("{ a }"), Some(&named)), Err(Unknown::Mismatch));
        assert_eq!(found(None, Some(&named)), Err(Unknown::NotFound));
        assert_eq!(found(Some(text), Some(&named)), Ok(text.to_owned()));
        let other_case = named.to_uppercase();
        assert_eq!(found(None, Some(&other_case)), Ok(text.to_owned()));
    }

    #[test]
    fn what_is_compiled_in_is_trusted_and_within_the_limits() {
        let documents = documents(true);
        for file in OPERATIONS.files() {
            let text = file.contents_utf8().unwrap();
            assert_eq!(documents.find(None, Some(&hash(text))).as_deref(), Ok(text));
            assert!(documents.read(text).is_ok(), "{}", file.path().display());
        }
    }

    #[test]
    fn others_are_neither_run_nor_remembered_where_only_the_trusted_are() {
        let documents = documents(true);
        let other = "{ viewer { id } }";
        assert!(documents.read(other).is_err());
        let named = hash(other);
        assert!(documents.find(Some(other.into()), Some(&named)).is_ok());
        assert_eq!(documents.find(None, Some(&named)), Err(Unknown::NotFound));
    }

    #[test]
    fn a_folders_documents_are_trusted_too() {
        let folder = tempfile::tempdir().unwrap();
        let text = "query Own { viewer { id } }";
        std::fs::write(folder.path().join("own.graphql"), text).unwrap();
        std::fs::write(folder.path().join("notes.txt"), "{ a }").unwrap();
        let documents = Documents::new(Limits::default(), Some(folder.path()), true).unwrap();
        assert_eq!(documents.find(None, Some(&hash(text))).as_deref(), Ok(text));
        assert!(documents.read("{ a }").is_err());
        let nowhere = folder.path().join("none");
        assert!(Documents::new(Limits::default(), Some(&nowhere), true).is_err());
    }
}
