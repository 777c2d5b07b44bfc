//! Money and ranges of it. Amounts are decimal, never floating point.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

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

/// Is this shaped like an ISO 4217 code?
pub fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}
