//! Amounts of money.

use rust_decimal::Decimal;

use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::money::{Money, ValueRange, is_currency};

/// Returns the estimated value of a tender or lot: from `minValue` to `value`, or `value` as both
/// ends.
pub(super) fn range(node: &Node<'_>) -> Option<ValueRange> {
    let (most, least) = (money(node, "value"), money(node, "minValue"));
    match (most, least) {
        (Some(most), Some(least)) => {
            let fits = least.currency == most.currency && least.amount <= most.amount;
            if !fits {
                let message = "has another currency than `value` or exceeds it; it is left out";
                node.warn(WarningKind::Unreadable, "minValue", message);
            }
            let min = if fits { least.amount } else { most.amount };
            Some(ValueRange {
                min: Some(min),
                max: Some(most.amount),
                currency: most.currency,
            })
        }
        (Some(only), None) => Some(ValueRange {
            min: Some(only.amount),
            max: Some(only.amount),
            currency: only.currency,
        }),
        (None, Some(least)) => Some(ValueRange {
            min: Some(least.amount),
            max: None,
            currency: least.currency,
        }),
        (None, None) => None,
    }
}

/// Returns the amount of an OCDS value. Zero is ignored, since systems write it for an unknown
/// value.
pub(super) fn money(node: &Node<'_>, key: &str) -> Option<Money> {
    let value = node.object(key)?;
    let amount = value
        .number("amount")
        .filter(|amount| *amount != Decimal::ZERO)?;
    if amount.is_sign_negative() {
        value.warn(
            WarningKind::Unreadable,
            "amount",
            format!("{amount} is negative; it is left out"),
        );
        return None;
    }
    let written = value.text("currency").unwrap_or_default();
    let currency = written.to_ascii_uppercase();
    if !is_currency(&currency) {
        let message = format!(
            "{} is not a currency code (ISO 4217); the amount {amount} is left out",
            quoted(&written)
        );
        value.warn(WarningKind::Unreadable, "currency", message);
        return None;
    }
    Some(Money { amount, currency })
}
