//! Finds releases in a stream of bytes, whatever precedes or separates them.
//!
//! A file is a sequence of objects (packages, records, releases), alone, in arrays or one after
//! another, separated by white space, commas, byte order marks or record separators (RFC 7464).
//! After a syntax error, reading continues at the next object that is a release, record or package.
//! Each byte is read a bounded number of times, and at most one object is in memory.

use std::ops::Range;

use super::lexer::{BYTE_ORDER_MARK, ENDS_EARLY, Keys, Lexer, RECORD_SEPARATOR};
use super::problem::Refusal;
use super::release::Kind;
use super::split::{Broken, Content, Piece, not_a_release, split};

/// Members of a package that may follow its releases and contain none.
const TRAILING_KEYS: [&[u8]; 9] = [
    b"uri",
    b"version",
    b"publishedDate",
    b"publisher",
    b"license",
    b"publicationPolicy",
    b"extensions",
    b"packages",
    b"links",
];

/// Result of a step. Positions count from the start of the bytes that were passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The bytes before this position are done. More bytes are needed to continue.
    More(usize),
    /// The bytes before this position are done.
    Done(usize),
    /// The input is complete.
    End,
}

/// Bytes that are being passed without reading them.
#[derive(Debug)]
struct Unread {
    /// Number of bytes in earlier steps, without white space and commas at their end.
    size: u64,
    /// Number of these white spaces and commas.
    separators: u64,
    reason: String,
    /// Whether the input ended too early, which is reported even if no byte remains.
    is_cut_off: bool,
    /// Position from which the next release is searched.
    resume: usize,
    /// Last byte of earlier steps.
    last: Option<u8>,
}

impl Unread {
    fn new(reason: impl Into<String>, resume: usize) -> Self {
        Self {
            size: 0,
            separators: 0,
            reason: reason.into(),
            is_cut_off: false,
            resume,
            last: None,
        }
    }

    fn pass(&mut self, bytes: &[u8]) {
        let is_separator = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
        let at_end = bytes.iter().rev().take_while(|byte| is_separator(byte));
        let at_end = at_end.count();
        if at_end < bytes.len() {
            self.size += self.separators + (bytes.len() - at_end) as u64;
            self.separators = 0;
        }
        self.separators += at_end as u64;
        self.last = bytes.last().copied().or(self.last);
    }

    /// Returns whether a position is the start of a line.
    fn is_line_start(&self, bytes: &[u8], at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        before.copied().or(self.last) == Some(b'\n')
    }
}

/// Number of bytes that were not read, and the reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub size: u64,
    pub reason: String,
}

/// What a step found, in the order of the file.
#[derive(Debug)]
pub(super) enum Found {
    Piece(Piece),
    /// Start of bytes that are not read, and the position of the error.
    GapStart(usize, usize),
    /// End of these bytes. `None` if there were none but white space and commas.
    GapEnd(Option<Gap>),
}

/// State of the scan between steps.
#[derive(Debug)]
pub(super) struct Scanner {
    /// Maximum size of one object in bytes.
    limit: usize,
    /// Number of arrays around the position.
    arrays: usize,
    /// Whether an error occurred, after which closing brackets belong to what was not read.
    has_errors: bool,
    /// Whether the last token was a closing bracket after an error, so members of a package whose
    /// start was not read may follow.
    after_close: bool,
    unread: Option<Unread>,
    pub found: Vec<Found>,
}

