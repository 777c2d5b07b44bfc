//! Identity of a buyer: which notices belong to one organisation.

use sha2::{Digest, Sha256};

use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::organisation::identifier::{
    Identifier,
    spelling::{NoIdentity, read},
};

/// Buyer of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// Name, or "(not stated)".
    pub name: String,
    /// Register of the number (`GB-COH`); `None` if the release states no number.
    pub identifier_scheme: Option<String>,
    /// Number in the register, in its normal form.
    pub identifier: Option<String>,
    /// Country (ISO 3166-1 alpha-2); `None` if unknown.
    pub country: Option<String>,
    /// NUTS code of the seat; `None` if unknown.
    pub nuts: Option<String>,
    /// Key by which notices of one buyer are recognised.
    pub key: String,
}

/// Maximum length of the key of a buyer in bytes. A longer key is hashed to fit into an index
/// entry.
const MAX_SOURCE_KEY: usize = 500;

/// Maximum length of a register's code or a number in characters. Longer ones are not numbers.
const MAX_NUMBER: usize = 100;

/// Returns the first valid registration number of the parts of a release that describe the buyer:
/// `identifier`, then `additionalIdentifiers`, then an `id` that begins with a register.
pub(super) fn identifier(parts: &[&Node<'_>], country: Option<&str>) -> Option<Identifier> {
    let stated = parts.iter().flat_map(|part| {
        let main = part.object("identifier").into_iter();
        main.chain(part.objects("additionalIdentifiers"))
    });
    let stated: Vec<Node<'_>> = stated.collect();
    let found = stated.iter().find_map(|node| {
        let scheme = node.text("scheme");
        number(node, scheme.as_deref(), country)
    });
    let has_number = stated.iter().any(|node| node.has("id"));
    let by_id = || {
        parts
            .iter()
            .find_map(|part| read(None, &part.text("id")?, country).ok())
    };
    match has_number {
        true => found,
        false => by_id(),
    }
}

fn number(node: &Node<'_>, scheme: Option<&str>, country: Option<&str>) -> Option<Identifier> {
    let written = node.text("id")?;
    let is_long = |text: &str| text.chars().count() > MAX_NUMBER;
    if is_long(&written) || scheme.is_some_and(is_long) {
        let message = format!("{} is too long for a registration number", quoted(&written));
        node.warn(WarningKind::Unreadable, "id", message);
        return None;
    }
    let (kind, reason) = match read(scheme, &written, country) {
        Ok(identifier) => return Some(identifier),
        Err(NoIdentity::Placeholder) => (
            WarningKind::Placeholder,
            "is a placeholder for a missing number",
        ),
        Err(NoIdentity::NoRegister) => (WarningKind::Missing, "is in no stated register"),
        Err(NoIdentity::Invalid) => (
            WarningKind::Unreadable,
            "has not the form or the check digit of its register",
        ),
        Err(NoIdentity::NaturalPerson) => {
            let message =
                "is the number of a natural person, which is not published; it is left out";
            node.warn(WarningKind::Unreadable, "id", message);
            return None;
        }
    };
    let message = format!(
        "{} {reason}; it identifies no organisation",
        quoted(&written)
    );
    node.warn(kind, "id", message);
    None
}

/// Returns the key of a buyer; buyers of imported notices with the same key are one organisation.
/// The key is the number in a register, else country and name without letter case and extra white
/// space, else the process: buyers without number and name are all different.
///
/// Examples: `identifier:GB-COH:01234567`, `name:SE:malmö stad`, `process:ocds-a-1`. Long keys are
/// `sha256:` and their hash.
pub(super) fn source_key(buyer: &Buyer, is_named: bool, ocid: &str) -> String {
    let key = match (&buyer.identifier_scheme, &buyer.identifier) {
        (Some(scheme), Some(value)) => format!("identifier:{scheme}:{value}"),
        _ if is_named => {
            let country = buyer.country.as_deref().unwrap_or_default();
            let name: Vec<&str> = buyer.name.split_whitespace().collect();
            format!("name:{country}:{}", name.join(" ").to_lowercase())
        }
        _ => format!("process:{ocid}"),
    };
    if key.len() <= MAX_SOURCE_KEY {
        return key;
    }
    let digest = Sha256::digest(key.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Returns whether a text is a placeholder for a missing name: it has no letter, or says that the name is not
/// known.
pub(super) fn is_placeholder_name(name: &str) -> bool {
    const PLACEHOLDERS: &[&str] = &[
        "na",
        "none",
        "null",
        "nil",
        "unknown",
        "notknown",
        "notapplicable",
        "notavailable",
        "notprovided",
        "notspecified",
        "notstated",
        "undefined",
        "tba",
        "tbc",
        "tbd",
        "test",
        "ejangivet",
        "ejangiven",
        "saknas",
        "okänd",
        "okänt",
        "eiole",
        "eitiedossa",
        "tuntematon",
        "ikkeoppgitt",
        "ikkeangitt",
        "ukjent",
        "ukendt",
        "ikkeoplyst",
        "unbekannt",
        "keineangabe",
        "inconnu",
        "nonrenseigné",
        "desconocido",
        "sconosciuto",
        "onbekend",
        "puudub",
        "brak",
    ];
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    let mut characters = plain.chars();
    let first = characters.next();
    let repeated = plain.chars().count() > 1 && characters.all(|c| Some(c) == first);
    !plain.chars().any(char::is_alphabetic) || repeated || PLACEHOLDERS.contains(&&*plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buyer(name: &str) -> Buyer {
        Buyer {
            name: name.to_owned(),
            identifier_scheme: None,
            identifier: None,
            country: Some("SE".to_owned()),
            nuts: None,
            key: String::new(),
        }
    }

    fn registered(name: &str, number: &str) -> Buyer {
        let read = read(Some("SE-ORGNR"), number, Some("SE")).expect("a number");
        Buyer {
            identifier_scheme: Some(read.scheme),
            identifier: Some(read.value),
            ..buyer(name)
        }
    }

    fn key(buyer: &Buyer) -> String {
        source_key(buyer, !is_placeholder_name(&buyer.name), "ocds-a-1")
    }

    #[test]
    fn a_register_number_identifies_a_buyer_before_its_name() {
        let malmo = key(&registered("Malmö stad", "212000-1124"));
        assert_eq!(malmo, "identifier:SE-ORGNR:2120001124");
        assert_eq!(
            malmo,
            key(&registered("MALMÖ STAD, inköp", "SE212000112401"))
        );
    }

    #[test]
    fn a_name_identifies_a_buyer_within_its_country() {
        assert_eq!(key(&buyer(" MALMÖ\u{a0}  Stad")), "name:SE:malmö stad");
        let elsewhere = Buyer {
            country: None,
            ..buyer("Malmö stad")
        };
        assert_eq!(key(&elsewhere), "name::malmö stad");
    }

    #[test]
    fn buyers_without_a_name_are_all_different() {
        for name in [
            "N/A",
            "-",
            "Unknown",
            "ej angivet",
            "xxx",
            "123",
            "(not stated)",
        ] {
            assert_eq!(key(&buyer(name)), "process:ocds-a-1", "{name}");
        }
        for name in ["Aa kommun", "Å", "Ö-vik", "Test Valley Borough Council"] {
            assert!(key(&buyer(name)).starts_with("name:"), "{name}");
        }
    }

    #[test]
    fn a_long_key_is_hashed() {
        let (one, other) = ("a1".repeat(5000), "b1".repeat(5000));
        let key = key(&buyer(&one));
        assert!(key.starts_with("sha256:") && key.len() <= MAX_SOURCE_KEY);
        assert_ne!(key, super::source_key(&buyer(&other), true, "ocds-a-1"));
    }
}
