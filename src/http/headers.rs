//! Reading request headers.

use axum::http::{HeaderMap, HeaderName, header};

/// Returns the items of a list header, trimmed. The list is spread over all fields with the name,
/// separated by commas (RFC 9110 §5.6.1).
pub fn list_items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let fields = headers.get_all(name).into_iter();
    fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .map(str::trim)
}

/// Returns what the client accepts, by name without parameters, and its weight. An item with the
/// weight 0 is not accepted (RFC 9110 §12.4.2) and left out.
pub fn accepted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, f32)> {
    let weighed = list_items(headers, name).filter_map(|item| {
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

/// Returns whether the client accepts a gzipped response.
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    accepted(headers, header::ACCEPT_ENCODING)
        .any(|(coding, _)| coding.eq_ignore_ascii_case("gzip"))
}

/// Returns whether the list contains `*` or the entity tag (quotes included). A weak comparison
/// ignores the prefix `W/` on both sides (RFC 9110 §8.8.3.2).
pub fn contains_etag(headers: &HeaderMap, name: HeaderName, etag: &str, weak: bool) -> bool {
    let opaque = |etag: &'_ str| match weak {
        true => etag.strip_prefix("W/").unwrap_or(etag).to_owned(),
        false => etag.to_owned(),
    };
    let etag = opaque(etag);
    list_items(headers, name).any(|item| item == "*" || opaque(item) == etag)
}

/// Returns whether the request asks for an upgrade to a WebSocket.
pub fn is_websocket_upgrade(headers: &HeaderMap) -> bool {
    let upgrade = headers
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, fields: &[&'static str]) -> HeaderMap {
        let fields = fields.iter().map(|field| HeaderValue::from_static(field));
        fields.map(|field| (name.clone(), field)).collect()
    }

    #[test]
    fn entity_tags_compare_weakly_or_strongly() {
        for (fields, weak, strong) in [
            (&[r#""ab""#][..], true, true),
            (&[r#"W/"ab""#], true, false),
            (&[r#""cd", "ab""#], true, true),
            (&[r#""cd""#, r#""ab""#], true, true),
            (&["*"], true, true),
            (&[r#"W/"cd""#], false, false),
            (&["ab"], false, false),
            (&[], false, false),
        ] {
            let headers = headers(header::IF_NONE_MATCH, fields);
            let has = |etag, weak| contains_etag(&headers, header::IF_NONE_MATCH, etag, weak);
            assert_eq!(has(r#""ab""#, true), weak, "{fields:?}");
            assert_eq!(has(r#""ab""#, false), strong, "{fields:?}");
            assert_eq!(has(r#"W/"ab""#, true), weak, "{fields:?}");
        }
    }

    #[test]
    fn accepted_items_have_a_weight_above_zero() {
        for (fields, expected) in [
            (&["gzip"][..], &[("gzip", 1.0)][..]),
            (&["gzip;q=0, br ; q=0.5"], &[("br", 0.5)]),
            (&["a/b; x=y; Q=0.1", "c/d"], &[("a/b", 0.1), ("c/d", 1.0)]),
            (&["gzip;q=much, ,"], &[]),
        ] {
            let headers = headers(header::ACCEPT_ENCODING, fields);
            let found: Vec<_> = accepted(&headers, header::ACCEPT_ENCODING).collect();
            assert_eq!(found, expected, "{fields:?}");
        }
    }
}
