//! Locates the releases in one JSON object without parsing their content.
//!
//! The object is a release, a release package, a record package or a record. If it is malformed or
//! cut off, the releases that were read before the error are kept.

use std::collections::HashSet;
use std::ops::Range;

use super::lexer::{Keys, Lexer, SyntaxError};
use super::problem::Refusal;
use super::release::Kind;

/// Maximum nesting of packages and records (package, record, release). Deeper values are not
/// searched.
const MAX_DEPTH: usize = 4;

/// Keys of a package, a part of which is an empty package.
const PACKAGE_KEYS: [&[u8]; 12] = [
    b"uri",
    b"version",
    b"publishedDate",
    b"publisher",
    b"license",
    b"publicationPolicy",
    b"extensions",
    b"packages",
    b"links",
    b"next",
    b"count",
    b"$schema",
];

/// Part of an object, with its position in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub range: Range<usize>,
    pub content: Content,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    Release(Kind),
    /// Release that is only a link (`url`).
    Link,
    Refused(Refusal),
}

/// Syntax error in an object.
pub(super) struct Broken {
    pub error: SyntaxError,
    /// Start of the bytes that were not read: the innermost release, record or package with the
    /// error, or the member of a package after its releases.
    pub unread: usize,
    /// Position of the last text before the error. The error may be a quote that is missing in this
    /// text, so the search for the next release starts inside it.
    pub resume: usize,
    /// Complete releases inside the unread part, in their order. A line that ends within a release
    /// seems to contain the next line.
    pub complete: Vec<Range<usize>>,
}

/// Content of an object.
struct Shape {
    start: usize,
    keys: usize,
    package_keys: usize,
    has_ocid: bool,
    has_url: bool,
    /// Parts of `releases` or `records`, if the object has either.
    inner: Option<Vec<Piece>>,
    compiled: Option<Piece>,
    versioned: Option<Piece>,
}

/// Reads the object at a position. Adds its parts to `pieces`, also those before an error.
///
/// Returns the position after the object.
pub(super) fn split(bytes: &[u8], at: usize, pieces: &mut Vec<Piece>) -> Result<usize, Broken> {
    let mut splitter = Splitter {
        lexer: Lexer::new(bytes, at),
        complete: Vec::new(),
    };
    let result = splitter.object(0, pieces);
    result
        .map(|()| splitter.lexer.at)
        .map_err(|(error, unread)| {
            let taken: HashSet<usize> = pieces.iter().map(|piece| piece.range.start).collect();
            let complete = splitter.complete.into_iter().map(|(range, _)| range);
            let is_new =
                |range: &Range<usize>| range.start >= unread && !taken.contains(&range.start);
            Broken {
                error,
                unread,
                resume: splitter.lexer.last_text,
                complete: complete.filter(is_new).collect(),
            }
        })
}

struct Splitter<'a> {
    lexer: Lexer<'a>,
    /// Complete releases inside objects that are not complete yet.
    complete: Vec<(Range<usize>, Keys)>,
}

/// Error, and the start of the bytes that were not read.
type Failed = (SyntaxError, usize);

