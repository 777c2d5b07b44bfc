//! Documents of tenders. They are encrypted to the opener's public key while they are uploaded, and
//! a tender binds them by the SHA-256 of their ciphertext. After the opening of a tender the opener's
//! process writes each of its documents in clear to the document storage.

mod bind;
mod open;
mod stream;
mod upload;

pub use bind::bind;
pub use open::{has_documents, open_documents};
pub use upload::{Uploaded, upload};

use serde::{Deserialize, Serialize};

use crate::{chain::Hash, kernel::ids::DocumentId};

/// Path of the HTTP API that receives documents of tenders.
pub const PATH: &str = "/tenders/documents";
/// Maximum number of documents of a tender.
pub const DOCUMENT_LIMIT: usize = 50;

/// A sealed document as its tender names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundDocument {
    /// The sealed document.
    pub id: DocumentId,
    /// SHA-256 of its ciphertext.
    pub sha256: Hash,
}
