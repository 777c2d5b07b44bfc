//! Conditional requests and byte ranges (RFC 9110 §13 and §14).

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, Method, header};
use http_range_header::{
    EndPosition, RangeUnsatisfiableError, StartPosition, SyntacticallyCorrectRange,
    parse_range_header,
};

use crate::http::headers::contains_etag;

/// The part of a document that a response contains.
#[derive(Debug, PartialEq, Eq)]
pub enum Selection {
    /// 200: the whole document.
    Whole,
    /// 206: these bytes.
    Part(Range<u64>),
    /// 304: nothing, because the client has the document.
    NotModified,
    /// 412: nothing, because the client expects another document.
    PreconditionFailed,
    /// 416: nothing, because the document is too short.
    NotSatisfiable,
}

/// Evaluates the headers for a document with this entity tag (quotes included) and size in bytes.
pub fn select(method: &Method, headers: &HeaderMap, etag: &str, size: u64) -> Selection {
    // The order is that of §13.2.2. A stored document never changes: its tag is strong, and
    // conditions on dates are not needed.
    let matched = contains_etag(headers, header::IF_MATCH, etag, false);
    if headers.contains_key(header::IF_MATCH) && !matched {
        return Selection::PreconditionFailed;
    }
    if contains_etag(headers, header::IF_NONE_MATCH, etag, true) {
        return Selection::NotModified;
    }
    // Only GET has ranges (§14.2). `If-Range` with another tag makes the range invalid (§13.1.5).
    let other = text(headers, header::IF_RANGE).is_some_and(|tag| tag.trim() != etag);
    if method != Method::GET || other {
        return Selection::Whole;
    }
    match text(headers, header::RANGE) {
        Some(range) => part(range, size),
        None => Selection::Whole,
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or_default())
}

/// Evaluates a `Range` header. Several ranges and invalid ranges are ignored, as §14.2 allows.
fn part(header: &str, size: u64) -> Selection {
    match parse_range_header(&header.trim().to_ascii_lowercase()) {
        Ok(parsed) => match parsed.ranges.as_slice() {
            [range] => satisfy(*range, size),
            _ => Selection::Whole,
        },
        Err(RangeUnsatisfiableError::ZeroSuffix) => Selection::NotSatisfiable,
        Err(_) => Selection::Whole,
    }
}

fn satisfy(range: SyntacticallyCorrectRange, size: u64) -> Selection {
    let start = match range.start {
        StartPosition::Index(start) => start,
        // A suffix longer than the document is the whole document.
        StartPosition::FromLast(length) => size.saturating_sub(length),
    };
    let end = match range.end {
        // A range that ends before it begins is invalid.
        EndPosition::Index(last) if last < start => return Selection::Whole,
        EndPosition::Index(last) => last.saturating_add(1).min(size),
        EndPosition::LastByte => size,
    };
    match start < size {
        true => Selection::Part(start..end),
        false => Selection::NotSatisfiable,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn selected(method: &Method, headers: &[(HeaderName, &str)]) -> Selection {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        select(method, &map, ETAG, 10)
    }

    #[test]
    fn ranges_select_bytes_as_in_rfc_9110() {
        use Selection::{NotSatisfiable, Part, Whole};
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
                selected(&Method::GET, &[(header::RANGE, range)]),
                expected,
                "{range}"
            );
            assert_eq!(
                selected(&Method::HEAD, &[(header::RANGE, range)]),
                Whole,
                "{range}"
            );
        }
    }

    #[test]
    fn conditions_come_before_ranges() {
        use Selection::{NotModified, Part, PreconditionFailed, Whole};
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
            let selection = selected(&Method::GET, &[range.clone(), condition.clone()]);
            assert_eq!(selection, expected, "{condition:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_always_lies_within_the_document(range in "bytes=[0-9]{0,21}-[0-9]{0,21}", size in 1..u64::MAX) {
            if let Selection::Part(part) = part(&range, size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}
