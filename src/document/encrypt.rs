//! Uploads that are encrypted while they arrive, so that nothing of them is stored in clear.

use std::io;

use crate::kernel::ids::{DocumentId, ProcurementId};

/// Encrypts a document part by part.
pub trait Encrypt: Send {
    /// Encrypts the next bytes; returns the ciphertext that is complete.
    fn write(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>>;

    /// After the last bytes: returns the next part of the rest of the ciphertext, `None` at its end.
    fn end(&mut self) -> io::Result<Option<Vec<u8>>>;
}

/// An upload that is stored encrypted.
pub struct SealedUpload<'a> {
    /// ID of the document.
    pub id: DocumentId,
    /// Procurement whose tenders may have the document.
    pub procurement: ProcurementId,
    /// Encrypts the content.
    pub encrypt: &'a mut dyn Encrypt,
}

/// File name in the row of a sealed document, in place of its own.
pub const SEALED_NAME: &str = "sealed.age";
/// Media type of a sealed document.
pub const SEALED_MEDIA: &str = "application/octet-stream";
