//! Inputs of offers.

use async_graphql::{ID, InputObject, OneofObject};
use rust_decimal::Decimal;

use super::offer::TenderPart;
use crate::{
    graphql::{
        dialogue::{ContributionAnswerInput, answers},
        inputs::{count, each, id, line},
        scalars::{Date, MoneyInput},
    },
    kernel::{
        ids::TenderDraftId,
        refusal::{Code, Fallible, Refusal},
    },
    tender::{compose::Submitted, content},
};

/// Line of a price list.
#[derive(InputObject)]
pub struct PriceLineInput {
    /// What is offered, 1 to 400 characters.
    item: String,
    /// Quantity in the unit: greater than zero, at most 6 decimals.
    quantity: Decimal,
    /// Unit, such as `hours` or `m²`, 1 to 400 characters.
    unit: String,
    /// Price of one unit without VAT: zero or more, at most 6 decimals.
    unit_price: MoneyInput,
}

impl From<PriceLineInput> for content::PriceLine {
    fn from(input: PriceLineInput) -> Self {
        Self {
            item: line(input.item),
            quantity: input.quantity,
            unit: line(input.unit),
            unit_price: input.unit_price.into(),
        }
    }
}

/// The offer for one lot: a price or a price list.
#[derive(InputObject)]
pub struct TenderLotInput {
    /// Lot (`Lot.lotId`), each once.
    lot_id: String,
    /// Price without VAT: zero or more, with at most the decimals of the currency. In the currency
    /// of the lot, if it states one.
    price: Option<MoneyInput>,
    /// Price list, at most 1,000 lines; the price is its sum. Leave `price` out then.
    price_list: Option<Vec<PriceLineInput>>,
    /// Text about this lot, at most 20,000 characters.
    text: Option<String>,
}

impl From<TenderLotInput> for content::LotOffer {
    fn from(input: TenderLotInput) -> Self {
        Self {
            lot: input.lot_id,
            price: input.price.map(Into::into),
            price_list: each(input.price_list),
            text: input.text,
        }
    }
}

/// Subcontractor of a tender.
#[derive(InputObject)]
pub struct SubcontractorInput {
    /// Name, 1 to 400 characters.
    name: String,
    /// Register number, at most 400 characters. Null when not stated.
    identifier: Option<String>,
    /// Country (ISO 3166-1 alpha-2), such as `SE`. Null when not stated.
    country: Option<String>,
    /// Share of the contract in percent, 0 to 100, at most 2 decimals. Null when not stated.
    share: Option<Decimal>,
    /// Offered lots that it takes part in. Null or empty: all of them.
    lot_ids: Option<Vec<String>>,
}

impl From<SubcontractorInput> for content::Subcontractor {
    fn from(input: SubcontractorInput) -> Self {
        Self {
            name: line(input.name),
            identifier: input.identifier.map(line),
            country: input.country,
            share: input.share,
            lots: input.lot_ids.unwrap_or_default(),
        }
    }
}

/// How long the tender is valid, counted from the deadline for tenders (BT-98).
#[derive(OneofObject)]
pub enum TenderValidityInput {
    /// Number of days, 1 to 3,650.
    Days(i32),
    /// Number of months, 1 to 120.
    Months(i32),
    /// Last day on which the tender is valid, after the deadline.
    Until(Date),
}

impl From<TenderValidityInput> for content::Validity {
    fn from(input: TenderValidityInput) -> Self {
        match input {
            TenderValidityInput::Days(days) => Self::Days(count(days)),
            TenderValidityInput::Months(months) => Self::Months(count(months)),
            TenderValidityInput::Until(day) => Self::Until(day.into()),
        }
    }
}

/// What a tender offers. A draft may be incomplete; `Procurement.tenderReadiness` lists what is
/// missing.
#[derive(InputObject)]
pub struct TenderOfferInput {
    /// Offered lots, at least one. Several only if the notice allows combinations
    /// (`combinationsAllowed`); else submit a tender for each lot.
    lots: Vec<TenderLotInput>,
    /// Offer in words, 1 to 100,000 characters.
    #[graphql(default)]
    text: String,
    /// Answers to requirements and award criteria, at most 100. `questionId` is the
    /// `Requirement.requirementId` or `AwardCriterion.criterionId`; the type is its `answerType`.
    /// Every requirement of the offered lots needs an answer, except grounds for exclusion if
    /// `selfDeclaration` is true. Files are not possible.
    answers: Option<Vec<ContributionAnswerInput>>,
    /// Subcontractors, at most 100.
    subcontractors: Option<Vec<SubcontractorInput>>,
    /// How long the tender is valid. Null when not stated.
    validity: Option<TenderValidityInput>,
    /// Parts that are business secrets, each once.
    business_secrets: Option<Vec<TenderPart>>,
    /// Whether the organisation's self-declaration (`Organisation.selfDeclaration`) is part of the
    /// tender. It is frozen at submission.
    #[graphql(default)]
    self_declaration: bool,
}

impl From<TenderOfferInput> for content::TenderOffer {
    fn from(input: TenderOfferInput) -> Self {
        Self {
            offers: input.lots.into_iter().map(Into::into).collect(),
            text: input.text,
            answers: answers(input.answers.unwrap_or_default()),
            subcontractors: each(input.subcontractors),
            validity: input.validity.map(Into::into),
            business_secrets: each(input.business_secrets),
            self_declaration: input.self_declaration,
        }
    }
}

/// Draft to submit as it was saved.
#[derive(InputObject)]
pub struct SubmittedDraftInput {
    /// Draft of your organisation (`TenderDraft.id`).
    draft_id: ID,
    /// `TenderDraft.revision` that you read. CONFLICT if the draft changed since.
    revision: i32,
    /// Lots of the draft to submit. Null: all of them.
    lot_ids: Option<Vec<String>>,
}

/// Returns what is submitted: exactly one of the two.
pub fn submitted(
    offer: Option<TenderOfferInput>,
    draft: Option<SubmittedDraftInput>,
) -> Fallible<Submitted> {
    match (offer, draft) {
        (Some(offer), None) => Ok(Submitted::Offer(offer.into())),
        (None, Some(draft)) => Ok(Submitted::Draft {
            draft: id(&draft.draft_id, "draftId", TenderDraftId::from_global).map_err(
                |mut refusal| {
                    refusal.field.insert(0, "draft".to_owned());
                    refusal
                },
            )?,
            revision: draft.revision,
            lots: draft.lot_ids,
        }),
        (Some(_), Some(_)) => {
            let message = "`offer` and `draft` are both stated; leave one out";
            Err(Refusal::at(Code::Invalid, &["draft"], message).into())
        }
        (None, None) => {
            let message = "`offer` is required, or `draft` to submit a saved draft";
            Err(Refusal::at(Code::Required, &["offer"], message).into())
        }
    }
}
