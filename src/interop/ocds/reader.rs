//! Reads a file row by row.
//!
//! JSON Lines are read line by line. A JSON document (package, record or release) is loaded into
//! memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::vec;

use serde::de::IgnoredAny;

use super::problem::{Refusal, RowError};
use super::release::Release;
use super::split::{Content, Piece, split};

/// Maximum length of a line of JSON Lines in bytes. A longer line is a refused row.
const MAX_LINE: usize = 64 << 20;

/// Maximum size of a JSON document in bytes. The document is held in memory.
const MAX_DOCUMENT: usize = 512 << 20;

/// Release with its location.
#[derive(Debug)]
pub struct Row {
    /// Name of the file as passed to the reader.
    pub file: Arc<str>,
    /// Line at which the release starts, from 1.
    pub line: u64,
    /// Release of the row.
    pub release: Release,
}

/// Iterator over the rows of a file, in their order. A refused row is an error, after which reading
/// continues.
///
/// Accepts OCDS 1.0 and 1.1 release packages, record packages, single records and releases, arrays
/// of these, and JSON Lines of any of them. A record yields its embedded releases, or else its
/// compiled release. A record that only links to its releases is refused.
pub struct Reader {
    file: Arc<str>,
    source: Source,
}

enum Source {
    Lines(Lines),
    Document {
        bytes: Vec<u8>,
        pieces: vec::IntoIter<Piece>,
    },
    Refused(Option<(u64, Refusal)>),
}

