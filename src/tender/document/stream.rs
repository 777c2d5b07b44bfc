//! The format of a sealed document, written and read in bounded memory.
//!
//! The plaintext of the age file is a frame with the description (JSON), frames with the content, an
//! empty frame, the size and the SHA-256 of the content, and zeros up to a bucket, so that the size
//! of the ciphertext says little. A frame is its length (4 bytes, big-endian) and its bytes.

use std::{
    io::{self, Read, Write},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use age::{
    DecryptError, Decryptor, Encryptor,
    stream::StreamWriter,
    x25519::{Identity, Recipient},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    document::encrypt::Encrypt,
    kernel::ids::{DocumentId, OrganisationId, ProcurementId},
    tender::sealing::{OpeningKey, SealingKey},
};

/// Largest frame, in bytes. A client's part that is longer becomes several frames.
const FRAME: usize = 64 << 10;
/// Buckets up to this size are multiples of [`STEP`]; larger ones grow by a quarter.
const SMALL: u64 = 64 << 10;
/// Sizes are multiples of this, in bytes.
const STEP: u64 = 4 << 10;

/// What a sealed document is, inside the seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The sealed document.
    pub document: DocumentId,
    /// Procurement that it was uploaded for.
    pub procurement: ProcurementId,
    /// Organisation that uploaded it.
    pub organisation: OrganisationId,
    /// Name of the file.
    pub file_name: String,
    /// Media type.
    pub media_type: String,
}

/// Returns the size to which a plaintext of this size is padded.
pub fn bucket(size: u64) -> u64 {
    if size <= SMALL {
        return size.next_multiple_of(STEP).max(STEP);
    }
    let mut bucket = SMALL;
    while bucket < size {
        bucket = (bucket + bucket / 4).next_multiple_of(STEP);
    }
    bucket
}

/// Ciphertext that is complete and not yet taken.
#[derive(Clone, Default)]
struct Complete(Arc<Mutex<Vec<u8>>>);

impl Complete {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Complete {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut complete = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        complete.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Seals one document.
pub struct Sealer {
    writer: Option<StreamWriter<Complete>>,
    complete: Complete,
    hash: Sha256,
    /// Bytes of the content.
    size: u64,
    /// Bytes of the plaintext.
    written: u64,
    /// Zeros that are still to be written; `None` until the content has ended.
    padding: Option<u64>,
}

impl Sealer {
    /// Begins to seal a document to the opener's key.
    pub fn new(key: &SealingKey, description: &Description) -> io::Result<Self> {
        let recipient = Recipient::from_str(&key.recipient()).map_err(io::Error::other)?;
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let complete = Complete::default();
        let mut sealer = Self {
            writer: Some(encryptor.wrap_output(complete.clone())?),
            complete,
            hash: Sha256::new(),
            size: 0,
            written: 0,
            padding: None,
        };
        sealer.frame(&serde_json::to_vec(description)?)?;
        Ok(sealer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let writer = self.writer.as_mut();
        let writer = writer.ok_or_else(|| io::Error::other("the document has ended"))?;
        writer.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn frame(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.put(&length.to_be_bytes())?;
        self.put(bytes)
    }
}

impl Encrypt for Sealer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        for part in bytes.chunks(FRAME) {
            self.frame(part)?;
        }
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(self.complete.take())
    }

