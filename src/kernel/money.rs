//! Money and value ranges. Amounts are decimal, never floating point.

use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    codes::{one_letter_away, unknown_code_message},
    refusal::{Code, Refusal},
};

/// Amount of money in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Amount in the main unit of the currency (kronor, not öre).
    pub amount: Decimal,
    /// Currency (ISO 4217, upper case): `SEK`.
    pub currency: String,
}

/// Estimated value: a range, or one figure if both ends are equal. At least one end is present.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueRange {
    /// Lower end.
    pub min: Option<Decimal>,
    /// Upper end.
    pub max: Option<Decimal>,
    /// Currency (ISO 4217, upper case).
    pub currency: String,
}

impl ValueRange {
    /// Returns the figure that searches compare: the upper end, else the lower end.
    pub fn comparable(&self) -> Option<Decimal> {
        self.max.or(self.min)
    }
}

/// Returns whether a code is a currency of ISO 4217 in upper case. Replaced currencies count, since
/// old notices use them (`HRK`); codes that are not money (`XXX`, `XTS`, gold) do not.
pub fn is_currency(code: &str) -> bool {
    Currency::from_code(code).is_some_and(|currency| !currency.is_special())
}

/// Returns the refusal of a code that is [not a currency](is_currency), with the nearest ones:
/// `SEK` for `sek`.
#[must_use]
pub fn not_a_currency(code: &str, field: &[&str]) -> Refusal {
    let shaped = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let upper = code.to_ascii_uppercase();
    let nearest = if is_currency(&upper) {
        vec![upper]
    } else if upper.len() == 3 {
        one_letter_away(&upper, 'A'..='Z', is_currency)
    } else {
        Vec::new()
    };
    let nearest: Vec<&str> = nearest.iter().map(String::as_str).collect();
    let what = "a currency code (ISO 4217, three capitals, e.g. `SEK`)";
    let reason = if shaped {
        Code::UnknownCode
    } else {
        Code::Invalid
    };
    Refusal::at(reason, field, unknown_code_message(code, what, &nearest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_a_current_or_replaced_iso_4217_code() {
        for code in ["SEK", "EUR", "NOK", "DKK", "ISK", "GBP", "CAD", "HRK"] {
            assert!(is_currency(code), "{code}");
        }
        for (code, reason, ending) in [
            ("SEX", Code::UnknownCode, "the nearest is SEK"),
            ("sek", Code::Invalid, "the nearest is SEK"),
            ("XXX", Code::UnknownCode, "e.g. `SEK`)"),
            ("kr", Code::Invalid, "e.g. `SEK`)"),
            ("1€", Code::Invalid, "e.g. `SEK`)"),
            ("", Code::Invalid, "e.g. `SEK`)"),
        ] {
            assert!(!is_currency(code), "{code}");
            let refusal = not_a_currency(code, &["currency"]);
            assert_eq!(refusal.code, reason, "{code}");
            assert!(
                refusal.message.to_string().contains(ending),
                "{}",
                refusal.message
            );
        }
    }
}
