//! Locates the releases in a JSON document without parsing their content.
//!
//! A document is a release, a release package, a record package, a record, an array of these, or
//! several of them in sequence. If a package is truncated or malformed, the intact releases before
//! and after the defect are kept: reading continues where the next release seems to start.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::problem::Refusal;

const ENDS_EARLY: &str = "it ends too early";

/// Maximum nesting of packages and records (package, record, release). Deeper values are not
/// searched, so no document can exhaust the stack.
const MAX_DEPTH: usize = 4;

/// Part of a document, with its line from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub line: u64,
    pub content: Content,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Byte range of a release.
    Release(Range<usize>),
    /// Release that is only a link (`url`).
    Link,
    Refused(Refusal),
}

/// Splits a document into its releases, in their order. `first_line` is the number of its first
/// line.
pub(super) fn split(bytes: &[u8], first_line: u64) -> Vec<Piece> {
    let mut splitter = Splitter {
        bytes,
        at: 0,
        line: first_line,
        line_start: 0,
        recoveries: 0,
        lost: false,
    };
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        splitter.move_to(3);
    }
    let mut pieces = Vec::new();
    while !splitter.lost && splitter.peek().is_some() {
        splitter.value(0, &mut pieces);
    }
    pieces
}

/// Location and reason of a syntax error.
struct Broken {
    line: u64,
    column: usize,
    reason: String,
}

struct Splitter<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Line of the position `at`, and the start of that line.
    line: u64,
    line_start: usize,
    /// Number of errors after which reading continued.
    recoveries: usize,
    /// Whether reading was given up; the parts found so far are returned.
    lost: bool,
}

/// Content of an object.
struct Shape {
    start: usize,
    line: u64,
    has_ocid: bool,
    has_url: bool,
    /// Parts of `releases` or `records`, if the object has either.
    inner: Option<Vec<Piece>>,
    compiled: Option<Piece>,
}

impl<'a> Splitter<'a> {
    /// Reads one object or array of objects and adds its parts. After an error it moves to the next
    /// release.
    fn value(&mut self, depth: usize, pieces: &mut Vec<Piece>) {
        let (line, recoveries) = (self.line, self.recoveries);
        let read = match self.peek() {
            Some(b'[') if depth == 0 => self.elements(depth, pieces),
            Some(b'{') => self.object(depth, pieces),
            _ => self.not_a_release(pieces),
        };
        if let Err(broken) = read {
            // After a recovery inside this value its end is missing as well; that error is not
            // reported.
            if recoveries == self.recoveries {
                let refused = Content::Refused(broken.refusal(line));
                pieces.push(Piece {
                    line,
                    content: refused,
                });
            }
            self.go_to_next_release();
        }
    }

    fn not_a_release(&mut self, pieces: &mut Vec<Piece>) -> Result<(), Broken> {
        let line = self.line;
        self.parse::<IgnoredAny>()?;
        let refusal = Refusal::new(
            "expected a release, a JSON object in `{}`",
            "remove this value",
        );
        pieces.push(Piece {
            line,
            content: Content::Refused(refusal),
        });
        Ok(())
    }

    fn elements(&mut self, depth: usize, pieces: &mut Vec<Piece>) -> Result<(), Broken> {
        self.move_to(self.at + 1);
        while !self.lost {
            match self.peek() {
                Some(b']') => {
                    self.move_to(self.at + 1);
                    return Ok(());
                }
                Some(b',') => self.move_to(self.at + 1),
                Some(_) => self.value(depth + 1, pieces),
                None => return Err(self.broken(ENDS_EARLY)),
            }
        }
        Ok(())
    }

    fn object(&mut self, depth: usize, pieces: &mut Vec<Piece>) -> Result<(), Broken> {
        let mut shape = Shape {
            start: self.at,
            line: self.line,
            has_ocid: false,
            has_url: false,
            inner: None,
            compiled: None,
        };
        let read = self.members(depth, &mut shape);
        if self.lost || read.is_err() {
            // The intact parts of a malformed package or record are kept.
            pieces.extend(embedded_or_compiled(
                shape.inner.unwrap_or_default(),
                shape.compiled,
            ));
            return read;
        }
        pieces.extend(self.resolve(shape));
        Ok(())
    }

