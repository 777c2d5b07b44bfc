//! What a tender offers. It is sealed as a whole.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{document::BoundDocument, group::TenderingGroup};
use crate::{
    dialogue::contribution::ContributionAnswer,
    kernel::{ids::OrganisationId, money::Money},
    organisation::{identifier::Identifier, self_declaration::SelfDeclaration},
};

/// Content of a submitted tender. Contents that earlier versions stored have lots, price and text
/// only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderContent {
    /// IDs of the offered lots.
    pub lots: Vec<String>,
    /// Price for all offered lots together, without VAT.
    pub price: Money,
    /// The offer.
    #[serde(flatten)]
    pub offer: TenderOffer,
    /// The tenderer as it was named at submission. `None` in contents of earlier versions.
    #[serde(default)]
    pub tenderer: Option<Tenderer>,
    /// The tenderer's self-declaration at submission, if the offer refers to it.
    #[serde(default)]
    pub declaration: Option<SelfDeclaration>,
    /// The group that tenders; `None` for a tender of one organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<TenderingGroup>,
    /// Sealed documents of the tender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<BoundDocument>,
}

/// An offer as its supplier writes it: a draft, or the input of a submission. A draft may be
/// incomplete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenderOffer {
    /// Offered lots, each with its price.
    pub offers: Vec<LotOffer>,
    /// Text of the offer.
    pub text: String,
    /// Answers to requirements and award criteria; `question` is the ID of the requirement or
    /// criterion.
    pub answers: Vec<ContributionAnswer>,
    /// Subcontractors.
    pub subcontractors: Vec<Subcontractor>,
    /// How long the tender is valid (BT-98). `None`: not stated.
    pub validity: Option<Validity>,
    /// Parts that are business secrets.
    pub business_secrets: Vec<TenderPart>,
    /// Whether the organisation's self-declaration is part of the tender.
    pub self_declaration: bool,
}

/// The offer for one lot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LotOffer {
    /// ID of the lot.
    pub lot: String,
    /// Price without VAT. `None` if the price list has it.
    pub price: Option<Money>,
    /// Prices of single items. Empty if `price` is stated.
    pub price_list: Vec<PriceLine>,
    /// Text about this lot.
    pub text: Option<String>,
}

/// A line of a price list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLine {
    /// What is offered.
    pub item: String,
    /// Quantity in the unit.
    pub quantity: Decimal,
    /// Unit, such as `hours` or `m²`.
    pub unit: String,
    /// Price of one unit without VAT.
    pub unit_price: Money,
}

/// A subcontractor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subcontractor {
    /// Name.
    pub name: String,
    /// Register number. `None`: not stated.
    pub identifier: Option<String>,
    /// Country (ISO 3166-1 alpha-2). `None`: not stated.
    pub country: Option<String>,
    /// Share of the contract in percent. `None`: not stated.
    pub share: Option<Decimal>,
    /// IDs of the lots it takes part in. Empty: all offered lots.
    pub lots: Vec<String>,
}

/// How long a tender is valid, counted from the deadline for tenders (BT-98).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Validity {
    /// Number of days.
    Days(u32),
    /// Number of months.
    Months(u32),
    /// Last day.
    Until(NaiveDate),
}

/// A part of a tender that can be a business secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TenderPart {
    /// Prices of the lots.
    Prices,
    /// Price lists.
    PriceLists,
    /// Texts of the offer.
    Text,
    /// All answers.
    Answers,
    /// Subcontractors.
    Subcontractors,
    /// Self-declaration.
    SelfDeclaration,
}

/// A tenderer as it was named when it submitted the tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenderer {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Name.
    pub name: String,
    /// Identifiers in registers.
    pub identifiers: Vec<Identifier>,
}

impl PriceLine {
    /// Returns quantity times unit price; `None` if the number is too large.
    pub fn amount(&self) -> Option<Decimal> {
        self.quantity.checked_mul(self.unit_price.amount)
    }
}

impl LotOffer {
    /// Returns the price, or the sum of the price list. `None` without either, if the list has
    /// several currencies, or if the sum is too large.
    pub fn total(&self) -> Option<Money> {
        if let Some(price) = &self.price {
            return Some(price.clone());
        }
        let currency = &self.price_list.first()?.unit_price.currency;
        let mut amount = Decimal::ZERO;
        for line in &self.price_list {
            if line.unit_price.currency != *currency {
                return None;
            }
            amount = amount.checked_add(line.amount()?)?;
        }
        Some(Money {
            amount: amount.normalize(),
            currency: currency.clone(),
        })
    }
}

impl TenderOffer {
    /// Returns the IDs of the offered lots.
    pub fn lots(&self) -> Vec<String> {
        self.offers.iter().map(|offer| offer.lot.clone()).collect()
    }