    fn end(&mut self) -> io::Result<Option<Vec<u8>>> {
        let padding = match self.padding {
            Some(padding) => padding,
            None => {
                self.frame(&[])?;
                let (size, hash) = (self.size.to_be_bytes(), self.hash.clone().finalize());
                self.put(&size)?;
                self.put(&hash)?;
                bucket(self.written) - self.written
            }
        };
        let zeros = padding.min(FRAME as u64);
        if zeros > 0 {
            self.put(&vec![0; usize::try_from(zeros).unwrap_or(FRAME)])?;
            self.padding = Some(padding - zeros);
            return Ok(Some(self.complete.take()));
        }
        self.padding = Some(0);
        let Some(writer) = self.writer.take() else {
            return Ok(None);
        };
        writer.finish()?;
        Ok(Some(self.complete.take()))
    }
}

/// Failure to read a sealed document.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The document was sealed to another key.
    #[error("the document was sealed to another key")]
    WrongKey,
    /// The document is not in the storage.
    #[error("a sealed document is not in the document storage; check TORG_DOCUMENTS of the opener")]
    Missing,
    /// The document is not what was sealed.
    #[error("{0}")]
    Unauthentic(String),
    /// The content could not be read or written.
    #[error(transparent)]
    Storage(io::Error),
}

fn unauthentic(cause: impl std::fmt::Display) -> OpenError {
    OpenError::Unauthentic(cause.to_string())
}

/// Reads a sealed document and passes its content on part by part. Returns the description, and the
/// size and the SHA-256 of the content. Nothing of the content is authentic before this returns.
pub fn open(
    key: &OpeningKey,
    sealed: impl Read,
    mut content: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(Description, u64, [u8; 32]), OpenError> {
    let text = key.expose();
    let lines = text.lines().map(str::trim);
    let identities: Vec<Identity> = lines
        .filter_map(|line| Identity::from_str(line).ok())
        .collect();
    let decryptor = Decryptor::new(sealed).map_err(opening)?;
    let identities = identities.iter().map(|one| one as &dyn age::Identity);
    let mut plain = decryptor.decrypt(identities).map_err(opening)?;
    let description = frame(&mut plain)?;
    let description = serde_json::from_slice(&description).map_err(unauthentic)?;
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    loop {
        let part = frame(&mut plain)?;
        if part.is_empty() {
            break;
        }
        hash.update(&part);
        size += part.len() as u64;
        content(&part).map_err(OpenError::Storage)?;
    }
    let (mut stated_size, mut stated_hash) = ([0; 8], [0; 32]);
    plain.read_exact(&mut stated_size).map_err(reading)?;
    plain.read_exact(&mut stated_hash).map_err(reading)?;
    let hash: [u8; 32] = hash.finalize().into();
    if u64::from_be_bytes(stated_size) != size || stated_hash != hash {
        return Err(unauthentic(
            "the content does not match its size and SHA-256",
        ));
    }
    // The padding, and with it the end of the age file.
    io::copy(&mut plain, &mut io::sink()).map_err(reading)?;
    Ok((description, size, hash))
}

fn frame(plain: &mut impl Read) -> Result<Vec<u8>, OpenError> {
    let mut length = [0; 4];
    plain.read_exact(&mut length).map_err(reading)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME {
        return Err(unauthentic("a frame is too long"));
    }
    let mut bytes = vec![0; length];
    plain.read_exact(&mut bytes).map_err(reading)?;
    Ok(bytes)
}

/// A failure of the storage has a cause of its own ([`OpenError::Storage`]); every other failure to
/// read means that the ciphertext is not what was sealed.
fn reading(error: io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::NotConnected => OpenError::Storage(error),
        _ => unauthentic(error),
    }
}

fn opening(error: DecryptError) -> OpenError {
    match error {
        DecryptError::NoMatchingKeys => OpenError::WrongKey,
        DecryptError::Io(error) => reading(error),
        error => unauthentic(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> Description {
        Description {
            document: DocumentId::new(),
            procurement: ProcurementId::new(),
            organisation: OrganisationId::new(),
            file_name: "canary.pdf".into(),
            media_type: "application/pdf".into(),
        }
    }

    fn sealed(key: &OpeningKey, about: &Description, content: &[u8], part: usize) -> Vec<u8> {
        let mut sealer = Sealer::new(&key.recipient().parse().unwrap(), about).unwrap();
        let mut sealed = Vec::new();
        for part in content.chunks(part) {
            sealed.extend(sealer.write(part).unwrap());
        }
        while let Some(rest) = sealer.end().unwrap() {
            sealed.extend(rest);
        }
        sealed
    }

    fn opened(key: &OpeningKey, sealed: &[u8]) -> Result<(Description, Vec<u8>), OpenError> {
        let mut content = Vec::new();
        let (about, size, hash) = open(key, sealed, |part| {
            content.extend_from_slice(part);
            Ok(())
        })?;
        assert_eq!(size, content.len() as u64);
        assert_eq!(hash, <[u8; 32]>::from(Sha256::digest(&content)));
        Ok((about, content))
    }

    #[test]
    fn what_was_sealed_is_opened_in_parts_of_any_size() {
        let (key, about) = (OpeningKey::generate(), description());
        for (size, part) in [(1, 1), (4_000, 7), (300_000, 1_000), (1_000_000, 300_000)] {
            let content: Vec<u8> = (0..size).map(|byte: u32| byte.to_le_bytes()[0]).collect();
            let sealed = sealed(&key, &about, &content, part);
            let opened = opened(&key, &sealed).unwrap();
            assert_eq!(
                opened,
                (about.clone(), content),
                "{size} in parts of {part}"
            );
        }
    }

    #[test]
    fn another_key_and_a_changed_ciphertext_open_nothing() {
        let (key, about) = (OpeningKey::generate(), description());
        let sealed = sealed(&key, &about, &[7; 200_000], 1_000);
        assert!(!sealed.windows(6).any(|window| window == b"canary"));
        let other = opened(&OpeningKey::generate(), &sealed);
        assert!(matches!(other, Err(OpenError::WrongKey)));
        for place in [0, sealed.len() / 2, sealed.len() - 1] {
            let mut edited = sealed.clone();
            edited[place] ^= 1;
            assert!(opened(&key, &edited).is_err(), "at {place}");
        }
        let cut = opened(&key, &sealed[..sealed.len() - 70_000]);
        assert!(matches!(cut, Err(OpenError::Unauthentic(_))));
    }

    #[test]
    fn sizes_are_those_of_buckets() {
        for (size, expected) in [
            (0, 4_096),
            (1, 4_096),
            (4_096, 4_096),
            (4_097, 8_192),
            (65_536, 65_536),
            (65_537, 81_920),
        ] {
            assert_eq!(bucket(size), expected, "{size}");
        }
        for size in (1..50_000_000).step_by(999_983) {
            let bucket = bucket(size);
            assert!(
                bucket >= size && bucket <= size + size / 4 + 2 * STEP,
                "{size}"
            );
        }
        let (key, about) = (OpeningKey::generate(), description());
        let one = sealed(&key, &about, &[1; 100], 100);
        let other = sealed(&key, &about, &[1; 3_000], 100);
        // age adds a few random bytes to its header.
        assert!(one.len().abs_diff(other.len()) < 400);
    }
}
