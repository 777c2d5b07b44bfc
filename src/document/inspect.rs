//! Checks while a document is received that its content is of its media type.

use super::rules::{Media, Reason, Rejection, Signature};

/// Number of first bytes that identify a file; the parts of an office document are named within
/// them.
const HEAD: usize = 8 << 10;

/// Executable text, as `infer` names it. Every other program contains a NUL or is none of the
/// accepted types.
const SCRIPT: &str = "text/x-shellscript";

/// Inspector of a document's bytes in order.
pub struct Inspector {
    media: &'static Media,
    /// First bytes, at most [`HEAD`].
    head: Vec<u8>,
    judged: bool,
    /// First bytes of a character that continues in the next chunk.
    tail: Vec<u8>,
}

impl Inspector {
    /// Creates an inspector for a document declared as this type.
    pub fn new(media: &'static Media) -> Self {
        Self {
            media,
            head: Vec::with_capacity(HEAD),
            judged: false,
            tail: Vec::new(),
        }
    }

    /// Inspects the next bytes.
    pub fn inspect(&mut self, bytes: &[u8]) -> Result<(), Rejection> {
        let missing = HEAD - self.head.len();
        self.head
            .extend_from_slice(&bytes[..bytes.len().min(missing)]);
        if self.head.len() == HEAD && !self.judged {
            self.judge()?;
        }
        match self.media.signature {
            Signature::Text => self.read_text(bytes),
            Signature::Binary(_) => Ok(()),
        }
    }

    /// Finishes the inspection after the last bytes.
    pub fn end(mut self) -> Result<(), Rejection> {
        if !self.judged {
            self.judge()?;
        }
        match self.tail.is_empty() {
            true => Ok(()),
            false => Err(not_text()),
        }
    }

    fn judge(&mut self) -> Result<(), Rejection> {
        self.judged = true;
        let found = infer::get(&self.head).map(|kind| kind.mime_type());
        let Signature::Binary(expected) = self.media.signature else {
            return match found {
                Some(SCRIPT) => Err(Rejection::new(
                    Reason::Mismatch,
                    "programs and scripts are not accepted; upload a document",
                )),
                _ => Ok(()),
            };
        };
        if found.is_some_and(|found| expected.contains(&found)) {
            return Ok(());
        }
        let message = match found {
            Some(found) => message!(
                "the document is {found} and not {mediaType}; send its type in `Content-Type`",
                found,
                mediaType = self.media.name,
            ),
            None => message!(
                "the document does not begin like {mediaType}; send its type in `Content-Type`",
                mediaType = self.media.name,
            ),
        };
        Err(Rejection::new(Reason::Mismatch, message))
    }

    fn read_text(&mut self, bytes: &[u8]) -> Result<(), Rejection> {
        if bytes.contains(&0) {
            return Err(not_text());
        }
        self.tail.extend_from_slice(bytes);
        match std::str::from_utf8(&self.tail) {
            Ok(_) => self.tail.clear(),
            Err(error) if error.error_len().is_none() => {
                self.tail.drain(..error.valid_up_to());
            }
            Err(_) => return Err(not_text()),
        }
        Ok(())
    }
}

fn not_text() -> Rejection {
    Rejection::new(
        Reason::Mismatch,
        "the document is not UTF-8 text; convert it, or send its type in `Content-Type`",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inspect(media: &str, chunks: &[&[u8]]) -> Result<(), Rejection> {
        let mut inspector = Inspector::new(Media::of_header(Some(media)).unwrap());
        for chunk in chunks {
            inspector.inspect(chunk)?;
        }
        inspector.end()
    }

    #[test]
    fn content_matches_its_media_type() {
        let elf: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0 and more of it, as a program has, and more than fifty-two bytes";
        for (media, content, taken) in [
            ("application/pdf", b"%PDF-1.7\n".as_slice(), true),
            ("application/pdf", b"PK\x03\x04", false),
            ("application/pdf", b"plain", false),
            ("image/png", b"\x89PNG\r\n\x1a\n", true),
            ("image/jpeg", b"\x89PNG\r\n\x1a\n", false),
            ("application/zip", b"PK\x03\x04", true),
            (
                "application/vnd.oasis.opendocument.text",
                b"PK\x03\x04",
                true,
            ),
            ("text/plain", "En rad på svenska.".as_bytes(), true),
            ("text/plain", b"caf\xe9", false),
            ("text/plain", b"with a \0", false),
            ("text/plain", b"#!/bin/sh\nrm -rf /\n", false),
            ("text/markdown", b"<!-- a note -->\n# Title", true),
            (
                "text/plain",
                b"MZ is how a program begins, and this text",
                true,
            ),
            ("text/plain", elf, false),
            ("application/pdf", elf, false),
            ("application/zip", elf, false),
        ] {
            assert_eq!(
                inspect(media, &[content]).is_ok(),
                taken,
                "{media} {content:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn text_is_accepted_in_any_chunks(text in "\\PC{0,80}", cuts in prop::collection::vec(0usize..300, 0..6)) {
            prop_assume!(!text.starts_with("#!"));
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(inspect("text/plain", &chunks), Ok(()));
            // An incomplete character at the end is invalid.
            let broken: Vec<&[u8]> = chunks.into_iter().chain([b"\xc3".as_slice()]).collect();
            prop_assert!(inspect("text/plain", &broken).is_err());
        }
    }
}
