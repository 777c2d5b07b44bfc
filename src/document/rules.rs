//! The rules of uploads: file names, media types, sizes and quotas.

use chrono::TimeDelta;

use crate::kernel::message::{Message, Parameter};

/// Maximum length of a file name, in characters.
pub const FILE_NAME_LIMIT: usize = 200;
/// Maximum number of an organisation's documents that nothing refers to.
pub const UNATTACHED_LIMIT: i64 = 100;
/// Maximum total size of these documents, in bytes.
pub const UNATTACHED_BYTES: i64 = 1 << 30;
/// Maximum number of concurrent uploads of an organisation.
pub const RUNNING_LIMIT: i64 = 5;
/// Time after which a document that nothing refers to is removed.
pub const UNUSED_FOR: TimeDelta = TimeDelta::hours(24);
/// Time after which an unfinished upload counts as dead, because its process was killed. Longer
/// than any upload may take.
pub const DEAD_AFTER: TimeDelta = TimeDelta::hours(2);

/// Reason why an upload is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The file name is missing or malformed, or its extension is not one of the media type.
    FileName,
    /// The media type is missing or not accepted.
    MediaType,
    /// The content does not match the media type.
    Mismatch,
    /// The document is too large.
    TooLarge,
    /// The document is empty.
    Empty,
    /// The organisation has too many documents that nothing refers to.
    Quota,
    /// Too many uploads are running.
    Busy,
    /// The client paused for too long, or the upload took too long.
    Stalled,
    /// The client sent less than the minimum throughput.
    TooSlow,
    /// The client ended the upload before it was complete.
    Interrupted,
}

/// A rejected upload, with its reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Machine-readable reason.
    pub reason: Reason,
    /// Message for the user.
    pub message: Message,
}

impl Rejection {
    /// Creates a rejection.
    pub fn new(reason: Reason, message: impl Into<Message>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// How the content of a media type is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// UTF-8 text without NUL.
    Text,
    /// The first bytes are those of one of these types, as `infer` names them.
    Binary(&'static [&'static str]),
}

/// An accepted media type.
#[derive(Debug, PartialEq, Eq)]
pub struct Media {
    /// Media type (IANA), without parameters.
    pub name: &'static str,
    /// File name extensions.
    pub extensions: &'static [&'static str],
    /// How its content is recognised.
    pub signature: Signature,
}

const ZIP: &str = "application/zip";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const ODT: &str = "application/vnd.oasis.opendocument.text";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
const ODP: &str = "application/vnd.oasis.opendocument.presentation";

const fn media(
    name: &'static str,
    extensions: &'static [&'static str],
    signature: Signature,
) -> Media {
    Media {
        name,
        extensions,
        signature,
    }
}

/// Accepted media types: documents, spreadsheets, drawings, pictures and data; no programs, no old
/// office formats with macros, no web pages. Office documents are ZIP archives, and their first
/// bytes do not always show which kind they are.
pub static MEDIA: [Media; 18] = {
    use Signature::{Binary, Text};
    [
        media("application/pdf", &["pdf"], Binary(&["application/pdf"])),
        media(DOCX, &["docx"], Binary(&[DOCX, ZIP])),
        media(XLSX, &["xlsx"], Binary(&[XLSX, ZIP])),
        media(PPTX, &["pptx"], Binary(&[PPTX, ZIP])),
        media(ODT, &["odt"], Binary(&[ODT, ZIP])),
        media(ODS, &["ods"], Binary(&[ODS, ZIP])),
        media(ODP, &["odp"], Binary(&[ODP, ZIP])),
        media("application/rtf", &["rtf"], Binary(&["application/rtf"])),
        media("text/plain", &["txt"], Text),
        media("text/csv", &["csv"], Text),
        media("text/markdown", &["md"], Text),
        media("application/xml", &["xml"], Text),
        media("application/json", &["json"], Text),
        media("image/png", &["png"], Binary(&["image/png"])),
        media("image/jpeg", &["jpg", "jpeg"], Binary(&["image/jpeg"])),
        media("image/webp", &["webp"], Binary(&["image/webp"])),
        media("image/vnd.dwg", &["dwg"], Binary(&["image/vnd.dwg"])),
        media(
            ZIP,
            &["zip"],
            Binary(&[ZIP, DOCX, XLSX, PPTX, ODT, ODS, ODP]),
        ),
    ]
};

