//! CPV and NUTS codes.

use super::Source;
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::codes::{cpv, nuts};
use crate::procurement::rules::CODE_LIMIT;

/// Returns the CPV codes of the tender and its items, main classifications first.
pub(super) fn cpv(source: &Source<'_>) -> Vec<String> {
    let mut codes = Codes::default();
    for node in source.tender.iter().chain(&source.items) {
        codes.add_main(node);
    }
    for node in source.tender.iter().chain(&source.items) {
        codes.add_additional(node);
    }
    codes.limited(&source.root, "tender/items")
}

/// Returns the CPV codes of the items, main classifications first.
pub(super) fn cpv_of_items(items: &[Node<'_>]) -> Vec<String> {
    let mut codes = Codes::default();
    items.iter().for_each(|item| codes.add_main(item));
    items.iter().for_each(|item| codes.add_additional(item));
    // `cpv` already warns about the items.
    codes.0.truncate(CODE_LIMIT);
    codes.0
}

/// Returns the NUTS codes of the delivery addresses of the items. A warning about too many codes
/// names the field `key` of `owner`.
pub(super) fn places(items: &[Node<'_>], owner: &Node<'_>, key: &str) -> Vec<String> {
    let mut codes = Codes::default();
    for item in items {
        for address in item
            .objects("deliveryAddresses")
            .iter()
            .chain(&item.object("deliveryAddress"))
        {
            if let Some(code) = region(address) {
                codes.add(code);
            }
        }
    }
    codes.limited(owner, key)
}

/// Returns the NUTS code of an address. OCDS allows any text as region, so other texts are ignored.
pub(super) fn region(address: &Node<'_>) -> Option<String> {
    let code = address.text("region")?;
    if nuts::find(&code).is_some() {
        return Some(code);
    }
    let country = nuts::prefix_branch(&code)
        .first()
        .copied()
        .unwrap_or_default();
    let listed = nuts::find(country).is_some();
    if listed {
        let message =
            format!("{code} is not in NUTS 2024, perhaps of an older version; it is kept");
        address.warn(WarningKind::UnknownCode, "region", message);
    }
    // NUTS has no British codes since 2021, but British notices still use them.
    (listed || country == "UK").then_some(code)
}

/// Distinct codes in their original order.
#[derive(Default)]
struct Codes(Vec<String>);

impl Codes {
    fn add(&mut self, code: String) {
        if !self.0.contains(&code) {
            self.0.push(code);
        }
    }

    fn add_main(&mut self, node: &Node<'_>) {
        if let Some(code) = node
            .object("classification")
            .and_then(|class| cpv_code(&class))
        {
            self.add(code);
        }
    }

    fn add_additional(&mut self, node: &Node<'_>) {
        for class in node.objects("additionalClassifications") {
            if let Some(code) = cpv_code(&class) {
                self.add(code);
            }
        }
    }

    fn limited(mut self, owner: &Node<'_>, key: &str) -> Vec<String> {
        if self.0.len() > CODE_LIMIT {
            let message = format!(
                "has {} codes; those after the first {CODE_LIMIT} are left out",
                self.0.len()
            );
            owner.warn(WarningKind::TooLong, key, message);
            self.0.truncate(CODE_LIMIT);
        }
        self.0
    }
}

/// Returns the eight digits of a CPV classification; `None` for other schemes. A listed CPV code
/// without a scheme counts.
fn cpv_code(class: &Node<'_>) -> Option<String> {
    let scheme = class.text("scheme");
    if scheme
        .as_ref()
        .is_some_and(|scheme| !scheme.eq_ignore_ascii_case("CPV"))
    {
        return None;
    }
    let written = class.text("id")?;
    // Spreadsheets turn codes into numbers with a fraction.
    let written = written
        .strip_suffix(".0")
        .map_or(written.clone(), str::to_owned);
    if let Some(known) = cpv::find(&written) {
        return Some(known.code.to_owned());
    }
    scheme?;
    let Some(digits) = cpv::without_check_digit(&written) else {
        let message = format!(
            "{} is not a CPV code, which has eight digits; it is left out",
            quoted(&written)
        );
        class.warn(WarningKind::Unreadable, "id", message);
        return None;
    };
    let nearest: Vec<_> = cpv::nearest(&written, 3)
        .iter()
        .map(|code| code.printed)
        .collect();
    let message = format!(
        "{written} is not in CPV 2008; the nearest are {}; it is kept",
        nearest.join(", ")
    );
    class.warn(WarningKind::UnknownCode, "id", message);
    Some(digits.to_owned())
}