    fn members(&mut self, depth: usize, shape: &mut Shape) -> Result<(), Broken> {
        self.move_to(self.at + 1);
        if self.peek() == Some(b'}') {
            self.move_to(self.at + 1);
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.broken("expected a key in quotes"));
            }
            let key: Cow<'a, str> = self.parse()?;
            if self.peek() != Some(b':') {
                return Err(self.broken("expected `:`"));
            }
            self.move_to(self.at + 1);
            self.member(&key, depth, shape)?;
            let after = if self.lost {
                return Ok(());
            } else {
                self.peek()
            };
            match after {
                Some(b',') => self.move_to(self.at + 1),
                Some(b'}') => {
                    self.move_to(self.at + 1);
                    return Ok(());
                }
                _ => return Err(self.broken("expected `,` or `}`")),
            }
        }
    }

    fn member(&mut self, key: &str, depth: usize, shape: &mut Shape) -> Result<(), Broken> {
        let first = self.peek();
        match key {
            "releases" | "records" if first == Some(b'[') && depth < MAX_DEPTH => {
                let mut inner = shape.inner.take().unwrap_or_default();
                let read = self.elements(depth, &mut inner);
                shape.inner = Some(inner);
                return read;
            }
            "ocid" => shape.has_ocid = true,
            "url" => shape.has_url = true,
            _ => {}
        }
        let (start, line) = (self.at, self.line);
        self.parse::<IgnoredAny>()?;
        if key == "compiledRelease" && first == Some(b'{') {
            shape.compiled = Some(Piece {
                line,
                content: Content::Release(start..self.at),
            });
        }
        Ok(())
    }

    /// Returns the releases of an object: those of a package, those embedded in a record or else
    /// its compiled one, or the object itself.
    fn resolve(&self, shape: Shape) -> Vec<Piece> {
        let one = |content| {
            vec![Piece {
                line: shape.line,
                content,
            }]
        };
        let is_record = shape.has_ocid || shape.compiled.is_some();
        match (shape.inner, shape.compiled) {
            (None, None) if shape.has_url && !shape.has_ocid => one(Content::Link),
            (None, None) => one(Content::Release(shape.start..self.at)),
            (Some(inner), None) if !is_record => inner,
            (Some(inner), None) if inner.is_empty() => one(Content::Refused(Refusal::new(
                "the record has no releases",
                "export it with its releases embedded or compiled",
            ))),
            (Some(inner), None) if inner.iter().all(|piece| piece.content == Content::Link) => {
                one(Content::Refused(link_refusal()))
            }
            (inner, compiled) => {
                let mut pieces = embedded_or_compiled(inner.unwrap_or_default(), compiled);
                pieces.retain(|piece| piece.content != Content::Link);
                pieces
            }
        }
    }

    /// Moves to the next object that starts with `ocid`, as releases and records do, or gives up.
    fn go_to_next_release(&mut self) {
        let begins_release = |at: &usize| {
            let after = self.bytes[at + 1..].trim_ascii_start();
            let before = self.bytes[..*at].trim_ascii_end();
            after.starts_with(b"\"ocid\"") && matches!(before.last(), Some(b',' | b'[' | b'}'))
        };
        self.recoveries += 1;
        let mut openings = (self.at..self.bytes.len()).filter(|at| self.bytes[*at] == b'{');
        match openings.find(begins_release) {
            Some(next) => self.move_to(next),
            None => self.lost = true,
        }
    }

    /// The next byte that is not white space, which it stops before.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.bytes.get(self.at..)?;
        let spaces = rest
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        self.move_to(self.at + spaces);
        self.bytes.get(self.at).copied()
    }

    fn parse<T: Deserialize<'a>>(&mut self) -> Result<T, Broken> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                let length = values.byte_offset();
                self.move_to(self.at + length);
                Ok(value)
            }
            Some(Err(error)) => Err(self.broken_by(&error)),
            None => Err(self.broken(ENDS_EARLY)),
        }
    }

    /// Moves forward and counts the lines.
    fn move_to(&mut self, at: usize) {
        let at = at.clamp(self.at, self.bytes.len());
        let passed = &self.bytes[self.at..at];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        if let Some(last) = passed.iter().rposition(|byte| *byte == b'\n') {
            self.line_start = self.at + last + 1;
        }
        self.at = at;
    }

    fn broken(&self, reason: &str) -> Broken {
        let reason = if self.at >= self.bytes.len() {
            ENDS_EARLY
        } else {
            reason
        };
        Broken {
            line: self.line,
            column: self.at - self.line_start + 1,
            reason: reason.to_owned(),
        }
    }

    fn broken_by(&self, error: &serde_json::Error) -> Broken {
        // `serde_json` counts from the start of the part, and reports an unexpected line break at
        // column 0 of the next line.
        let at_line_break = error.column() == 0 && error.line() > 1;
        let lines_on = error
            .line()
            .saturating_sub(if at_line_break { 2 } else { 1 });
        let line = self.bytes[self.at..]
            .split(|byte| *byte == b'\n')
            .nth(lines_on)
            .unwrap_or_default();
        let before = if lines_on == 0 {
            self.at - self.line_start
        } else {
            0
        };
        let column = before
            + if at_line_break {
                line.len() + 1
            } else {
                error.column()
            };
        Broken {
            line: self.line + lines_on as u64,
            column,
            reason: json_reason(error),
        }
    }
}

impl Broken {
    fn refusal(&self, begins: u64) -> Refusal {
        let Self {
            line,
            column,
            reason,
        } = self;
        let place = if *line == begins {
            String::new()
        } else {
            format!("line {line}, ")
        };
        Refusal::new(
            format!("malformed JSON at {place}column {column}: {reason}"),
            "correct the JSON there, or export the file again",
        )
    }
}

/// Adds the compiled release if there is no embedded one; it repeats the content of embedded
/// releases.
fn embedded_or_compiled(mut pieces: Vec<Piece>, compiled: Option<Piece>) -> Vec<Piece> {
    if !pieces
        .iter()
        .any(|piece| matches!(piece.content, Content::Release(_)))
    {
        pieces.extend(compiled);
    }
    pieces
}

/// Returns the message of `serde_json` without its position, which is relative to the parsed part.
pub(super) fn json_reason(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return ENDS_EARLY.to_owned();
    }
    let text = error.to_string();
    if text.starts_with("control character") {
        return "a text contains a line break or control character; its closing quote may be missing".to_owned();
    }
    text.rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason)
        .to_owned()
}

/// Returns the refusal of a release that is only linked to.
pub(super) fn link_refusal() -> Refusal {
    Refusal::new(
        "the release is only linked to (`url`) and its content is not in the file",
        "fetch the linked releases and import those, or export the record with its releases embedded",
    )
}
