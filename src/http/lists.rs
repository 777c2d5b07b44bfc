//! Headers that are lists: over all their lines, with commas between (RFC 9110 §5.6.1).

use axum::http::{HeaderMap, HeaderName};

/// A list's items, without the spaces around them.
pub fn items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

/// What a client takes, by name without parameters; what has the weight of zero it does not (§12.4.2).
pub fn taken(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, f32)> {
    let weighed = items(headers, name).filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some((
            name,
            weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)),
        ))
    });
    weighed.filter(|(_, weight)| *weight > 0.0)
}

/// Does the list name this entity tag (its quotes included), or `*`? Weakly compared, it is the same whether or not it
/// is marked as weak (§8.8.3.2).
pub fn has_tag(headers: &HeaderMap, name: HeaderName, tag: &str, weakly: bool) -> bool {
    let opaque = |tag: &'_ str| match weakly {
        true => tag.strip_prefix("W/").unwrap_or(tag).to_owned(),
        false => tag.to_owned(),
    };
    let tag = opaque(tag);
    items(headers, name).any(|item| item == "*" || opaque(item) == tag)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn headers(name: HeaderName, lines: &[&'static str]) -> HeaderMap {
        let lines = lines.iter().map(|line| HeaderValue::from_static(line));
        lines.map(|line| (name.clone(), line)).collect()
    }

    #[test]
    fn a_tag_is_recognised_however_it_is_sent() {
        for (lines, weakly, strongly) in [
            (&[r#""ab""#][..], true, true),
            (&[r#"W/"ab""#], true, false),
            (&[r#""cd", "ab""#], true, true),
            (&[r#""cd""#, r#""ab""#], true, true),
            (&["*"], true, true),
            (&[r#"W/"cd""#], false, false),
            (&["ab"], false, false),
            (&[], false, false),
        ] {
            let headers = headers(header::IF_NONE_MATCH, lines);
            let has = |tag, weakly| has_tag(&headers, header::IF_NONE_MATCH, tag, weakly);
            assert_eq!(has(r#""ab""#, true), weakly, "{lines:?}");
            assert_eq!(has(r#""ab""#, false), strongly, "{lines:?}");
            assert_eq!(has(r#"W/"ab""#, true), weakly, "{lines:?}");
        }
    }

    #[test]
    fn what_is_taken_is_told_with_its_weight() {
        for (lines, expected) in [
            (&["gzip"][..], &[("gzip", 1.0)][..]),
            (&["gzip;q=0, br ; q=0.5"], &[("br", 0.5)]),
            (&["a/b; x=y; Q=0.1", "c/d"], &[("a/b", 0.1), ("c/d", 1.0)]),
            (&["gzip;q=much, ,"], &[]),
        ] {
            let headers = headers(header::ACCEPT_ENCODING, lines);
            let taken: Vec<_> = taken(&headers, header::ACCEPT_ENCODING).collect();
            assert_eq!(taken, expected, "{lines:?}");
        }
    }
}
