//! What a tender offers. It is sealed as a whole.

use serde::{Deserialize, Serialize};

use crate::kernel::money::Money;

/// Content of a tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderContent {
    /// IDs of the offered lots.
    pub lots: Vec<String>,
    /// Price for all offered lots together, without VAT.
    pub price: Money,
    /// Text of the offer.
    pub text: String,
}

/// Returns the price of a tender for one of its lots. `None` if it has one price for several lots.
pub fn lot_price(content: &TenderContent, lot: &str) -> Option<Money> {
    match content.lots.as_slice() {
        [only] if only == lot => Some(content.price.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn a_price_for_several_lots_is_the_price_of_none() {
        let price = Money {
            amount: Decimal::ONE,
            currency: "SEK".into(),
        };
        let content = |lots: &[&str]| TenderContent {
            lots: lots.iter().map(|lot| (*lot).to_owned()).collect(),
            price: price.clone(),
            text: String::new(),
        };
        for (lots, lot, priced) in [
            (&["LOT-0001"][..], "LOT-0001", true),
            (&["LOT-0001"], "LOT-0002", false),
            (&["LOT-0001", "LOT-0002"], "LOT-0001", false),
            (&[], "LOT-0001", false),
        ] {
            assert_eq!(lot_price(&content(lots), lot).is_some(), priced, "{lots:?}");
        }
    }
}
