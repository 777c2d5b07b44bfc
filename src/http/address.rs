//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The peer of a request's connection; none where nobody noted it.
#[derive(Clone, Copy)]
pub struct Peer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(connection.map(|connection| connection.0.ip())))
    }
}

/// The client's network: its IPv4 address, or the /64 of its IPv6 address, all of which one client has. So many proxies
/// of ours stand in front, each of which has written down whom it heard it from (`X-Forwarded-For`); what stands before
/// that the client may have made up. Where there are fewer than that, the request did not come through them, and is its
/// peer's.
pub fn client(peer: Peer, headers: &HeaderMap, proxies: usize) -> IpAddr {
    let unknown = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let peer = peer.0.unwrap_or(unknown);
    let forwarded = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut forwarded = forwarded
        .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
        .map(|address| std::str::from_utf8(address).ok().and_then(written));
    let told = proxies.checked_sub(1).and_then(|last| forwarded.nth(last));
    let client = told.flatten().unwrap_or(peer);
    network(client)
}

/// An address as proxies write it: some with its port.
fn written(address: &str) -> Option<IpAddr> {
    let address = address.trim();
    let with_port = || address.parse().map(|address: SocketAddr| address.ip());
    address.parse().or_else(|_| with_port()).ok()
}

/// An address's network: an IPv4 address, or the /64 of an IPv6 address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn as_many_proxies_are_believed_as_there_are() {
        for (proxies, forwarded, expected) in [
            (0, &[][..], "192.0.2.1"),
            // Nobody of ours wrote it.
            (0, &["198.51.100.7"], "192.0.2.1"),
            (1, &["198.51.100.7"], "198.51.100.7"),
            (1, &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            (1, &["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            (2, &["203.0.113.9", "198.51.100.7"], "203.0.113.9"),
            (2, &["198.51.100.7"], "192.0.2.1"),
            (1, &["somebody"], "192.0.2.1"),
            (1, &["198.51.100.7:4711"], "198.51.100.7"),
            // What cannot be read is one of them all the same.
            (1, &["203.0.113.9", "å, 198.51.100.7"], "198.51.100.7"),
            (1, &["203.0.113.9", "å"], "192.0.2.1"),
            (1, &["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
            (1, &["::ffff:198.51.100.7"], "198.51.100.7"),
        ] {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                headers.append(FORWARDED_FOR, value);
            }
            let peer = Peer(Some("192.0.2.1".parse().unwrap()));
            let found = client(peer, &headers, proxies);
            assert_eq!(found.to_string(), expected, "{proxies} {forwarded:?}");
        }
    }
}
