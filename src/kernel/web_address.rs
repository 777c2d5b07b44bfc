//! Web addresses that people write: read by the WHATWG URL parser, and stored as it serialises them.
//!
//! An address is `https` (or `http` where the use allows it), without user name and password, and
//! its host is public: a domain of at least two labels that no standard reserves for private use,
//! or a globally reachable IP address. Torg never requests these addresses; readers' browsers do.
//!
//! An internationalised domain is stored in Punycode. Each of its labels must satisfy the level
//! Highly Restrictive of Unicode TS 39 §5.2, so that no label mixes look-alike letters of several
//! scripts. A domain wholly in one other script is accepted; its stored form begins with `xn--`.

use std::net::{Ipv4Addr, Ipv6Addr};

use unicode_security::{RestrictionLevel, RestrictionLevelDetection};
use url::{Host, ParseError, Url};

use super::message::Message;

/// Top-level domains that are reserved for private use or never exist (RFC 2606, 6761, 6762, 8375,
/// 9476, ICANN's `internal`, and common names of private networks). `example` is reserved for
/// documentation and accepted, because it leads nowhere.
const PRIVATE_DOMAINS: [&str; 15] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "lan",
    "home",
    "corp",
    "domain",
    "test",
    "invalid",
    "onion",
    "alt",
    "arpa",
];

/// Schemes that an address may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schemes {
    /// `https` and `http`.
    Web,
    /// `https` only.
    Secure,
}

/// Reason why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidAddress {
    /// The WHATWG parser cannot read it, or it has no host.
    Malformed,
    /// It has another scheme.
    Scheme(Schemes),
    /// It contains a control character or a line break.
    Control,
    /// It has a user name or password.
    Credentials,
    /// Its host is private, reserved or has one label.
    PrivateHost,
    /// A label of its host mixes scripts.
    MixedScripts,
    /// Its normalised form has more than this number of characters.
    TooLong(usize),
}

impl InvalidAddress {
    /// Returns the reason and the fix, to follow the field's name.
    pub fn message(self) -> Message {
        match self {
            Self::Malformed => {
                message!("is not a web address; write it in full, such as https://www.example.org/")
            }
            Self::Scheme(Schemes::Web) => message!(
                "must begin with https:// or http:// and a host, such as https://www.example.org/"
            ),
            Self::Scheme(Schemes::Secure) => message!(
                "must begin with https:// and a host, such as https://meet.example.org/market"
            ),
            Self::Control => message!("contains control characters or line breaks; remove them"),
            Self::Credentials => {
                message!("contains a user name or password; remove the part before `@`")
            }
            Self::PrivateHost => {
                message!(
                    "has a host that is not public; use a domain name such as www.example.org, or a public IP address"
                )
            }
            Self::MixedScripts => {
                message!(
                    "has a domain that mixes letters of several scripts, which can imitate another domain; write the domain \
                 in one script"
                )
            }
            Self::TooLong(limit) => message!(
                "has more than {limit} characters; use a shorter address",
                limit,
            ),
        }
    }
}

/// Returns the normalised form of an address with at most `limit` characters.
pub fn normalise(text: &str, schemes: Schemes, limit: usize) -> Result<String, InvalidAddress> {
    // The parser would strip some of these characters, and encode others.
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
    {
        return Err(InvalidAddress::Control);
    }
    // Parsing takes longer for long texts. Percent-encoding never makes a text shorter.
    if text.chars().count() > limit {
        return Err(InvalidAddress::TooLong(limit));
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => return Err(InvalidAddress::Scheme(schemes)),
        Err(_) => return Err(InvalidAddress::Malformed),
    };
    match url.scheme() {
        "https" => {}
        "http" if schemes == Schemes::Web => {}
        _ => return Err(InvalidAddress::Scheme(schemes)),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidAddress::Credentials);
    }
    match url.host().ok_or(InvalidAddress::Malformed)? {
        Host::Domain(domain) => check_domain(domain)?,
        Host::Ipv4(address) if is_public_v4(address) => {}
        Host::Ipv6(address) if is_public_v6(address) => {}
        Host::Ipv4(_) | Host::Ipv6(_) => return Err(InvalidAddress::PrivateHost),
    }
    let normal = String::from(url);
    match normal.len() <= limit {
        true => Ok(normal),
        false => Err(InvalidAddress::TooLong(limit)),
    }
}

/// Returns the normalised form of an address, or the text itself if it is refused. For decoding: the
/// rules of the use case then refuse it together with other fields.
pub fn normal_or_given(text: String, schemes: Schemes, limit: usize) -> String {
    normalise(&text, schemes, limit).unwrap_or(text)
}

/// Checks a domain in lower case, with Punycode labels.
fn check_domain(domain: &str) -> Result<(), InvalidAddress> {
    // The root's dot does not change where a domain leads.
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let (_, last) = domain.rsplit_once('.').ok_or(InvalidAddress::PrivateHost)?;
    if PRIVATE_DOMAINS.contains(&last) || domain.split('.').any(str::is_empty) {
        return Err(InvalidAddress::PrivateHost);
    }
    let shown = url::quirks::domain_to_unicode(domain);
    let mixes =
        |label: &str| label.detect_restriction_level() > RestrictionLevel::HighlyRestrictive;
    match shown.split('.').any(mixes) {
        true => Err(InvalidAddress::MixedScripts),
        false => Ok(()),
    }
}

