//! Reads a file row by row.
//!
//! The file is read in blocks. At most one package, record or release is in memory, with what
//! follows it in the block.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::problem::{ByteRange, Refusal, RowError};
use super::release::Release;
use super::scan::{Found, Gap, Scanner, Step};
use super::split::{Content, Piece, link_refusal};

/// Maximum size of one package, record or release in bytes. The releases of a larger package are
/// read one by one.
const MAX_OBJECT: usize = 512 << 20;

/// Number of bytes that are read at once; more if the object is larger.
const BLOCK: usize = 256 << 10;

/// Release with its location.
#[derive(Debug)]
pub struct Row {
    /// Name of the file as passed to the reader.
    pub file: Arc<str>,
    /// Line at which the release starts, from 1.
    pub line: u64,
    /// Bytes of the release in the file.
    pub bytes: ByteRange,
    /// Release of the row.
    pub release: Release,
}

/// Iterator over the rows of a file. A refused row is an error, after which reading continues.
///
/// Accepts OCDS 1.0 and 1.1 release packages, record packages, single records and releases, arrays
/// of these, and any sequence of these: JSON Lines, JSON text sequences (RFC 7464), and files that
/// were joined. A record yields its compiled release, or else its embedded releases, or else the
/// newest values of its versioned release. A record that only links to its releases is refused.
///
/// Every byte is part of a release, of the package around it, or of a refused row.
pub struct Reader {
    file: Arc<str>,
    input: Box<dyn BufRead + Send>,
    scanner: Scanner,
    buffer: Vec<u8>,
    /// Number of bytes of the buffer that are done.
    done: usize,
    position: Position,
    /// Position and reason of the bytes that are passed without reading them.
    gap: Option<Place>,
    ready: VecDeque<Result<Row, RowError>>,
    block: usize,
    is_at_end: bool,
    is_finished: bool,
}

/// Position in a file: of the buffer's start, and line and column of a position that moves on.
#[derive(Default)]
struct Position {
    /// Number of bytes before the buffer.
    offset: u64,
    /// Position in the buffer that `line` belongs to.
    at: usize,
    /// Number of lines before the position.
    lines: u64,
    /// Offset in the file of the start of the line.
    line_start: u64,
}

/// Place in a file.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Line, from 1.
    line: u64,
    /// Number of bytes before it.
    offset: u64,
    /// Line and column of the error, from 1.
    error: (u64, u64),
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// Returns an error for the whole file if it cannot be opened or read.
    pub fn open(path: &Path) -> Result<Self, RowError> {
        let name: Arc<str> = path.to_string_lossy().into();
        let refuse = |error: io::Error| {
            let refusal = Refusal::new(
                format!("cannot be read: {error}"),
                "give the path of a file that can be read",
            );
            row_error(&name, 0, None, refusal)
        };
        let file = File::open(path).map_err(refuse)?;
        if file.metadata().map_err(refuse)?.is_dir() {
            return Err(refuse(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        Ok(Self::new(
            &name,
            Box::new(BufReader::with_capacity(BLOCK, file)),
        ))
    }

    /// Creates a reader of `input`; errors name the file `name`.
    #[must_use]
    pub fn new(name: &str, input: Box<dyn BufRead + Send>) -> Self {
        Self::with_limits(name, input, MAX_OBJECT, BLOCK)
    }

    /// Creates a reader with another maximum size of an object and another size of a block.
    pub(super) fn with_limits(
        name: &str,
        input: Box<dyn BufRead + Send>,
        limit: usize,
        block: usize,
    ) -> Self {
        let mut reader = Self {
            block,
            file: name.into(),
            input,
            scanner: Scanner::new(limit),
            buffer: Vec::new(),
            done: 0,
            position: Position::default(),
            gap: None,
            ready: VecDeque::new(),
            is_at_end: false,
            is_finished: false,
        };
        reader.fill();
        if let Some(refusal) = not_json(&reader.buffer) {
            reader.refuse_file(refusal);
        } else if reader.is_at_end && reader.is_blank() {
            reader.refuse_file(Refusal::new("the file is empty", "export it again"));
        }
        reader
    }

    /// Returns whether a file without any content is not one of JSON Lines, which may be empty.
    fn is_blank(&self) -> bool {
        let name = self.file.to_ascii_lowercase();
        let is_lines = [".jsonl", ".ndjson"]
            .iter()
            .any(|ending| name.ends_with(ending));
        !is_lines && self.buffer.trim_ascii().is_empty()
    }

    /// Refuses the whole file, and counts its bytes. A file that cannot be read to its end is
    /// refused with the number of bytes that were read.
    fn refuse_file(&mut self, refusal: Refusal) {
        let mut size = self.buffer.len() as u64;
        while let Ok(block) = self.input.fill_buf()
            && !block.is_empty()
        {
            let length = block.len();
            size += length as u64;
            self.input.consume(length);
        }
        let bytes = (size > 0).then_some(ByteRange { offset: 0, size });
        let error = row_error(&self.file, 0, bytes, refusal);
        self.ready.push_back(Err(error));
        self.is_finished = true;
    }

    /// Reads the next block, at least as long as what is not done yet, so that a long object is
    /// scanned a bounded number of times.
    fn fill(&mut self) {
        self.position.discard(self.done, &self.buffer);
        self.buffer.drain(..self.done);
        self.done = 0;
        let length = self.buffer.len().max(self.block) as u64;
        match (&mut self.input).take(length).read_to_end(&mut self.buffer) {
            Ok(read) => self.is_at_end = (read as u64) < length,
            Err(error) => {
                self.is_at_end = true;
                let line = self.position.line_of(self.buffer.len(), &self.buffer);
                let refusal = Refusal::new(
                    format!("reading stopped: {error}"),
                    "check the disk or the network drive, and import the file again",
                );
                let error = row_error(&self.file, line, None, refusal);
                self.ready.push_back(Err(error));
            }
        }
    }

    fn step(&mut self) {
        let bytes = self.buffer.get(self.done..).unwrap_or_default();
        let step = self.scanner.step(bytes, self.is_at_end);
        let found = std::mem::take(&mut self.scanner.found);
        for found in found {
            self.take(found);
        }
        match step {
            Step::Done(passed) => self.done += passed,
            Step::More(passed) => {
                self.done += passed;
                self.fill();
            }
            Step::End => self.is_finished = true,
        }
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::Piece(piece) => self.take_piece(piece),
            Found::GapStart(start, error) => {
                let (start, error) = (self.done + start, self.done + error);
                let line = self.position.line_of(start, &self.buffer);
                let offset = self.position.offset + start as u64;
                let error = self.position.line_and_column(error, &self.buffer);
                self.gap = Some(Place {
                    line,
                    offset,
                    error,
                });
            }
            Found::GapEnd(gap) => {
                if let Some((place, gap)) = self.gap.take().zip(gap) {
                    let error = unread_error(&self.file, place, gap);
                    self.ready.push_back(Err(error));
                }
            }
        }
    }

    fn take_piece(&mut self, piece: Piece) {
        let range = self.done + piece.range.start..self.done + piece.range.end;
        let line = self.position.line_of(range.start, &self.buffer);
        let bytes = ByteRange {
            offset: self.position.offset + range.start as u64,
            size: range.len() as u64,
        };
        let release = match piece.content {
            Content::Release(kind) => {
                Release::parse(self.buffer.get(range).unwrap_or_default(), kind)
            }
            Content::Link => Err(link_refusal()),
            Content::Refused(refusal) => Err(refusal),
        };
        self.ready.push_back(match release {
            Ok(release) => Ok(Row {
                file: Arc::clone(&self.file),
                line,
                bytes,
                release,
            }),
            Err(refusal) => Err(row_error(&self.file, line, Some(bytes), refusal)),
        });
    }
}

impl Iterator for Reader {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.is_finished {
            self.step();
        }
        self.ready.pop_front()
    }
}