impl Splitter<'_> {
    fn object(&mut self, depth: usize, pieces: &mut Vec<Piece>) -> Result<(), Failed> {
        let mut shape = Shape {
            start: self.lexer.at,
            keys: 0,
            package_keys: 0,
            has_ocid: false,
            has_url: false,
            inner: None,
            compiled: None,
            versioned: None,
        };
        let complete = self.complete.len();
        let read = self.members(depth, &mut shape);
        if read.is_err() {
            pieces.extend(shape.pieces());
            return read;
        }
        let nested = self.complete.split_off(complete);
        let mut resolved = self.resolve(shape);
        let is_release = |piece: &Piece| piece.content == Content::Release(Kind::Change);
        let nested: Vec<_> = nested.into_iter().filter(|(_, keys)| keys.tag).collect();
        let first = nested.first().map(|(range, _)| range.start);
        if let (Some(first), [release]) = (first, &mut resolved[..])
            && is_release(release)
        {
            release.range.end = first;
            release.content = Content::Refused(Refusal::new(
                "it contains other releases; a closing bracket may be missing",
                "correct the JSON there, or export the file again",
            ));
            pieces.extend(nested.into_iter().map(|(range, _)| Piece {
                range,
                content: Content::Release(Kind::Change),
            }));
        }
        pieces.extend(resolved);
        Ok(())
    }

    fn members(&mut self, depth: usize, shape: &mut Shape) -> Result<(), Failed> {
        let start = shape.start;
        self.lexer.enter().map_err(|error| (error, start))?;
        loop {
            // After its releases only the member itself is lost.
            let has_parts =
                shape.inner.is_some() || shape.compiled.is_some() || shape.versioned.is_some();
            let unread = if has_parts { self.lexer.at } else { start };
            let failed = |error| (error, unread);
            if !self.lexer.next_in(shape.keys == 0, b'}').map_err(failed)? {
                return Ok(());
            }
            let key = self.lexer.key().map_err(failed)?;
            shape.keys += 1;
            self.member(key, depth, shape, unread)?;
        }
    }

    fn member(
        &mut self,
        key: &[u8],
        depth: usize,
        shape: &mut Shape,
        unread: usize,
    ) -> Result<(), Failed> {
        let first = self.lexer.peek();
        match key {
            b"releases" | b"records" if first == Some(b'[') && depth < MAX_DEPTH => {
                let mut inner = shape.inner.take().unwrap_or_default();
                let read = self.elements(depth, &mut inner);
                shape.inner = Some(inner);
                return read;
            }
            b"ocid" => shape.has_ocid = true,
            b"url" => shape.has_url = true,
            b"releases" | b"records" if first == Some(b'n') => shape.package_keys += 1,
            _ => {}
        }
        shape.package_keys += usize::from(PACKAGE_KEYS.contains(&key));
        let at = self.lexer.at;
        let mut keys = Keys::default();
        if first == Some(b'{') {
            self.skip_object(&mut keys)
        } else {
            self.skip()
        }
        .map_err(|error| (error, unread))?;
        let piece = |kind| Piece {
            range: at..self.lexer.at,
            content: Content::Release(kind),
        };
        match key {
            b"compiledRelease" if keys.ocid && keys.date => {
                shape.compiled = Some(piece(Kind::Compiled));
            }
            b"versionedRelease" if keys.ocid => shape.versioned = Some(piece(Kind::Versioned)),
            _ => {}
        }
        Ok(())
    }

    fn elements(&mut self, depth: usize, pieces: &mut Vec<Piece>) -> Result<(), Failed> {
        let start = self.lexer.at;
        self.lexer.enter().map_err(|error| (error, start))?;
        loop {
            match self.lexer.peek() {
                Some(b']') => {
                    self.lexer.leave();
                    return Ok(());
                }
                // Commas that are missing or repeated leave no doubt about the releases.
                Some(b',') => self.lexer.at += 1,
                Some(_) if self.lexer.skip_mark() => {}
                Some(b'{') => self.object(depth + 1, pieces)?,
                _ => {
                    let at = self.lexer.at;
                    self.skip().map_err(|error| (error, at))?;
                    pieces.push(Piece {
                        range: at..self.lexer.at,
                        content: Content::Refused(not_a_release()),
                    });
                }
            }
        }
    }

    fn skip(&mut self) -> Result<(), SyntaxError> {
        let complete = &mut self.complete;
        self.lexer
            .skip(&mut |range, keys| note(complete, range, keys))
    }

    fn skip_object(&mut self, keys: &mut Keys) -> Result<(), SyntaxError> {
        let complete = &mut self.complete;
        self.lexer
            .skip_object(keys, &mut |range, keys| note(complete, range, keys))
    }

    /// Returns the releases of an object: those of a package or record, or the object itself.
    fn resolve(&self, shape: Shape) -> Vec<Piece> {
        let range = shape.start..self.lexer.at;
        let one = |content| vec![Piece { range, content }];
        if shape.inner.is_none() && shape.compiled.is_none() && shape.versioned.is_none() {
            let is_empty_package = shape.keys > 0 && shape.keys == shape.package_keys;
            return match (shape.has_ocid, shape.has_url) {
                _ if is_empty_package => Vec::new(),
                (false, true) => one(Content::Link),
                _ => one(Content::Release(Kind::Change)),
            };
        }
        let is_record = shape.is_record();
        let has_links = shape.inner.iter().flatten().next().is_some();
        let pieces = shape.pieces();
        if !is_record || !pieces.is_empty() {
            return pieces;
        }
        one(Content::Refused(if has_links {
            link_refusal()
        } else {
            Refusal::new(
                "the record has no releases",
                "export it with its releases embedded or compiled",
            )
        }))
    }
}

impl Shape {
    fn is_record(&self) -> bool {
        self.has_ocid || self.compiled.is_some() || self.versioned.is_some()
    }

    /// Returns the releases of a package; of a record its compiled release, else its embedded
    /// releases, else its versioned one. Each repeats the content of the next. Links in a record
    /// are left out: they are refused if it has nothing else.
    fn pieces(self) -> Vec<Piece> {
        let is_record = self.is_record();
        let mut pieces = self.inner.unwrap_or_default();
        if !is_record {
            return pieces;
        }
        let is_release = |piece: &Piece| matches!(piece.content, Content::Release(_));
        pieces.retain(|piece| piece.content != Content::Link);
        if let Some(compiled) = self.compiled {
            pieces.retain(|piece| !is_release(piece));
            pieces.push(compiled);
        } else if !pieces.iter().any(is_release) {
            pieces.extend(self.versioned);
        }
        pieces
    }
}

/// Keeps a complete object that is a release, instead of the releases in it.
fn note(complete: &mut Vec<(Range<usize>, Keys)>, range: Range<usize>, keys: Keys) {
    if keys.ocid && keys.date {
        let is_inside = |(last, _): &(Range<usize>, Keys)| last.start > range.start;
        while complete.last().is_some_and(is_inside) {
            complete.pop();
        }
        complete.push((range, keys));
    }
}

/// Returns the refusal of a value in a list of releases.
pub(super) fn not_a_release() -> Refusal {
    Refusal::new(
        "expected a release, a JSON object in `{}`",
        "remove this value",
    )
}

/// Returns the refusal of a release that is only linked to.
pub(super) fn link_refusal() -> Refusal {
    Refusal::new(
        "the release is only linked to (`url`) and its content is not in the file",
        "fetch the linked releases and import those, or export the record with its releases embedded",
    )
}
