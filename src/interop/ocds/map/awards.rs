//! Past awards, and documents that are published elsewhere.

use std::collections::HashSet;

use super::{Source, text, time, value};
use crate::interop::ocds::dates::DayEdge;
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::web_address::{self, Schemes};
use crate::procurement::content::{DocumentLink, PastAward};
use crate::procurement::rules::{LOT_LIMIT, TITLE_LIMIT};

/// Maximum number of documents of a notice.
const DOCUMENT_LIMIT: usize = 200;
/// Maximum length of the address of a document in bytes.
const ADDRESS_LIMIT: usize = 2_000;

/// Returns the active awards, without cancelled and pending ones.
pub(super) fn past_awards(source: &Source<'_>) -> Vec<PastAward> {
    let is_active = |award: &&Node<'_>| {
        award
            .text("status")
            .is_none_or(|status| status.eq_ignore_ascii_case("active"))
    };
    let read = |award: &Node<'_>| PastAward {
        suppliers: award
            .objects("suppliers")
            .iter()
            .filter_map(|supplier| supplier.text("name"))
            .collect(),
        value: value::money(award, "value"),
        date: time::time(source, award, "date", DayEdge::Start).map(|date| date.at),
    };
    source
        .awards
        .iter()
        .filter(is_active)
        .take(LOT_LIMIT)
        .map(read)
        .collect()
}

/// Returns the documents of planning, tender, awards and contracts that have a web address, each
/// address once.
pub(super) fn documents(source: &Source<'_>) -> Vec<DocumentLink> {
    let planning = source.root.object("planning");
    let owners = source
        .tender
        .iter()
        .chain(&planning)
        .chain(&source.awards)
        .chain(&source.contracts);
    let mut distinct = HashSet::new();
    let mut links: Vec<DocumentLink> = Vec::new();
    for document in owners.flat_map(|owner| owner.objects("documents")) {
        let Some(url) = address(&document).filter(|url| distinct.insert(url.clone())) else {
            continue;
        };
        if links.len() == DOCUMENT_LIMIT {
            let message =
                format!("there are more than {DOCUMENT_LIMIT} documents; the others are left out");
            document.warn(WarningKind::TooLong, "", message);
            break;
        }
        let named = ["title", "description"]
            .into_iter()
            .find_map(|key| Some((key, document.text(key)?)));
        let title = named.map(|(key, name)| text::cut(&document, key, name, TITLE_LIMIT));
        links.push(DocumentLink {
            title,
            document_type: document.text("documentType"),
            url,
        });
    }
    links
}

/// Returns the address of a document if it is a web address.
fn address(document: &Node<'_>) -> Option<String> {
    let url = document.text("url")?;
    match web_address::normalise(&url, Schemes::Web, ADDRESS_LIMIT) {
        Ok(normal) => Some(normal),
        Err(invalid) => {
            let message = format!(
                "{} is not a usable web address: it {}; the document is left out",
                quoted(&url),
                invalid.message()
            );
            document.warn(WarningKind::Unreadable, "url", message);
            None
        }
    }
}