impl Media {
    /// Parses a `Content-Type` header. A text may state the character set UTF-8 or none.
    pub fn of_header(content_type: Option<&str>) -> Result<&'static Self, Rejection> {
        let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let reject = |message: Message| Err(Rejection::new(Reason::MediaType, message));
        if name.is_empty() {
            return reject(message!(
                "the header `Content-Type` is required; send the document's media type, such as `{example}`",
                example = MEDIA[0].name,
            ));
        }
        let Some(media) = MEDIA.iter().find(|media| media.name == name) else {
            return reject(message!(
                "documents of this media type are not accepted; send one of {allowed}",
                allowed = known(),
            ));
        };
        let charset = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(key, _)| key.eq_ignore_ascii_case("charset"));
        match charset {
            Some((_, set)) if !set.trim_matches('"').eq_ignore_ascii_case("utf-8") => {
                reject("text must be UTF-8; convert it, and leave out `charset`".into())
            }
            _ => Ok(media),
        }
    }

    /// Returns the `Content-Type` for a download.
    pub fn header_of(name: &str) -> String {
        let text = MEDIA
            .iter()
            .any(|media| media.name == name && media.signature == Signature::Text);
        // JSON is UTF-8 by definition (RFC 8259 §8.1) and has no such parameter.
        match text && name != "application/json" {
            true => format!("{name}; charset=utf-8"),
            false => name.to_owned(),
        }
    }
}

fn known() -> Parameter {
    Parameter::list(MEDIA.each_ref().map(|media| media.name))
}

/// Checks a file name: it is shown to readers and is the name of the downloaded file.
pub fn check_file_name(name: &str, media: &Media) -> Result<(), Rejection> {
    let reject = |message: Message| Err(Rejection::new(Reason::FileName, message));
    if name.is_empty() {
        return reject("the file name is required; send it as `?fileName=`".into());
    }
    if name.chars().count() > FILE_NAME_LIMIT {
        return reject(message!(
            "the file name is too long; send at most {limit} characters",
            limit = FILE_NAME_LIMIT,
        ));
    }
    if name.trim() != name || name.starts_with('.') || name.chars().any(is_misleading) {
        return reject(
            "the file name must not contain `/`, `\\`, control or text direction characters, and must not begin with a dot or a space; rename the file"
                .into(),
        );
    }
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    if !ending.is_some_and(|ending| media.extensions.contains(&ending.as_str())) {
        return reject(message!(
            "the file name must end with {allowed} for the media type {mediaType}; rename the file",
            allowed = Parameter::any_of(media.extensions.iter().map(|ending| format!(".{ending}"))),
            mediaType = media.name,
        ));
    }
    Ok(())
}

/// Returns whether a character is a path separator or could make a name look like another one:
/// control, text direction and invisible characters, and replacements of invalid bytes.
fn is_misleading(character: char) -> bool {
    matches!(character, '/' | '\\' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffd}')
        || character.is_control()
}

/// Checks the size that the client announced, in bytes.
pub fn check_declared_size(size: Option<u64>, limit: u64) -> Result<(), Rejection> {
    match size {
        Some(0) => Err(empty()),
        Some(size) if size > limit => Err(too_large(limit)),
        _ => Ok(()),
    }
}

/// Returns the rejection of a document that is larger than the limit.
pub fn too_large(limit: u64) -> Rejection {
    let message = message!(
        "the document is too large; send at most {limit} bytes",
        limit
    );
    Rejection::new(Reason::TooLarge, message)
}

/// Returns the rejection of an empty document.
pub fn empty() -> Rejection {
    Rejection::new(
        Reason::Empty,
        "the document is empty; send its bytes as the request body",
    )
}

/// An organisation's documents that nothing refers to.
#[derive(Clone, Copy, Debug)]
pub struct Unattached {
    /// Number of documents, including running uploads.
    pub count: i64,
    /// Total size in bytes; of a running upload its maximum size.
    pub bytes: i64,
    /// Number of running uploads.
    pub running: i64,
}

