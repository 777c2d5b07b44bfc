//! Self-declarations of suppliers (European Single Procurement Document, Directive 2014/24/EU
//! art. 59). An organisation keeps one, version by version, and its tenders refer to it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::kernel::money::Money;

/// A self-declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SelfDeclaration {
    /// Answers about grounds for exclusion.
    pub exclusion_grounds: Vec<GroundAnswer>,
    /// Yearly turnover, one entry a year.
    pub turnover: Vec<YearlyTurnover>,
    /// Average number of full-time employees in the last year. `None`: not stated.
    pub staff: Option<Decimal>,
    /// Professional and trade registers that it is entered in, with its number there.
    pub registers: Vec<String>,
    /// Economic and financial standing, in words. `None`: not stated.
    pub financial_standing: Option<String>,
}

/// Whether a ground for exclusion applies to the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundAnswer {
    /// Code of the eForms code list `exclusion-ground`.
    pub ground: String,
    /// Whether it applies.
    pub applies: bool,
    /// Explanation, such as the measures taken since (art. 57(6)). `None` if there is none.
    pub explanation: Option<String>,
}

/// Turnover of one year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearlyTurnover {
    /// Calendar year in which the financial year ended.
    pub year: i32,
    /// Turnover without VAT.
    pub amount: Money,
}
