//! Buyer and contact point.

use super::identity::Buyer;
use super::{Source, classification, country, identity, text};
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::zone::Zone;
use crate::procurement::content::Contact;
use crate::procurement::rules::{CONTACT_LIMIT, TITLE_LIMIT};

/// Name of a buyer that the release does not name.
pub const NOT_STATED: &str = "(not stated)";

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

pub(super) fn buyer(source: &Source<'_>, party: Option<&Node<'_>>, ocid: &str) -> Buyer {
    let stated = stated_buyer(source);
    let nodes: Vec<&Node<'_>> = stated.iter().chain(party).collect();
    let (mut name, mut is_named) = (NOT_STATED.to_owned(), false);
    let mut names = nodes
        .iter()
        .filter_map(|node| Some((*node, node.text("name")?)));
    if let Some((node, found)) = names.find(|(node, name)| {
        let is_name = !identity::is_placeholder_name(name);
        if !is_name {
            let message = format!("{} is a placeholder for a missing name", quoted(name));
            node.warn(WarningKind::Placeholder, "name", message);
        }
        is_name
    }) {
        (name, is_named) = (text::cut(node, "name", found, TITLE_LIMIT), true);
    } else {
        source.root.warn(
            WarningKind::Missing,
            "buyer/name",
            format!("is missing; the buyer is called {NOT_STATED}"),
        );
    }
    let address = address(&nodes);
    let nuts = address.as_ref().and_then(classification::region);
    let country = country(address.as_ref(), nuts.as_deref());
    let described: Vec<&Node<'_>> = nodes.iter().rev().copied().collect();
    let number = identity::identifier(&described, country.as_deref());
    let (identifier_scheme, identifier) =
        number.map(|number| (number.scheme, number.value)).unzip();
    let mut buyer = Buyer {
        name,
        identifier_scheme,
        identifier,
        country,
        nuts,
        key: String::new(),
    };
    buyer.key = identity::source_key(&buyer, is_named, ocid);
    buyer
}

/// Returns the address of the buyer: in 1.1 that of its party.
fn address<'a>(nodes: &[&Node<'a>]) -> Option<Node<'a>> {
    nodes.iter().rev().find_map(|node| node.object("address"))
}

/// Returns the time zone of the buyer's country and region, else of the country of the place of
/// performance, else the default.
pub(super) fn zone(
    source: &Source<'_>,
    party: Option<&Node<'_>>,
    buyer: &Buyer,
    places: &[String],
) -> Zone {
    let stated = stated_buyer(source);
    let nodes: Vec<&Node<'_>> = stated.iter().chain(party).collect();
    let region = address(&nodes).and_then(|address| address.text("region"));
    let region = buyer.nuts.clone().or(region);
    let country = buyer.country.as_deref();
    let seat = country.and_then(|country| Zone::of_place(country, region.as_deref()));
    let place = || {
        let code = places.first()?;
        Zone::of_place(country::of_nuts(code)?, Some(code))
    };
    seat.or_else(place).unwrap_or(Zone::DEFAULT)
}

/// Returns the country of the address by its code or name, else the country of the NUTS code.
fn country(address: Option<&Node<'_>>, nuts: Option<&str>) -> Option<String> {
    let written = address.and_then(|address| {
        ["country", "countryName"]
            .into_iter()
            .find_map(|key| Some((address.clone(), key, address.text(key)?)))
    });
    let stated = written.and_then(|(address, key, text)| {
        let found = country::country(&text);
        if found.is_none() && !identity::is_placeholder_name(&text) {
            let message = format!("{} is not a known country; it is left out", quoted(&text));
            address.warn(WarningKind::UnknownWord, key, message);
        }
        found
    });
    stated
        .or_else(|| country::of_nuts(nuts?))
        .map(str::to_owned)
}

pub(super) fn contact(source: &Source<'_>, party: Option<&Node<'_>>) -> Option<Contact> {
    let stated = stated_buyer(source);
    let point = party
        .into_iter()
        .chain(&stated)
        .find_map(|node| node.object("contactPoint"))?;
    let line = |key| {
        let line = text::cut(&point, key, point.text(key)?, CONTACT_LIMIT);
        (!line.is_empty()).then_some(line)
    };
    let contact = Contact {
        name: line("name"),
        email: line("email"),
    };
    (contact.name.is_some() || contact.email.is_some()).then_some(contact)
}