/// Checks that one more upload of at most `size` bytes may begin.
pub fn check_unattached(has: Unattached, size: i64) -> Result<(), Rejection> {
    if has.running >= RUNNING_LIMIT {
        let message = message!(
            "an organisation may upload at most {limit} documents at a time; wait until one upload is complete",
            limit = RUNNING_LIMIT,
        );
        return Err(Rejection::new(Reason::Busy, message));
    }
    if has.count >= UNATTACHED_LIMIT || has.bytes.saturating_add(size) > UNATTACHED_BYTES {
        let message = message!(
            "an organisation may have at most {limit} documents and {bytes} bytes that nothing refers to; \
             attach some to a draft, or wait: unused ones are removed after {hours} hours",
            limit = UNATTACHED_LIMIT,
            bytes = UNATTACHED_BYTES,
            hours = UNUSED_FOR.num_hours(),
        );
        return Err(Rejection::new(Reason::Quota, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(result: Result<(), Rejection>) -> Option<Reason> {
        result.err().map(|rejection| rejection.reason)
    }

    #[test]
    fn content_type_is_parsed_with_parameters() {
        let name = |header| Media::of_header(header).map(|media| media.name).ok();
        for (header, expected) in [
            (None, None),
            (Some(""), None),
            (Some("application/pdf"), Some("application/pdf")),
            (Some("Text/CSV; Charset=\"UTF-8\""), Some("text/csv")),
            (Some("text/plain;charset=utf-8"), Some("text/plain")),
            (Some("text/plain; charset=iso-8859-1"), None),
            (Some("text/html"), None),
            (Some("application/octet-stream"), None),
            (Some("application/x-msdownload"), None),
            (Some("image/svg+xml"), None),
        ] {
            assert_eq!(name(header), expected, "{header:?}");
        }
    }

    #[test]
    fn file_name_is_safe_and_has_the_types_extension() {
        let pdf = &MEDIA[0];
        let long = format!("{}.pdf", "x".repeat(FILE_NAME_LIMIT - 4));
        for good in [
            "a.pdf",
            "Förfrågan (2).PDF",
            "a b.c.pdf",
            "a\"b;.pdf",
            &long,
        ] {
            assert_eq!(check_file_name(good, pdf), Ok(()), "{good}");
        }
        let too_long = format!("x{long}");
        for bad in [
            "",
            "pdf",
            "a",
            "a.exe",
            "a.pdf.exe",
            "../a.pdf",
            "a/b.pdf",
            "a\\b.pdf",
            "a\r\nSet-Cookie: x.pdf",
            "a\u{0}.pdf",
            "a\u{202e}fdp.pdf",
            "a\u{200b}.pdf",
            ".a.pdf",
            " a.pdf",
            "a.pdf ",
            &too_long,
        ] {
            assert_eq!(
                reason(check_file_name(bad, pdf)),
                Some(Reason::FileName),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn limits_are_inclusive() {
        let has = |count, bytes, running| Unattached {
            count,
            bytes,
            running,
        };
        let size = 10;
        for (has, refused) in [
            (has(0, 0, 0), None),
            (has(UNATTACHED_LIMIT - 1, 0, 0), None),
            (has(UNATTACHED_LIMIT, 0, 0), Some(Reason::Quota)),
            (has(1, UNATTACHED_BYTES - size, 0), None),
            (has(1, UNATTACHED_BYTES - size + 1, 0), Some(Reason::Quota)),
            (has(RUNNING_LIMIT, 0, RUNNING_LIMIT - 1), None),
            (has(RUNNING_LIMIT, 0, RUNNING_LIMIT), Some(Reason::Busy)),
        ] {
            assert_eq!(reason(check_unattached(has, size)), refused, "{has:?}");
        }
        assert_eq!(check_declared_size(None, 5), Ok(()));
        assert_eq!(check_declared_size(Some(5), 5), Ok(()));
        assert_eq!(
            reason(check_declared_size(Some(6), 5)),
            Some(Reason::TooLarge)
        );
        assert_eq!(reason(check_declared_size(Some(0), 5)), Some(Reason::Empty));
    }
}