    /// Returns the sum of the prices of all lots; `None` where a lot has no price, or for several
    /// currencies.
    pub fn total(&self) -> Option<Money> {
        let mut totals = self.offers.iter().map(LotOffer::total);
        let mut sum = totals.next()??;
        for total in totals {
            let total = total.filter(|total| total.currency == sum.currency)?;
            sum.amount = sum.amount.checked_add(total.amount)?;
        }
        Some(sum)
    }

    /// Returns the offer for these lots only: subcontractors of other lots are left out.
    pub fn for_lots(mut self, lots: &[String]) -> Self {
        self.offers.retain(|offer| lots.contains(&offer.lot));
        self.subcontractors.retain_mut(|one| {
            let takes_part_in_all = one.lots.is_empty();
            one.lots.retain(|lot| lots.contains(lot));
            takes_part_in_all || !one.lots.is_empty()
        });
        self
    }
}

impl TenderContent {
    /// Returns the content of this offer. `None` if the offer has no single price.
    pub fn new(
        offer: TenderOffer,
        tenderer: Tenderer,
        declaration: Option<SelfDeclaration>,
    ) -> Option<Self> {
        Some(Self {
            lots: offer.lots(),
            price: offer.total()?,
            offer,
            tenderer: Some(tenderer),
            declaration,
            group: None,
            documents: Vec::new(),
        })
    }

    /// Returns the price of one lot. `None` if the tender does not offer the lot, and for tenders of
    /// earlier versions that have one price for several lots.
    pub fn price_of(&self, lot: &str) -> Option<Money> {
        if self.offer.offers.is_empty() {
            let alone = self.lots.len() == 1 && self.lots.first().is_some_and(|one| one == lot);
            return alone.then(|| self.price.clone());
        }
        let mut offers = self.offer.offers.iter();
        offers.find(|offer| offer.lot == lot)?.total()
    }

    /// Returns whether a text contains the character U+0000, which the database cannot store.
    pub fn has_nul(&self) -> bool {
        serde_json::to_value(self).is_ok_and(|value| contains_nul(&value))
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(contains_nul),
        Value::Object(fields) => fields.values().any(contains_nul),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_of_an_earlier_version_is_read() {
        let stored = json!({
            "lots": ["LOT-0001", "LOT-0002"],
            "price": { "amount": "450000.00", "currency": "SEK" },
            "text": "We clean.",
        });
        let content: TenderContent = serde_json::from_value(stored).unwrap();
        assert_eq!(content.lots, ["LOT-0001", "LOT-0002"]);
        assert_eq!(content.offer.text, "We clean.");
        assert_eq!(content.price_of("LOT-0001"), None);
        assert!(content.tenderer.is_none() && content.offer.offers.is_empty());
    }

    #[test]
    fn content_is_read_as_it_was_written() {
        let offer: TenderOffer = serde_json::from_value(json!({
            "offers": [
                { "lot": "LOT-0001", "price": { "amount": "10.50", "currency": "SEK" } },
                { "lot": "LOT-0002", "price_list": [
                    { "item": "Hour", "quantity": "2", "unit": "h", "unit_price": { "amount": "3.25", "currency": "SEK" } },
                    { "item": "Key", "quantity": "1", "unit": "each", "unit_price": { "amount": "1", "currency": "SEK" } },
                ] },
            ],
            "text": "We clean.", "validity": { "DAYS": 90 },
            "answers": [{ "question": "REQ-1", "business_secret": false, "value": { "YES_NO": true } }],
        }))
        .unwrap();
        let tenderer = Tenderer {
            organisation: OrganisationId::new(),
            name: "Rent AB".into(),
            identifiers: Vec::new(),
        };
        let content = TenderContent::new(offer, tenderer, None).unwrap();
        assert_eq!(content.price.amount.to_string(), "18.00");
        assert_eq!(
            content.price_of("LOT-0002").unwrap().amount.to_string(),
            "7.5"
        );
        let text = serde_json::to_string(&content).unwrap();
        let again: TenderContent = serde_json::from_str(&text).unwrap();
        assert_eq!(again, content);
        assert!(!again.has_nul());
    }

    #[test]
    fn offer_for_some_lots_has_their_subcontractors_only() {
        let one = |name: &str, lots: &[&str]| Subcontractor {
            name: name.into(),
            identifier: None,
            country: None,
            share: None,
            lots: lots.iter().map(|lot| (*lot).to_owned()).collect(),
        };
        let lot = |lot: &str| LotOffer {
            lot: lot.into(),
            ..LotOffer::default()
        };
        let offer = TenderOffer {
            offers: vec![lot("A"), lot("B")],
            subcontractors: vec![one("all", &[]), one("a", &["A"]), one("both", &["A", "B"])],
            ..TenderOffer::default()
        };
        let part = offer.for_lots(&["B".into()]);
        assert_eq!(part.lots(), ["B"]);
        let names: Vec<&str> = part
            .subcontractors
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["all", "both"]);
    }
}