struct Lines {
    input: Box<dyn BufRead + Send>,
    line: u64,
    buffer: Vec<u8>,
    ready: VecDeque<(u64, Result<Release, Refusal>)>,
    failed: bool,
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// Returns an error for the whole file if it cannot be opened or read.
    pub fn open(path: &Path) -> Result<Self, RowError> {
        let name: Arc<str> = path.to_string_lossy().into();
        let refuse = |error: io::Error| {
            let fix = "give the path of a file that can be read".to_owned();
            RowError {
                file: Arc::clone(&name),
                line: 0,
                reason: format!("cannot be read: {error}"),
                fix,
            }
        };
        let file = File::open(path).map_err(refuse)?;
        if file.metadata().map_err(refuse)?.is_dir() {
            return Err(refuse(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        Ok(Self::new(
            &name,
            Box::new(BufReader::with_capacity(1 << 18, file)),
        ))
    }

    /// Creates a reader of `input`; errors name the file `name`. A name that ends in `.jsonl` or
    /// `.ndjson` means JSON Lines; otherwise the first lines decide.
    #[must_use]
    pub fn new(name: &str, mut input: Box<dyn BufRead + Send>) -> Self {
        let source = match not_json(&mut *input) {
            Ok(None) => {
                Source::choose(name, input).unwrap_or_else(|error| Source::unreadable(0, &error))
            }
            Ok(Some(refusal)) => Source::Refused(Some((0, refusal))),
            Err(error) => Source::unreadable(0, &error),
        };
        Self {
            file: name.into(),
            source,
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, release) = match &mut self.source {
            Source::Lines(lines) => lines.next()?,
            Source::Document { bytes, pieces } => read_piece(bytes, pieces.next()?),
            Source::Refused(refusal) => {
                refusal.take().map(|(line, refusal)| (line, Err(refusal)))?
            }
        };
        let file = Arc::clone(&self.file);
        Some(match release {
            Ok(release) => Ok(Row {
                file,
                line,
                release,
            }),
            Err(Refusal { reason, fix }) => Err(RowError {
                file,
                line,
                reason,
                fix,
            }),
        })
    }
}

impl Source {
    fn unreadable(line: u64, error: &io::Error) -> Self {
        Self::Refused(Some((line, unreadable(error))))
    }

    /// Distinguishes JSON Lines from a document by the name, or by the first two lines that are not
    /// blank.
    fn choose(name: &str, mut input: Box<dyn BufRead + Send>) -> io::Result<Self> {
        let named = [".jsonl", ".ndjson"]
            .iter()
            .any(|ending| name.to_ascii_lowercase().ends_with(ending));
        let mut head = Vec::new();
        if !named {
            let first = next_full_line(&mut input, &mut head)?;
            let second = next_full_line(&mut input, &mut head)?;
            if !are_json_lines(&head[first], &head[second]) {
                return Self::document(head, input);
            }
        }
        let input = Box::new(io::Cursor::new(head).chain(input));
        Ok(Self::Lines(Lines {
            input,
            line: 0,
            buffer: Vec::new(),
            ready: VecDeque::new(),
            failed: false,
        }))
    }

    fn document(mut bytes: Vec<u8>, input: Box<dyn BufRead + Send>) -> io::Result<Self> {
        input
            .take((MAX_DOCUMENT + 1).saturating_sub(bytes.len()) as u64)
            .read_to_end(&mut bytes)?;
        if bytes.len() > MAX_DOCUMENT {
            let reason = format!("the document is larger than {} MB", MAX_DOCUMENT >> 20);
            let refusal = Refusal::new(
                reason,
                "split it, or write it as JSON Lines (.jsonl), one release a line",
            );
            return Ok(Self::Refused(Some((0, refusal))));
        }
        let pieces = split(&bytes, 1);
        if pieces.is_empty() && bytes.trim_ascii().is_empty() {
            let refusal = Refusal::new("the file is empty", "export it again");
            return Ok(Self::Refused(Some((0, refusal))));
        }
        Ok(Self::Document {
            bytes,
            pieces: pieces.into_iter(),
        })
    }
}

impl Lines {
    fn next(&mut self) -> Option<(u64, Result<Release, Refusal>)> {
        while self.ready.is_empty() && !self.failed {
            self.line += 1;
            match self.read_line() {
                Ok(false) => return None,
                Ok(true) => self.take_line(),
                Err(error) => {
                    self.failed = true;
                    self.ready.push_back((self.line, Err(unreadable(&error))));
                }
            }
        }
        self.ready.pop_front()
    }

    /// Reads the next line into the buffer; returns `false` at the end of the file. A line over the
    /// limit is cut one byte after the limit.
    fn read_line(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let limit = MAX_LINE as u64 + 1;
        let read = (&mut self.input)
            .take(limit)
            .read_until(b'\n', &mut self.buffer)?;
        if self.is_too_long() && !self.buffer.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
        }
        Ok(read > 0)
    }

    fn is_too_long(&self) -> bool {
        self.buffer.len() > MAX_LINE
    }

    fn take_line(&mut self) {
        if self.is_too_long() {
            let reason = format!("the line is longer than {} MB", MAX_LINE >> 20);
            let refusal = Refusal::new(
                reason,
                "write one release a line, or import the package as a .json file",
            );
            self.ready.push_back((self.line, Err(refusal)));
            return;
        }
        // Without the line end, the parser reports a truncated value as ending too early.
        let end = self.buffer.trim_ascii_end().len();
        self.buffer.truncate(end);
        for piece in split(&self.buffer, self.line) {
            self.ready.push_back(read_piece(&self.buffer, piece));
        }
    }
}

fn read_piece(bytes: &[u8], piece: Piece) -> (u64, Result<Release, Refusal>) {
    let release = match piece.content {
        Content::Release(range) => Release::parse(bytes.get(range).unwrap_or_default()),
        Content::Refused(refusal) => Err(refusal),
        Content::Link => Err(super::split::link_refusal()),
    };
    (piece.line, release)
}

/// Reads to the end of the next line that is not blank. Returns the range of that line in `head`.
fn next_full_line(
    input: &mut impl BufRead,
    head: &mut Vec<u8>,
) -> io::Result<std::ops::Range<usize>> {
    loop {
        let start = head.len();
        let limit = (MAX_DOCUMENT + 1).saturating_sub(start) as u64;
        let read = input.take(limit).read_until(b'\n', head)?;
        if read == 0 || !head[start..].trim_ascii().is_empty() {
            return Ok(start..head.len());
        }
    }
}

/// Returns whether a file that starts with these two lines is JSON Lines: the first line is a
/// complete value, or the second one is and the first line ends where a document would not be
/// wrapped.
fn are_json_lines(first: &[u8], second: &[u8]) -> bool {
    let first = first
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(first)
        .trim_ascii();
    let wrapped = matches!(first.last(), Some(b'{' | b'[' | b',' | b':'));
    !second.is_empty() && (is_whole(first) || (!wrapped && is_whole(second)))
}

fn is_whole(line: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

/// Returns a refusal if the first bytes show a compressed file or UTF-16.
fn not_json(input: &mut dyn BufRead) -> io::Result<Option<Refusal>> {
    let start = input.fill_buf()?;
    Ok(
        if start.starts_with(b"\x1F\x8B") || start.starts_with(b"PK\x03\x04") {
            Some(Refusal::new(
                "the file is compressed",
                "unpack it and import what is in it",
            ))
        } else if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
            Some(Refusal::new(
                "the file is written in UTF-16",
                "save it as UTF-8, which OCDS requires",
            ))
        } else {
            None
        },
    )
}

fn unreadable(error: &io::Error) -> Refusal {
    Refusal::new(
        format!("reading stopped: {error}"),
        "check the disk or the network drive, and import the file again",
    )
}