/// Returns whether an address is globally reachable (IANA's special-purpose registry, RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        // This network, reserved for the future, and broadcast.
        || a == 0
        || a >= 240
        // Shared by carriers (RFC 6598), IETF protocols, 6to4 relays, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

/// Returns whether an address is global unicast (2000::/3) and not special-purpose. Addresses that
/// contain an IPv4 address (mapped, NAT64, 6to4, Teredo) are not accepted.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    (0x2000..0x4000).contains(&first) && !is_special
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{InvalidAddress::*, *};

    const LIMIT: usize = 200;

    #[test]
    fn addresses_are_stored_as_the_parser_serialises_them() {
        for (given, wanted) in [
            ("https://example.org", "https://example.org/"),
            ("HTTP://WWW.Example.ORG:80/A", "http://www.example.org/A"),
            ("https://example.org:443/", "https://example.org/"),
            ("https://example.org:8443/", "https://example.org:8443/"),
            ("https://example.org/a/../b/./c", "https://example.org/b/c"),
            ("https:\\\\example.org\\a", "https://example.org/a"),
            ("https://@example.org/", "https://example.org/"),
            (
                "https://example.org/å?ö#ä",
                "https://example.org/%C3%A5?%C3%B6#%C3%A4",
            ),
            ("https://Blåbär.example/", "https://xn--blbr-noae.example/"),
            ("https://例え.jp/", "https://xn--r8jz45g.jp/"),
            ("https://xn--r8jz45g.jp/", "https://xn--r8jz45g.jp/"),
            (" https://example.org/a b ", "https://example.org/a%20b"),
            ("https://8.8.8.8/", "https://8.8.8.8/"),
            ("https://0x08080808/", "https://8.8.8.8/"),
            (
                "https://[2A00:1450:4009::1]/",
                "https://[2a00:1450:4009::1]/",
            ),
        ] {
            assert_eq!(
                normalise(given, Schemes::Web, LIMIT).as_deref(),
                Ok(wanted),
                "{given}"
            );
        }
    }

    #[test]
    fn private_and_reserved_hosts_are_refused() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "printer",
            "printer.",
            "printer.local",
            "a.internal",
            "a.intranet",
            "a.lan",
            "a.home.arpa",
            "a.test",
            "a.invalid",
            "a.corp",
            "a.onion",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0x7f.1",
            "１２７.0.0.1",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "①②⑦.0.0.1",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[ff02::1]",
            "[::ffff:8.8.8.8]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[2002:7f00:1::]",
            "[3fff::1]",
            "[100::1]",
            "[fec0::1]",
            "[::127.0.0.1]",
        ] {
            let address = format!("https://{host}/");
            assert_eq!(
                normalise(&address, Schemes::Web, LIMIT),
                Err(PrivateHost),
                "{host}"
            );
        }
    }

    #[test]
    fn other_addresses_are_refused_with_their_reason() {
        let long = format!("https://example.org/{}", "a".repeat(LIMIT));
        let expanding = format!("https://example.org/{}", "å".repeat(LIMIT / 4));
        for (address, reason) in [
            ("", Scheme(Schemes::Web)),
            ("example.org", Scheme(Schemes::Web)),
            ("//example.org/", Scheme(Schemes::Web)),
            ("javascript:alert(1)", Scheme(Schemes::Web)),
            ("data:text/html,a", Scheme(Schemes::Web)),
            ("ftp://example.org/", Scheme(Schemes::Web)),
            ("file:///etc/passwd", Scheme(Schemes::Web)),
            ("https://", Malformed),
            ("https:///", Malformed),
            ("https://exa%00mple.org/", Malformed),
            ("https://example.org:99999/", Malformed),
            ("https://[::1/", Malformed),
            ("https://1.2.3.4.5/", Malformed),
            ("https://a@example.org/", Credentials),
            ("https://:b@example.org/", Credentials),
            ("https://example.com@example.org/", Credentials),
            ("https://exa mple.org/", Malformed),
            ("https://example.org/\n", Control),
            ("java\tscript:alert(1)", Control),
            ("https://example.org/\0", Control),
            ("https://example.org/\u{85}", Control),
            // Latin with a Cyrillic letter.
            ("https://ex\u{430}mple.org/", MixedScripts),
            ("https://xn--exmple-4nf.org/", MixedScripts),
            (&long, TooLong(LIMIT)),
            (&expanding, TooLong(LIMIT)),
        ] {
            assert_eq!(
                normalise(address, Schemes::Web, LIMIT),
                Err(reason),
                "{address}"
            );
        }
        assert_eq!(
            normalise("http://example.org/", Schemes::Secure, LIMIT),
            Err(Scheme(Schemes::Secure))
        );
    }

    proptest! {
        #[test]
        fn normalising_is_idempotent(path in "[ -~å\u{430}]{0,30}", host in "[a-zå0-9.\\-]{1,20}") {
            let text = format!("https://{host}/{path}");
            if let Ok(normal) = normalise(&text, Schemes::Secure, LIMIT) {
                prop_assert!(normal.is_ascii());
                prop_assert_eq!(normalise(&normal, Schemes::Secure, LIMIT), Ok(normal.clone()));
            }
        }
    }
}
