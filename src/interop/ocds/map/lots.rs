//! Lots of a tender.

use std::collections::{HashMap, HashSet};

use super::{Source, classification, text, time, value};
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::procurement::Lot;
use crate::procurement::content::LotStatus;
use crate::procurement::rules::{LOT_LIMIT, TEXT_LIMIT, TITLE_LIMIT};

/// Returns the lots in their order, each with the codes of its items.
pub(super) fn lots(source: &Source<'_>) -> Vec<Lot> {
    let mut items: HashMap<String, Vec<Node<'_>>> = HashMap::new();
    for item in &source.items {
        if let Some(lot) = item.text("relatedLot") {
            items.entry(lot).or_default().push(item.clone());
        }
    }
    if source.lots.len() > LOT_LIMIT {
        let message = format!(
            "has {} lots; those after the first {LOT_LIMIT} are left out",
            source.lots.len()
        );
        source
            .root
            .warn(WarningKind::TooLong, "tender/lots", message);
    }
    let mut taken = HashSet::new();
    let lots = source.lots.iter().take(LOT_LIMIT).enumerate();
    lots.map(|(position, node)| {
        let written = node.text("id");
        let items = written
            .as_ref()
            .and_then(|id| items.get(id))
            .map(Vec::as_slice)
            .unwrap_or_default();
        Lot {
            id: lot_id(node, written, position, &mut taken),
            title: text::localized(node, "title", &source.language, TITLE_LIMIT),
            description: text::localized(node, "description", &source.language, TEXT_LIMIT),
            cpv: classification::cpv_of_items(items),
            nuts: classification::places(items, node, ""),
            value: value::range(node),
            contract_start: node
                .object("contractPeriod")
                .and_then(|period| time::day(source, &period, "startDate")),
            status: status(node),
            ..Lot::default()
        }
    })
    .collect()
}

/// Returns the status of the lot (OCDS code list `tenderStatus`).
fn status(node: &Node<'_>) -> Option<LotStatus> {
    let word = node.text("status")?;
    let status = match word.to_ascii_lowercase().as_str() {
        "planning" => LotStatus::Planning,
        "planned" => LotStatus::Planned,
        "active" => LotStatus::Active,
        "cancelled" | "canceled" => LotStatus::Cancelled,
        "unsuccessful" => LotStatus::Unsuccessful,
        "complete" | "completed" => LotStatus::Complete,
        "withdrawn" => LotStatus::Withdrawn,
        _ => {
            let message = format!(
                "{} is not an OCDS tender status; it is left out",
                quoted(&word)
            );
            node.warn(WarningKind::UnknownWord, "status", message);
            return None;
        }
    };
    Some(status)
}

/// Returns the ID of the lot in Torg's form of BT-137: at most 50 letters, digits, `-`, `_` and
/// `.`, unique.
fn lot_id(
    node: &Node<'_>,
    written: Option<String>,
    position: usize,
    taken: &mut HashSet<String>,
) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let own = written
        .as_ref()
        .map(|id| id.chars().take(50).map(plain).collect::<String>());
    let id = match own.filter(|id| !taken.contains(id)) {
        Some(id) => id,
        None => substitute_id(position, taken),
    };
    match written {
        None => node.warn(
            WarningKind::Missing,
            "id",
            format!("is missing; {id} is used"),
        ),
        Some(written) if written != id => {
            let message = format!(
                "{} is too long, has other characters or is a duplicate; {id} is used",
                quoted(&written)
            );
            node.warn(WarningKind::Unreadable, "id", message);
        }
        Some(_) => {}
    }
    taken.insert(id.clone());
    id
}

/// Returns an ID by the position of the lot, or with the next free number.
fn substitute_id(position: usize, taken: &HashSet<String>) -> String {
    let mut number = position + 1;
    loop {
        let id = format!("LOT-{number:04}");
        if !taken.contains(&id) {
            return id;
        }
        number += 1;
    }
}
