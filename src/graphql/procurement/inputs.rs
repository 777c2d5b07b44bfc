//! What a buyer writes of a procurement.

use async_graphql::InputObject;
use chrono::{DateTime, NaiveDate, Utc};

use super::words::{Category, Procedure, ReservedParticipation};
use crate::{
    graphql::scalars::{Translation, ValueRangeInput, localized},
    kernel::codes::cpv,
    procurement::content::{self, Content, Draft, Suitability},
};

/// What a procurement says. Send the whole of it: what is left out is not there.
#[derive(InputObject)]
pub struct ProcurementContentInput {
    /// The main language (ISO 639-1); the title must be there in it.
    language: String,
    /// What it is called, at most 400 characters.
    title: Vec<Translation>,
    /// What is to be bought, at most 20,000 characters.
    description: Option<Vec<Translation>>,
    /// The same in a few plain sentences.
    summary: Option<Vec<Translation>>,
    /// What is bought (BT-23).
    category: Option<Category>,
    /// How it is bought (BT-105).
    procedure: Option<Procedure>,
    /// CPV codes, the main one first; at least one is needed for tendering.
    cpv: Option<Vec<String>>,
    /// NUTS codes of where it is performed.
    nuts: Option<Vec<String>>,
    /// Estimated value without VAT.
    value: Option<ValueRangeInput>,
    /// Does it suit small and medium-sized enterprises?
    suits_sme: Option<bool>,
    /// Does it suit nonprofits and social enterprises?
    suits_vcse: Option<bool>,
    /// To whom participation is reserved; empty: to nobody.
    reserved_participation: Option<Vec<ReservedParticipation>>,
    /// Are joint bids welcome?
    joint_bids_welcome: Option<bool>,
    /// Until when tenders are received; needed for tendering.
    tender_deadline: Option<DateTime<Utc>>,
    /// When tendering is expected to begin.
    expected_tendering: Option<NaiveDate>,
    /// When the contract is expected to start.
    contract_start: Option<NaiveDate>,
    /// Whom to write to.
    contact: Option<ContactPointInput>,
    /// The separately awardable parts, in order; at least one is needed for tendering.
    lots: Option<Vec<LotInput>>,
}

/// Whom to write to about a procurement.
#[derive(InputObject)]
pub struct ContactPointInput {
    /// A person or an office.
    name: Option<String>,
    /// E-mail address.
    email: Option<String>,
}

/// A separately awardable part.
#[derive(InputObject)]
pub struct LotInput {
    /// Unique within the procurement and kept through its notices (BT-137): `LOT-0001`.
    lot_id: String,
    /// What it is called.
    title: Option<Vec<Translation>>,
    /// What is to be bought.
    description: Option<Vec<Translation>>,
    /// CPV codes.
    cpv: Option<Vec<String>>,
    /// NUTS codes.
    nuts: Option<Vec<String>>,
    /// Estimated value without VAT.
    value: Option<ValueRangeInput>,
}

impl From<ProcurementContentInput> for Draft {
    fn from(input: ProcurementContentInput) -> Self {
        let content = Content {
            language: input.language,
            title: localized(input.title),
            description: localized(input.description),
            summary: localized(input.summary),
            category: input.category.map(Into::into),
            procedure: input.procedure.map(Into::into),
            cpv: without_check_digits(input.cpv),
            nuts: input.nuts.unwrap_or_default(),
            value: input.value.map(Into::into),
            suitability: Suitability {
                sme: input.suits_sme,
                vcse: input.suits_vcse,
            },
            reserved: input
                .reserved_participation
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            joint_bids: input.joint_bids_welcome,
            tender_deadline: input.tender_deadline,
            expected_tendering: input.expected_tendering,
            contract_start: input.contract_start,
            contact: input.contact.map(|c| content::Contact {
                name: c.name,
                email: c.email,
            }),
            documents: Vec::new(),
            past_awards: Vec::new(),
        };
        let lots = input
            .lots
            .unwrap_or_default()
            .into_iter()
            .map(lot)
            .collect();
        Self { content, lots }
    }
}

fn lot(input: LotInput) -> content::Lot {
    content::Lot {
        id: input.lot_id,
        title: localized(input.title),
        description: localized(input.description),
        cpv: without_check_digits(input.cpv),
        nuts: input.nuts.unwrap_or_default(),
        value: input.value.map(Into::into),
    }
}

/// `90919300-2` is kept as `90919300`; what is no code is kept for the rules to refuse.
fn without_check_digits(codes: Option<Vec<String>>) -> Vec<String> {
    codes
        .unwrap_or_default()
        .into_iter()
        .map(|code| {
            cpv::without_check_digit(&code)
                .map(str::to_owned)
                .unwrap_or(code)
        })
        .collect()
}
