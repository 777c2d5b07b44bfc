//! Documents of a request (JSON or NDJSON): checks them and converts them to the form that the
//! indexer reads, NDJSON in a memory map.

use memmap2::{Mmap, MmapMut};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::{ApiError, ApiResult};
use super::request::{Request, mime};

const ACCEPTED: &str =
    "Accepted values for the Content-Type header are: `application/json`, `application/x-ndjson`";

/// Documents of one request.
pub(super) struct Payload {
    /// NDJSON; `None` without documents, because an empty memory map is not possible.
    pub lines: Option<Mmap>,
    pub count: u64,
}

impl Payload {
    /// Returns the size of the documents in bytes.
    pub fn len(&self) -> usize {
        self.lines.as_ref().map_or(0, |lines| lines.len())
    }

    /// Reads the documents of a request's body.
    pub fn read(request: &Request) -> ApiResult<Self> {
        let kind = match request.content_type.as_deref().map(mime) {
            Some("application/json") => "json",
            Some("application/x-ndjson") => "ndjson",
            Some(other) => {
                return Err(ApiError::new(
                    "invalid_content_type",
                    format!("The Content-Type `{other}` is invalid. {ACCEPTED}"),
                ));
            }
            None => {
                return Err(ApiError::new(
                    "missing_content_type",
                    format!("A Content-Type header is missing. {ACCEPTED}"),
                ));
            }
        };
        if request.body.iter().all(u8::is_ascii_whitespace) {
            return Err(ApiError::new(
                "missing_payload",
                format!("A {kind} payload is missing."),
            ));
        }
        let documents = if kind == "json" {
            read_json(&request.body)
        } else {
            read_lines(&request.body)
        };
        let documents = documents.map_err(|error| malformed(kind, &error))?;
        Ok(Self {
            lines: to_map(&documents)?,
            count: documents.len() as u64,
        })
    }
}

fn read_json(body: &[u8]) -> serde_json::Result<Vec<&RawValue>> {
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let documents: Vec<&RawValue> = if is_list {
        serde_json::from_slice(body)?
    } else {
        vec![serde_json::from_slice(body)?]
    };
    documents.into_iter().map(only_object).collect()
}

fn read_lines(body: &[u8]) -> serde_json::Result<Vec<&RawValue>> {
    serde_json::Deserializer::from_slice(body)
        .into_iter::<&RawValue>()
        .map(|line| only_object(line?))
        .collect()
}

fn only_object(document: &RawValue) -> serde_json::Result<&RawValue> {
    if !document.get().starts_with('{') {
        serde_json::from_str::<Map<String, Value>>(document.get())?;
    }
    Ok(document)
}

fn malformed(kind: &str, error: &serde_json::Error) -> ApiError {
    let reason = match error.classify() {
        serde_json::error::Category::Data => {
            "data are neither an object nor a list of objects".to_owned()
        }
        _ => error.to_string(),
    };
    let message = format!(
        "The `{kind}` payload provided is malformed. `Couldn't serialize document value: {reason}`."
    );
    ApiError::new("malformed_payload", message)
}

/// Copies the documents to an anonymous memory map, because the indexer reads only memory maps.
fn to_map(documents: &[&RawValue]) -> ApiResult<Option<Mmap>> {
    let size: usize = documents
        .iter()
        .map(|document| document.get().len() + 1)
        .sum();
    if size == 0 {
        return Ok(None);
    }
    let mut map = MmapMut::map_anon(size).map_err(ApiError::internal)?;
    let mut at = 0;
    for document in documents {
        let text = document.get().as_bytes();
        map[at..at + text.len()].copy_from_slice(text);
        at += text.len();
        map[at] = b'\n';
        at += 1;
    }
    map.make_read_only().map(Some).map_err(ApiError::internal)
}
