//! Which part of a document a request wants, if any: conditions and ranges of RFC 9110 §13 and §14.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, Method, header};
use http_range_header::{
    EndPosition, RangeUnsatisfiableError, StartPosition, SyntacticallyCorrectRange,
    parse_range_header,
};

use crate::http::lists::has_tag;

/// What is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// 200: all of it.
    Whole,
    /// 206: these bytes.
    Part(Range<u64>),
    /// 304: the client has it.
    NotModified,
    /// 412: the client wants another.
    PreconditionFailed,
    /// 416: there are no such bytes.
    NotSatisfiable,
}

/// Reads the headers, for a document with this entity tag (quotes included) and size.
pub fn wanted(method: &Method, headers: &HeaderMap, etag: &str, size: u64) -> Wanted {
    // In the order of §13.2.2. What is stored never changes, so that its tag is strong and dates are of no use.
    let matched = has_tag(headers, header::IF_MATCH, etag, false);
    if headers.contains_key(header::IF_MATCH) && !matched {
        return Wanted::PreconditionFailed;
    }
    if has_tag(headers, header::IF_NONE_MATCH, etag, true) {
        return Wanted::NotModified;
    }
    // Ranges are of GET alone (§14.2), and hold only for the document that the client has a part of (§13.1.5).
    let other = text(headers, header::IF_RANGE).is_some_and(|tag| tag.trim() != etag);
    if method != Method::GET || other {
        return Wanted::Whole;
    }
    match text(headers, header::RANGE) {
        Some(range) => part(range, size),
        None => Wanted::Whole,
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or_default())
}

/// One range is answered; several, and what is none, are ignored, as §14.2 allows.
fn part(header: &str, size: u64) -> Wanted {
    match parse_range_header(&header.trim().to_ascii_lowercase()) {
        Ok(parsed) => match parsed.ranges.as_slice() {
            [range] => satisfy(*range, size),
            _ => Wanted::Whole,
        },
        Err(RangeUnsatisfiableError::ZeroSuffix) => Wanted::NotSatisfiable,
        Err(_) => Wanted::Whole,
    }
}

fn satisfy(range: SyntacticallyCorrectRange, size: u64) -> Wanted {
    let start = match range.start {
        StartPosition::Index(start) => start,
        // A suffix longer than the document is all of it.
        StartPosition::FromLast(length) => size.saturating_sub(length),
    };
    let end = match range.end {
        // It ends before it begins: that is no range.
        EndPosition::Index(last) if last < start => return Wanted::Whole,
        EndPosition::Index(last) => last.saturating_add(1).min(size),
        EndPosition::LastByte => size,
    };
    match start < size {
        true => Wanted::Part(start..end),
        false => Wanted::NotSatisfiable,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn ask(method: &Method, headers: &[(HeaderName, &str)]) -> Wanted {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        wanted(method, &map, ETAG, 10)
    }

    #[test]
    fn a_range_is_answered_as_the_rfc_says() {
        use Wanted::{NotSatisfiable, Part, Whole};
        for (range, expected) in [
            ("bytes=0-0", Part(0..1)),
            ("bytes=0-9", Part(0..10)),
            ("bytes=0-99", Part(0..10)),
            ("bytes=3-5", Part(3..6)),
            ("bytes=9-", Part(9..10)),
            ("Bytes=0-", Part(0..10)),
            ("bytes=-1", Part(9..10)),
            ("bytes=-10", Part(0..10)),
            ("bytes=-99", Part(0..10)),
            ("bytes=0-18446744073709551615", Part(0..10)),
            ("bytes=-0", NotSatisfiable),
            ("bytes=10-", NotSatisfiable),
            ("bytes=10-12", NotSatisfiable),
            ("bytes=18446744073709551615-", NotSatisfiable),
            ("bytes=5-3", Whole),
            ("bytes=0-1,3-4", Whole),
            ("bytes=", Whole),
            ("bytes=a-b", Whole),
            ("bytes=--1", Whole),
            ("bytes=0-99999999999999999999999", Whole),
            ("lines=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(
                ask(&Method::GET, &[(header::RANGE, range)]),
                expected,
                "{range}"
            );
            assert_eq!(
                ask(&Method::HEAD, &[(header::RANGE, range)]),
                Whole,
                "{range}"
            );
        }
    }

    #[test]
    fn conditions_come_before_ranges() {
        use Wanted::{NotModified, Part, PreconditionFailed, Whole};
        let range = (header::RANGE, "bytes=0-1");
        for (condition, expected) in [
            ((header::IF_RANGE, ETAG), Part(0..2)),
            ((header::IF_RANGE, "\"other\""), Whole),
            ((header::IF_RANGE, "W/\"abc\""), Whole),
            ((header::IF_RANGE, "Sat, 01 Jan 2000 00:00:00 GMT"), Whole),
            ((header::IF_NONE_MATCH, ETAG), NotModified),
            ((header::IF_NONE_MATCH, "\"x\", W/\"abc\""), NotModified),
            ((header::IF_NONE_MATCH, "*"), NotModified),
            ((header::IF_NONE_MATCH, "\"x\""), Part(0..2)),
            ((header::IF_MATCH, ETAG), Part(0..2)),
            ((header::IF_MATCH, "*"), Part(0..2)),
            ((header::IF_MATCH, "W/\"abc\""), PreconditionFailed),
            ((header::IF_MATCH, "\"x\""), PreconditionFailed),
        ] {
            let answer = ask(&Method::GET, &[range.clone(), condition.clone()]);
            assert_eq!(answer, expected, "{condition:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_always_lies_within_the_document(range in "bytes=[0-9]{0,21}-[0-9]{0,21}", size in 1..u64::MAX) {
            if let Wanted::Part(part) = part(&range, size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}
