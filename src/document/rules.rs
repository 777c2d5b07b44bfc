//! What may be uploaded: names, kinds of files, sizes, how many at a time, and for how long.

use chrono::TimeDelta;

/// The longest file name, in characters.
pub const FILE_NAME_LIMIT: usize = 200;
/// Documents that an organisation may have which nothing refers to.
pub const UNATTACHED_LIMIT: i64 = 100;
/// Their bytes together.
pub const UNATTACHED_BYTES: i64 = 1 << 30;
/// Uploads that run at a time for one organisation.
pub const RUNNING_LIMIT: i64 = 5;
/// How long a document stays that nothing refers to.
pub const UNUSED_FOR: TimeDelta = TimeDelta::hours(24);
/// After this long an upload that has not ended never will: its process was killed. Longer than any may take.
pub const DEAD_AFTER: TimeDelta = TimeDelta::hours(2);

/// Why an upload is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The file name is missing or malformed, or does not end as the media type's files do.
    FileName,
    /// The media type is missing or not one of those taken.
    MediaType,
    /// The content is not what the media type says.
    Mismatch,
    /// It is larger than allowed.
    TooLarge,
    /// There is nothing in it.
    Empty,
    /// The organisation has too many documents that nothing refers to.
    Quota,
    /// Too many uploads run at this moment.
    Busy,
    /// Nothing came for too long, or all of it took too long.
    Stalled,
    /// The client ended in the midst of it.
    Interrupted,
}

/// An upload that is not taken: why, and the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What a program switches on.
    pub reason: Reason,
    /// What a person reads.
    pub message: String,
}

impl Rejection {
    /// A rejection with its text.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// How a kind's content is told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// UTF-8 without NUL.
    Text,
    /// Its first bytes are those of one of these types, as `infer` names them.
    Binary(&'static [&'static str]),
}

/// A kind of file that is taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Media {
    /// Its media type (IANA), without parameters.
    pub name: &'static str,
    /// How its files' names end.
    pub extensions: &'static [&'static str],
    /// How its content begins.
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

/// What is taken: documents, tables, drawings, pictures and data; nothing that runs, no old office formats with macros,
/// no web pages. Office documents are ZIP archives, and are not always told from others by their first bytes.
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
    /// The kind that a `Content-Type` header names. A text says that it is UTF-8, or nothing of it.
    pub fn of_header(content_type: Option<&str>) -> Result<&'static Self, Rejection> {
        let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let reject = |message| Err(Rejection::new(Reason::MediaType, message));
        if name.is_empty() {
            return reject(format!(
                "say what the document is by the header `Content-Type`, e.g. `{}`",
                MEDIA[0].name
            ));
        }
        let Some(media) = MEDIA.iter().find(|media| media.name == name) else {
            return reject(format!(
                "documents of this type are not taken; these are: {}",
                known()
            ));
        };
        let charset = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(key, _)| key.eq_ignore_ascii_case("charset"));
        match charset {
            Some((_, set)) if !set.trim_matches('"').eq_ignore_ascii_case("utf-8") => reject(
                "text is taken in UTF-8 only; convert it, and leave out `charset`".to_owned(),
            ),
            _ => Ok(media),
        }
    }

    /// The value of `Content-Type` when it is sent.
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

fn known() -> String {
    MEDIA.each_ref().map(|media| media.name).join(", ")
}

/// Checks what a file is called: it is shown to readers and becomes the name of what they save.
pub fn check_file_name(name: &str, media: &Media) -> Result<(), Rejection> {
    let reject = |message: String| Err(Rejection::new(Reason::FileName, message));
    if name.is_empty() {
        return reject("say what the file is called by `?fileName=`".to_owned());
    }
    if name.chars().count() > FILE_NAME_LIMIT {
        return reject(format!(
            "a file name has at most {FILE_NAME_LIMIT} characters"
        ));
    }
    if name.trim() != name || name.starts_with('.') || name.chars().any(is_misleading) {
        return reject(
            "a file name has no `/`, `\\`, control or text direction characters, and begins with neither a dot nor a space"
                .to_owned(),
        );
    }
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    if !ending.is_some_and(|ending| media.extensions.contains(&ending.as_str())) {
        return reject(format!(
            "the name of a file of type {} ends with .{}",
            media.name,
            media.extensions.join(" or .")
        ));
    }
    Ok(())
}

/// A path's separators, and what makes a name look like another: controls, text direction, invisible characters, bytes
/// that were no text.
fn is_misleading(character: char) -> bool {
    matches!(character, '/' | '\\' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffd}')
        || character.is_control()
}

/// Checks the size a client says beforehand, in bytes.
pub fn check_declared_size(size: Option<u64>, limit: u64) -> Result<(), Rejection> {
    match size {
        Some(0) => Err(empty()),
        Some(size) if size > limit => Err(too_large(limit)),
        _ => Ok(()),
    }
}

/// More than the limit came, or was announced.
pub fn too_large(limit: u64) -> Rejection {
    let message = format!("a document has at most {limit} bytes; split it or make it smaller");
    Rejection::new(Reason::TooLarge, message)
}

/// Nothing came.
pub fn empty() -> Rejection {
    Rejection::new(
        Reason::Empty,
        "the document is empty; send its bytes as the request's body",
    )
}

/// What an organisation has that nothing refers to.
#[derive(Clone, Copy, Debug)]
pub struct Unattached {
    /// How many, those being uploaded included.
    pub count: i64,
    /// Their bytes together; of those being uploaded, the most they may become.
    pub bytes: i64,
    /// How many are being uploaded.
    pub running: i64,
}

/// May there be one more, of so many bytes at most?
pub fn check_unattached(has: Unattached, size: i64) -> Result<(), Rejection> {
    if has.running >= RUNNING_LIMIT {
        let message = format!(
            "an organisation uploads at most {RUNNING_LIMIT} documents at a time; wait for one to end"
        );
        return Err(Rejection::new(Reason::Busy, message));
    }
    if has.count >= UNATTACHED_LIMIT || has.bytes.saturating_add(size) > UNATTACHED_BYTES {
        let message = format!(
            "an organisation has at most {UNATTACHED_LIMIT} documents and {UNATTACHED_BYTES} bytes that nothing refers to; \
             attach some to a draft, or wait: they are removed after {} hours",
            UNUSED_FOR.num_hours()
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
    fn a_media_type_is_read_with_its_parameters() {
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
    fn a_file_name_is_one_name_and_ends_as_its_type_does() {
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
    fn the_last_allowed_is_allowed_and_one_more_is_not() {
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