impl Scanner {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            arrays: 0,
            has_errors: false,
            after_close: false,
            unread: None,
            found: Vec::new(),
        }
    }

    /// Reads the next part of the input. `is_last` means that no bytes follow.
    pub fn step(&mut self, bytes: &[u8], is_last: bool) -> Step {
        if self.unread.is_some() {
            return self.recover(bytes, is_last);
        }
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let rest = &bytes[at..];
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | &RECORD_SEPARATOR => at += 1,
                0xEF if rest.starts_with(BYTE_ORDER_MARK) => at += BYTE_ORDER_MARK.len(),
                0xEF if !is_last && BYTE_ORDER_MARK.starts_with(rest) => return Step::More(at),
                b'[' => {
                    self.arrays += 1;
                    at += 1;
                }
                b']' | b'}' if self.closes(*byte) => at += 1,
                b'{' => return self.object(bytes, at, is_last),
                b'"' if self.after_close => return self.member(bytes, at, is_last),
                _ => return self.value(bytes, at, is_last),
            }
        }
        if !is_last {
            return Step::More(at);
        }
        if self.arrays > 0 && !self.has_errors {
            let reason = format!("{ENDS_EARLY}: a `]` is missing");
            let refusal = Refusal::new(reason, "check that the file is complete");
            self.piece(at..at, Content::Refused(refusal));
        }
        Step::End
    }

    /// Takes a closing bracket, unless nothing was opened.
    fn closes(&mut self, byte: u8) -> bool {
        let closes_array = byte == b']' && self.arrays > 0;
        self.arrays -= usize::from(closes_array);
        self.after_close = self.has_errors;
        closes_array || self.has_errors
    }

    fn piece(&mut self, range: Range<usize>, content: Content) {
        self.found.push(Found::Piece(Piece { range, content }));
    }

    fn object(&mut self, bytes: &[u8], at: usize, is_last: bool) -> Step {
        self.after_close = false;
        let mut pieces = Vec::new();
        let broken = match split(bytes, at, &mut pieces) {
            Ok(end) => {
                self.found.extend(pieces.into_iter().map(Found::Piece));
                return Step::Done(end);
            }
            Err(broken) => broken,
        };
        if self.needs_more(&broken, bytes.len() - at, is_last) {
            return Step::More(at);
        }
        self.found.extend(pieces.into_iter().map(Found::Piece));
        self.unread_object(bytes, at, &broken, is_last)
    }

    fn needs_more(&self, broken: &Broken, size: usize, is_last: bool) -> bool {
        broken.error.ends_early && !is_last && size <= self.limit
    }

    /// Starts a gap at the part of an object with a syntax error, and keeps complete releases in
    /// it.
    fn unread_object(&mut self, bytes: &[u8], at: usize, broken: &Broken, is_last: bool) -> Step {
        let is_too_large = broken.error.ends_early && !is_last;
        let reason = if is_too_large {
            format!("it has more than {} MB", self.limit >> 20)
        } else {
            broken.error.reason.to_owned()
        };
        let mut start = broken.unread;
        // The releases of a package that is too large are read one by one.
        let mut resume = if is_too_large && start > at {
            start
        } else {
            broken.resume + 1
        };
        for range in &broken.complete {
            self.start_gap(start, broken.error.at, Unread::new(reason.clone(), 0));
            self.end_gap(&bytes[start..range.start]);
            self.piece(range.clone(), Content::Release(Kind::Change));
            (start, resume) = (range.end, resume.max(range.end));
        }
        let unread = Unread {
            is_cut_off: broken.error.ends_early && is_last,
            ..Unread::new(reason, resume.max(start) - start)
        };
        self.start_gap(start, broken.error.at.max(start), unread);
        Step::Done(start)
    }

    fn start_gap(&mut self, start: usize, error: usize, unread: Unread) {
        self.has_errors = true;
        self.after_close = false;
        self.found.push(Found::GapStart(start, error));
        self.unread = Some(unread);
    }

    /// Ends the gap after these bytes.
    fn end_gap(&mut self, bytes: &[u8]) {
        let Some(mut unread) = self.unread.take() else {
            return;
        };
        unread.pass(bytes);
        let gap = (unread.size > 0 || unread.is_cut_off).then_some(Gap {
            size: unread.size,
            reason: unread.reason,
        });
        self.found.push(Found::GapEnd(gap));
    }

    /// Reads a value that is neither an object nor an array.
    fn value(&mut self, bytes: &[u8], at: usize, is_last: bool) -> Step {
        self.after_close = false;
        let mut lexer = Lexer::new(bytes, at);
        match lexer.skip(&mut |_, _| {}) {
            Ok(()) if lexer.at == bytes.len() && !is_last => Step::More(at),
            Ok(()) => {
                self.piece(at..lexer.at, Content::Refused(not_a_release()));
                Step::Done(lexer.at)
            }
            Err(error) if error.ends_early && !is_last && bytes.len() - at <= self.limit => {
                Step::More(at)
            }
            Err(error) => {
                let resume = lexer.last_text.max(at) + 1 - at;
                self.start_gap(at, error.at, Unread::new(error.reason, resume));
                Step::Done(at)
            }
        }
    }

    /// Reads a member of a package after its releases, when the start of the package was not read.
    fn member(&mut self, bytes: &[u8], at: usize, is_last: bool) -> Step {
        let mut lexer = Lexer::new(bytes, at);
        let mut read = || {
            let key = lexer.key()?;
            let first = lexer.peek();
            let holds_releases = match key {
                b"releases" | b"records" => first == Some(b'['),
                b"compiledRelease" => first == Some(b'{'),
                _ => false,
            };
            if !holds_releases && TRAILING_KEYS.contains(&key) {
                lexer.skip(&mut |_, _| {})?;
                return Ok(true);
            }
            match first {
                None => Err(lexer.error(ENDS_EARLY)),
                Some(_) => Ok(holds_releases),
            }
        };
        match read() {
            Ok(true) => Step::Done(lexer.at),
            Err(error) if error.ends_early && !is_last && bytes.len() - at <= self.limit => {
                Step::More(at)
            }
            _ => {
                let reason = "expected a release, record or package";
                self.start_gap(at, at, Unread::new(reason, 1));
                Step::Done(at)
            }
        }
    }

    /// Searches the next object that is a release, record or package.
    fn recover(&mut self, bytes: &[u8], is_last: bool) -> Step {
        let Some(unread) = &self.unread else {
            return Step::Done(0);
        };
        let mut at = unread.resume;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(brace) = rest.iter().position(|byte| *byte == b'{') else {
                return self.passed(bytes.len().max(at), bytes, is_last);
            };
            at += brace;
            let mut lexer = Lexer::new(bytes, at);
            lexer.at += 1;
            match lexer.peek() {
                None if !is_last => return self.passed(at, bytes, is_last),
                Some(b'"') => {}
                _ => {
                    at += 1;
                    continue;
                }
            }
            let mut lexer = Lexer::new(bytes, at);
            let (mut keys, mut has_release) = (Keys::default(), false);
            let read = lexer.skip_object(&mut keys, &mut |_, inner: Keys| {
                has_release |= inner.is_whole_unit();
            });
            let (is_unit, next) = match read {
                // In JSON Lines, a complete line is a row of its own, whatever it is.
                Ok(()) => {
                    let is_unit = keys.is_whole_unit() || unread.is_line_start(bytes, at);
                    (is_unit, lexer.at)
                }
                Err(error) if error.ends_early && !is_last && bytes.len() - at <= self.limit => {
                    return self.passed(at, bytes, is_last);
                }
                Err(error) => {
                    let is_unit = has_release || (keys.is_unit() && !error.too_deep);
                    (is_unit, lexer.last_text.max(at) + 1)
                }
            };
            if is_unit {
                self.end_gap(&bytes[..at]);
                return Step::Done(at);
            }
            at = next;
        }
    }

    /// Adds bytes to the gap: those before `at`, without a release in them.
    fn passed(&mut self, at: usize, bytes: &[u8], is_last: bool) -> Step {
        if is_last {
            self.end_gap(bytes);
            return Step::Done(bytes.len());
        }
        let passed = at.min(bytes.len());
        if let Some(unread) = &mut self.unread {
            unread.pass(&bytes[..passed]);
            unread.resume = at - passed;
        }
        Step::More(passed)
    }
}
