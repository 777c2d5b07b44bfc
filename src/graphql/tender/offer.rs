//! The types of offers, in drafts, in the supplier's copies and in opened tenders.

use async_graphql::{Enum, Object, SimpleObject};
use rust_decimal::Decimal;

use crate::{
    graphql::{
        dialogue::ContributionAnswer,
        scalars::{Date, Money},
    },
    organisation::identifier::Identifier,
    tender::content,
};

/// Part of a tender that can be a business secret.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::TenderPart")]
pub enum TenderPart {
    /// Prices of the lots.
    Prices,
    /// Price lists.
    PriceLists,
    /// Texts of the offer.
    Text,
    /// All answers to requirements and award criteria. For single ones, see
    /// `ContributionAnswer.businessSecret`.
    Answers,
    /// Subcontractors.
    Subcontractors,
    /// Self-declaration.
    SelfDeclaration,
}

/// An offer.
pub struct TenderOffer(pub content::TenderOffer);

/// What a tender offers: prices of the lots, answers and texts. The draft of a tender may be
/// incomplete.
#[Object]
impl TenderOffer {
    /// Offered lots, each with its price; at most 5,000. Empty for tenders that were submitted
    /// before prices of single lots were recorded.
    async fn lots(&self) -> Vec<TenderLot<'_>> {
        self.0.offers.iter().map(TenderLot).collect()
    }

    /// Text of the offer; empty in a draft that has none.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Answers to requirements and award criteria, at most 100. `questionId` is the
    /// `Requirement.requirementId` or `AwardCriterion.criterionId`.
    async fn answers(&self) -> Vec<ContributionAnswer<'_>> {
        self.0.answers.iter().map(ContributionAnswer).collect()
    }

    /// Subcontractors, at most 100.
    async fn subcontractors(&self) -> Vec<Subcontractor> {
        let all = self.0.subcontractors.iter().cloned();
        all.map(Subcontractor::from).collect()
    }

    /// How long the tender is valid (BT-98). Null when not stated.
    async fn validity(&self) -> Option<TenderValidity> {
        self.0.validity.map(TenderValidity::from)
    }

    /// Parts that the supplier marks as business secrets.
    async fn business_secrets(&self) -> Vec<TenderPart> {
        let parts = self.0.business_secrets.iter().copied();
        parts.map(TenderPart::from).collect()
    }

    /// Whether the supplier's self-declaration is part of the tender.
    async fn self_declaration(&self) -> bool {
        self.0.self_declaration
    }
}

/// The offer for one lot.
pub struct TenderLot<'a>(pub &'a content::LotOffer);

/// The offer for one lot.
#[Object]
impl TenderLot<'_> {
    /// ID of the lot (`Lot.lotId`).
    async fn lot_id(&self) -> &str {
        &self.0.lot
    }

    /// Price without VAT: the stated price, or the sum of the price list. Null in a draft that has
    /// neither.
    async fn price(&self) -> Option<Money> {
        self.0.total().map(Money::from)
    }

    /// Lines of the price list, at most 1,000. Empty if the price is stated as one amount.
    async fn price_list(&self) -> Vec<PriceLine> {
        let lines = self.0.price_list.iter();
        lines.map(PriceLine::from).collect()
    }

    /// Text about this lot. Null when there is none.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }
}

/// Line of a price list.
#[derive(SimpleObject)]
pub struct PriceLine {
    /// What is offered.
    item: String,
    /// Quantity in the unit.
    quantity: Decimal,
    /// Unit, such as `hours` or `m²`.
    unit: String,
    /// Price of one unit, without VAT.
    unit_price: Money,
    /// Quantity times unit price, in the currency of the unit price. Null if the number is too
    /// large.
    amount: Option<Decimal>,
}

impl From<&content::PriceLine> for PriceLine {
    fn from(line: &content::PriceLine) -> Self {
        Self {
            item: line.item.clone(),
            quantity: line.quantity,
            unit: line.unit.clone(),
            unit_price: line.unit_price.clone().into(),
            amount: line.amount().map(|amount| amount.normalize()),
        }
    }
}

/// Subcontractor of a tender.
#[derive(SimpleObject)]
pub struct Subcontractor {
    /// Name.
    name: String,
    /// Register number. Null when not stated.
    identifier: Option<String>,
    /// Country (ISO 3166-1 alpha-2). Null when not stated.
    country: Option<String>,
    /// Share of the contract in percent. Null when not stated.
    share: Option<Decimal>,
    /// Lots that it takes part in (`Lot.lotId`). Empty: all offered lots.
    lot_ids: Vec<String>,
}

impl From<content::Subcontractor> for Subcontractor {
    fn from(one: content::Subcontractor) -> Self {
        Self {
            name: one.name,
            identifier: one.identifier,
            country: one.country,
            share: one.share,
            lot_ids: one.lots,
        }
    }
}

/// How long a tender is valid, counted from the deadline for tenders (BT-98). Exactly one field is
/// not null.
#[derive(Default, SimpleObject)]
pub struct TenderValidity {
    /// Number of days.
    days: Option<u32>,
    /// Number of months.
    months: Option<u32>,
    /// Last day on which the tender is valid.
    until: Option<Date>,
}

impl From<content::Validity> for TenderValidity {
    fn from(validity: content::Validity) -> Self {
        let mut found = Self::default();
        match validity {
            content::Validity::Days(days) => found.days = Some(days),
            content::Validity::Months(months) => found.months = Some(months),
            content::Validity::Until(day) => found.until = Some(day.into()),
        }
        found
    }
}

/// Registration number of a tenderer at the submission.
#[derive(SimpleObject)]
pub struct TendererIdentifier {
    /// Register, such as `SE-ORGNR`.
    scheme: String,
    /// Number in the register.
    value: String,
}

impl From<&Identifier> for TendererIdentifier {
    fn from(identifier: &Identifier) -> Self {
        Self {
            scheme: identifier.scheme.clone(),
            value: identifier.value.clone(),
        }
    }
}
