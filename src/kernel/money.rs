//! Money and ranges of it. Amounts are decimal, never floating point.

use iso_currency::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    codes::{one_letter_away, wrong},
    refusal::{Code, Refusal},
};

/// An amount in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's main unit (kronor, not öre).
    pub amount: Decimal,
    /// ISO 4217, upper case: `SEK`.
    pub currency: String,
}

/// An estimated value: a range, or a single figure where both ends are alike. At least one end is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueRange {
    /// The least it may be.
    pub min: Option<Decimal>,
    /// The most it may be.
    pub max: Option<Decimal>,
    /// ISO 4217, upper case.
    pub currency: String,
}

impl ValueRange {
    /// One figure that searches compare by: the upper end, else the lower.
    pub fn comparable(&self) -> Option<Decimal> {
        self.max.or(self.min)
    }
}

/// Is this a currency of ISO 4217, upper case? Those that others have taken the place of are (`HRK`: old notices are
/// priced in them); what is no money (`XXX`, `XTS`, gold) is not.
pub fn is_currency(code: &str) -> bool {
    Currency::from_code(code).is_some_and(|currency| !currency.is_special())
}

/// The refusal of a text that is [no currency](is_currency), with what may have been meant: `sek` is `SEK`.
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
    Refusal::at(reason, field, wrong(code, what, &nearest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_those_of_the_list() {
        for code in ["SEK", "EUR", "NOK", "DKK", "ISK", "GBP", "CAD", "HRK"] {
            assert!(is_currency(code), "{code}");
        }
        for (code, reason, end) in [
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
            assert!(refusal.message.contains(end), "{}", refusal.message);
        }
    }
}