impl Position {
    /// Returns the line of a position in the buffer, from 1.
    fn line_of(&mut self, at: usize, buffer: &[u8]) -> u64 {
        self.move_to(at, buffer);
        self.lines + 1
    }

    /// Returns line and column of a position in the buffer. Does not move on: the position of an
    /// error follows the start of the next part.
    fn line_and_column(&self, at: usize, buffer: &[u8]) -> (u64, u64) {
        let mut ahead = Self { ..*self };
        let line = ahead.line_of(at, buffer);
        let column = (self.offset + at as u64).saturating_sub(ahead.line_start) + 1;
        (line, column)
    }

    fn move_to(&mut self, at: usize, buffer: &[u8]) {
        let at = at.min(buffer.len());
        if at < self.at {
            let passed = &buffer[at..self.at];
            self.lines -= passed.iter().filter(|byte| **byte == b'\n').count() as u64;
            let before = buffer[..at].iter().rposition(|byte| *byte == b'\n');
            let start = before.map_or(0, |before| before as u64 + 1);
            self.line_start = self.line_start.min(self.offset + start);
        } else {
            let passed = &buffer[self.at..at];
            self.lines += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
            if let Some(last) = passed.iter().rposition(|byte| *byte == b'\n') {
                self.line_start = self.offset + (self.at + last) as u64 + 1;
            }
        }
        self.at = at;
    }

    /// Removes the start of the buffer.
    fn discard(&mut self, count: usize, buffer: &[u8]) {
        self.move_to(count, buffer);
        self.offset += count as u64;
        self.at = 0;
    }
}

fn row_error(
    file: &Arc<str>,
    line: u64,
    left_out: Option<ByteRange>,
    refusal: Refusal,
) -> RowError {
    RowError {
        file: Arc::clone(file),
        line,
        reason: refusal.reason,
        fix: refusal.fix,
        left_out,
    }
}

fn unread_error(file: &Arc<str>, place: Place, gap: Gap) -> RowError {
    let (line, column) = place.error;
    let error = if line == place.line {
        format!("column {column}")
    } else {
        format!("line {line}, column {column}")
    };
    let refusal = Refusal::new(
        format!("malformed JSON at {error}: {}", gap.reason),
        "correct the JSON there, or export the file again",
    );
    let bytes = ByteRange {
        offset: place.offset,
        size: gap.size,
    };
    row_error(file, place.line, Some(bytes), refusal)
}

/// Returns a refusal if the first bytes show a compressed file, UTF-16 or UTF-32.
fn not_json(start: &[u8]) -> Option<Refusal> {
    if start.starts_with(b"\x1F\x8B") || start.starts_with(b"PK\x03\x04") {
        return Some(Refusal::new(
            "the file is compressed",
            "unpack it and import what is in it",
        ));
    }
    let is_marked = start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF");
    // JSON starts with ASCII characters, which have a zero byte in UTF-16 and UTF-32.
    if is_marked || start.iter().take(2).any(|byte| *byte == 0) {
        return Some(Refusal::new(
            "the file is written in UTF-16 or UTF-32",
            "save it as UTF-8, which OCDS requires",
        ));
    }
    None
}
