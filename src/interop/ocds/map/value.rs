//! Amounts of money.

use rust_decimal::Decimal;

use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::plain::ascii;
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::money::{Money, ValueRange, is_currency};

/// Returns the estimated value of a tender or lot: from `minValue` to `value`, or `value` as both
/// ends. A `minValue` of zero is the lower end if there is a `value`, in any currency.
pub(super) fn range(node: &Node<'_>) -> Option<ValueRange> {
    let (most, least) = (money(node, "value"), money(node, "minValue"));
    match (most, least) {
        (Some(most), None) if is_zero(node, "minValue") => Some(ValueRange {
            min: Some(Decimal::ZERO),
            max: Some(most.amount),
            currency: most.currency,
        }),
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

/// Amounts above this are reported: no public contract is worth more, in any currency.
const SUSPICIOUS: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// Returns whether an OCDS value is stated, and zero.
fn is_zero(node: &Node<'_>, key: &str) -> bool {
    let value = node.object(key);
    let amount = value.and_then(|value| amount(&value));
    amount.is_some_and(|amount| amount.is_zero())
}

/// Returns the amount of an OCDS value. Zero is ignored, since systems write it for an unknown
/// value; [`range`] reads it as the lower end of a range.
pub(super) fn money(node: &Node<'_>, key: &str) -> Option<Money> {
    let value = node.object(key)?;
    let amount = amount(&value)?;
    if amount.is_zero() {
        return None;
    }
    if amount.is_sign_negative() {
        value.warn(
            WarningKind::Unreadable,
            "amount",
            format!("{amount} is negative; it is left out"),
        );
        return None;
    }
    if amount > SUSPICIOUS {
        let message = format!("{amount} is more than {SUSPICIOUS}; it is kept, check it");
        value.warn(WarningKind::Suspicious, "amount", message);
    }
    let written = value.text("currency").unwrap_or_default();
    let Some(currency) = currency(&written) else {
        let message = format!(
            "{} is not a currency code (ISO 4217); the amount {amount} is left out",
            quoted(&written)
        );
        value.warn(WarningKind::Unreadable, "currency", message);
        return None;
    };
    if currency != written.to_ascii_uppercase() {
        let message = format!("{} is read as {currency}", quoted(&written));
        value.warn(WarningKind::Respelled, "currency", message);
    }
    Some(Money { amount, currency })
}

fn amount(value: &Node<'_>) -> Option<Decimal> {
    let Some(written) = value.string("amount") else {
        return value.number("amount");
    };
    let plain = ascii(&written);
    if let Some((whole, thousandths)) = ambiguous(&plain) {
        let message = format!(
            "{} can be {whole}{thousandths} or {whole}.{thousandths}; it is left out",
            quoted(&written)
        );
        value.warn(WarningKind::Unreadable, "amount", message);
        return None;
    }
    if Decimal::from_str_exact(&plain).is_err()
        && let Some(amount) = grouped(&plain)
    {
        let message = format!("{} is read as {amount}", quoted(&written));
        value.warn(WarningKind::Respelled, "amount", message);
        return Some(amount);
    }
    value.number("amount")
}

/// Returns the digits before and after the only separator of a text whose separator can be that of
/// thousands or of a fraction: `1,250`, `5.000`. `1250.000` and `0.500` have one meaning.
fn ambiguous(text: &str) -> Option<(&str, &str)> {
    let (whole, thousandths) = text.trim().split_once(['.', ','])?;
    let unsigned = whole.trim_start_matches(['-', '+']);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_group = (1..=3).contains(&unsigned.len()) && !unsigned.starts_with('0');
    (is_group && thousandths.len() == 3 && is_digits(unsigned) && is_digits(thousandths))
        .then_some((whole, thousandths))
}

/// Parses an amount with separators, if they have one meaning: `1 250 000,50`, `1,250,000.50`,
/// `1.250.000`, `1250,5`. `None` for other texts; [`ambiguous`] recognises those with two meanings.
fn grouped(text: &str) -> Option<Decimal> {
    let is_space = |c: char| c.is_whitespace() || c == '\'' || c == '’';
    let plain: String = text
        .trim()
        .chars()
        .map(|c| if is_space(c) { ' ' } else { c })
        .collect();
    let marks: Vec<char> = plain.chars().filter(|c| !c.is_ascii_digit()).collect();
    let last = *marks.last()?;
    let (whole, fraction) = match last {
        // The last mark separates the fraction if it is another one than those before it.
        '.' | ',' if marks.len() == 1 || !marks[..marks.len() - 1].contains(&last) => {
            let (whole, fraction) = plain.rsplit_once(last)?;
            (whole, Some(fraction))
        }
        _ => (&*plain, None),
    };
    let mark = whole.chars().find(|c| !c.is_ascii_digit());
    if !mark.is_none_or(|mark| matches!(mark, ' ' | '.' | ',')) {
        return None;
    }
    let groups: Vec<&str> = whole.split(|c| Some(c) == mark).collect();
    let is_group = |(place, group): (usize, &&str)| {
        let fits = match place {
            0 if groups.len() > 1 => (1..=3).contains(&group.len()),
            0 => !group.is_empty(),
            _ => group.len() == 3,
        };
        fits && group.bytes().all(|byte| byte.is_ascii_digit())
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !groups.iter().enumerate().all(is_group) || !fraction.is_none_or(digits) {
        return None;
    }
    let number = match fraction {
        Some(fraction) => format!("{}.{fraction}", groups.concat()),
        None => groups.concat(),
    };
    Decimal::from_str_exact(&number).ok()
}

/// Returns the code of a currency, written in any case or as a sign or name of one currency.
fn currency(text: &str) -> Option<String> {
    let upper = text.trim().to_uppercase();
    let code = match &*upper {
        "€" | "EURO" | "EUROS" => "EUR",
        "£" | "POUND STERLING" => "GBP",
        code => code,
    };
    is_currency(code).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_with_separators_of_one_meaning_are_read() {
        for (text, amount) in [
            ("1 250 000,50", Some("1250000.50")),
            ("1\u{a0}250\u{202f}000", Some("1250000")),
            ("1,250,000.50", Some("1250000.50")),
            ("1.250.000,50", Some("1250000.50")),
            ("1.250.000", Some("1250000")),
            ("1'250'000.00", Some("1250000.00")),
            ("1250,5", Some("1250.5")),
            ("12,50", Some("12.50")),
            ("1250,500", Some("1250.500")),
            ("0,500", Some("0.500")),
            ("1,25,000", None),
            ("12 34", None),
            ("1,250.000,5", None),
            ("1_000", None),
            ("-5 000", None),
            ("about 5 000", None),
            (",5", None),
            ("5,", None),
            ("", None),
        ] {
            let read = grouped(text).map(|amount| amount.to_string());
            assert_eq!(read.as_deref(), amount, "{text}");
        }
        assert_eq!(SUSPICIOUS.to_string(), "1000000000000000");
    }

    #[test]
    fn one_separator_before_three_digits_has_two_meanings() {
        for text in ["5.000", "1,234", "999.999", "12,000", "-5.000", " 1.250 "] {
            assert!(ambiguous(text).is_some(), "{text}");
        }
        for text in [
            "0.500",
            "0,500",
            "1250.000",
            "1,250,000",
            "5.00",
            "5.0000",
            "5",
            ".500",
            "1 250",
            "00.500",
            "a.000",
        ] {
            assert!(ambiguous(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_currency_has_its_code() {
        for (text, code) in [
            ("sek", Some("SEK")),
            (" EUR ", Some("EUR")),
            ("€", Some("EUR")),
            ("euro", Some("EUR")),
            ("£", Some("GBP")),
            ("kr", None),
            ("$", None),
            ("XXX", None),
            ("", None),
        ] {
            assert_eq!(currency(text).as_deref(), code, "{text}");
        }
    }
}
