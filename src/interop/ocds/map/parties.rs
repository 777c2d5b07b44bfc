//! Buyer and contact point.

use super::{Source, classification, text};
use crate::interop::ocds::node::Node;
use crate::interop::ocds::problem::WarningKind;
use crate::procurement::content::Contact;
use crate::procurement::rules::TITLE_LIMIT;

/// Name of a buyer that the release does not name.
pub const NOT_STATED: &str = "(not stated)";

/// Buyer of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// Name, or "(not stated)".
    pub name: String,
    /// Register of the identifier (org-id.guide: `GB-COH`); `None` if not stated.
    pub identifier_scheme: Option<String>,
    /// Number in the register; always `None` without the register.
    pub identifier: Option<String>,
    /// Country (ISO 3166-1 alpha-2); `None` if unknown.
    pub country: Option<String>,
    /// NUTS code of the seat; `None` if unknown.
    pub nuts: Option<String>,
}

/// Returns the `buyer` of the release: in OCDS 1.0 the whole organisation, in 1.1 a reference to
/// `parties`.
fn stated_buyer<'a>(source: &Source<'a>) -> Option<Node<'a>> {
    let stated = source
        .root
        .object("buyer")
        .filter(|buyer| buyer.has("name") || buyer.has("id"));
    stated.or_else(|| source.tender(|tender| tender.object("procuringEntity")))
}

/// Returns the buyer in `parties`: the referenced party, else the one with the role of buyer.
pub(super) fn buyer_party<'p, 'a>(
    source: &Source<'a>,
    parties: &'p [Node<'a>],
) -> Option<&'p Node<'a>> {
    let id = stated_buyer(source).and_then(|stated| stated.text("id"));
    let by_id = id.and_then(|id| {
        parties
            .iter()
            .find(|party| party.text("id").as_ref() == Some(&id))
    });
    let has_role = |role: &str| {
        parties.iter().find(|party| {
            party
                .texts("roles")
                .iter()
                .any(|found| found.eq_ignore_ascii_case(role))
        })
    };
    by_id
        .or_else(|| has_role("buyer"))
        .or_else(|| has_role("procuringEntity"))
}

pub(super) fn buyer(source: &Source<'_>, party: Option<&Node<'_>>) -> Buyer {
    let stated = stated_buyer(source);
    let nodes: Vec<&Node<'_>> = stated.iter().chain(party).collect();
    let name = nodes
        .iter()
        .find_map(|node| Some((*node, node.text("name")?)));
    let name = match name {
        Some((node, name)) => text::cut(node, "name", name, TITLE_LIMIT),
        None => {
            source.root.warn(
                WarningKind::Missing,
                "buyer/name",
                format!("is missing; the buyer is called {NOT_STATED}"),
            );
            NOT_STATED.to_owned()
        }
    };
    let identifier = nodes.iter().rev().find_map(|node| {
        let identifier = node.object("identifier")?;
        identifier.text("scheme").zip(identifier.text("id"))
    });
    let address = nodes.iter().rev().find_map(|node| node.object("address"));
    let nuts = address.as_ref().and_then(classification::region);
    let (identifier_scheme, identifier) = identifier.unzip();
    Buyer {
        name,
        identifier_scheme,
        identifier,
        country: country(address.as_ref(), nuts.as_deref()),
        nuts,
    }
}

/// Returns the country of the address if it is a code, else the country of the NUTS code.
fn country(address: Option<&Node<'_>>, nuts: Option<&str>) -> Option<String> {
    let written = address.and_then(|address| {
        address
            .text("country")
            .or_else(|| address.text("countryName"))
    });
    let code = written
        .filter(|text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()));
    let code = code.or_else(|| nuts.and_then(|nuts| nuts.get(..2)).map(str::to_owned))?;
    // The European Union writes two countries otherwise than ISO 3166.
    Some(match code.as_str() {
        "UK" => "GB".to_owned(),
        "EL" => "GR".to_owned(),
        _ => code,
    })
}

pub(super) fn contact(source: &Source<'_>, party: Option<&Node<'_>>) -> Option<Contact> {
    let stated = stated_buyer(source);
    let point = party
        .into_iter()
        .chain(&stated)
        .find_map(|node| node.object("contactPoint"))?;
    let contact = Contact {
        name: point.text("name"),
        email: point.text("email"),
    };
    (contact.name.is_some() || contact.email.is_some()).then_some(contact)
}
