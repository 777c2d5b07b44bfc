//! The network that a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The IP address of the connection's peer; `None` when the server did not record it.
#[derive(Clone, Copy)]
pub struct Peer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(connection.map(|connection| connection.0.ip())))
    }
}

/// Returns the client's network: its IPv4 address, or the /64 of its IPv6 address, because one
/// client has a whole /64.
///
/// Each of the operator's `proxies` appends the address of its own peer to `X-Forwarded-For`. The
/// entry that the outermost proxy wrote is the client's address; the entries before it may be
/// forged. With fewer entries than `proxies` the request did not pass through all proxies, and the
/// connection's peer is the client.
pub fn client_network(peer: Peer, headers: &HeaderMap, proxies: usize) -> IpAddr {
    let unknown = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let peer = peer.0.unwrap_or(unknown);
    let forwarded = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut forwarded = forwarded
        .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
        .map(|address| std::str::from_utf8(address).ok().and_then(parse));
    let written = proxies.checked_sub(1).and_then(|last| forwarded.nth(last));
    let client = written.flatten().unwrap_or(peer);
    network(client)
}

/// Parses an address as proxies write it: with or without a port.
fn parse(address: &str) -> Option<IpAddr> {
    let address = address.trim();
    let with_port = || address.parse().map(|address: SocketAddr| address.ip());
    address.parse().or_else(|_| with_port()).ok()
}

/// Returns the network of an address: the IPv4 address itself, or the /64 of an IPv6 address.
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
    fn only_entries_of_own_proxies_are_trusted() {
        for (proxies, forwarded, expected) in [
            (0, &[][..], "192.0.2.1"),
            // Without a proxy the client wrote the entry.
            (0, &["198.51.100.7"], "192.0.2.1"),
            (1, &["198.51.100.7"], "198.51.100.7"),
            (1, &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            (1, &["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            (2, &["203.0.113.9", "198.51.100.7"], "203.0.113.9"),
            (2, &["198.51.100.7"], "192.0.2.1"),
            (1, &["somebody"], "192.0.2.1"),
            (1, &["198.51.100.7:4711"], "198.51.100.7"),
            // An unreadable entry counts as an entry.
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
            let found = client_network(peer, &headers, proxies);
            assert_eq!(found.to_string(), expected, "{proxies} {forwarded:?}");
        }
    }
}
