//! What a buyer writes of a procurement.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    attachments::AttachmentInput,
    codes::{
        AwardCriterionKind, Category, DynamicPurchasingSystem, EnvironmentalImpact,
        FrameworkAgreement, InnovativeAcquisition, Procedure, RequirementKind,
        ReservedParticipation, SocialObjective, StrategicAim,
    },
};
use crate::{
    graphql::{
        inputs::each,
        scalars::{Date, MoneyInput, Translations, ValueRangeInput, localized},
    },
    kernel::{codes::cpv, ids::OrganisationId},
    procurement::content::{self, Content, Draft, Suitability},
};

/// What a procurement says. Send the whole of it: what is left out is not there.
#[derive(InputObject)]
pub struct ProcurementContentInput {
    /// The main language (ISO 639-1); the title must be there in it.
    language: String,
    /// What it is called, at most 400 characters.
    title: Translations,
    /// What is to be bought, at most 20,000 characters.
    description: Option<Translations>,
    /// The same in a few plain sentences.
    summary: Option<Translations>,
    /// What is bought (BT-23).
    category: Option<Category>,
    /// How it is bought (BT-105).
    procedure: Option<Procedure>,
    /// Is it for a framework agreement (BT-765)?
    framework_agreement: Option<FrameworkAgreement>,
    /// Is it for a dynamic purchasing system (BT-766)?
    dynamic_purchasing_system: Option<DynamicPurchasingSystem>,
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
    /// The rule that allows the reservation, by its `ruleId`; needed for publication when something is reserved.
    reservation_rule: Option<String>,
    /// What it aims at beside what it buys.
    aims: Option<AimsInput>,
    /// Are joint bids welcome?
    joint_bids_welcome: Option<bool>,
    /// Is subcontracting welcome?
    subcontracting_welcome: Option<bool>,
    /// The least yearly turnover asked of a tenderer.
    min_turnover: Option<MoneyInput>,
    /// How many references are asked of a tenderer.
    references_asked: Option<u32>,
    /// How many hours a tender is thought to take.
    effort_hours: Option<u32>,
    /// The languages tenders may be written in (BT-97), ISO 639-1.
    submission_languages: Option<Vec<String>>,
    /// What tenders are weighed by; of each lot either all criteria have weights that make 100, or none has one.
    award_criteria: Option<Vec<AwardCriterionInput>>,
    /// Grounds for exclusion, and what tenderers must fulfil.
    requirements: Option<Vec<RequirementInput>>,
    /// For how many lots one tenderer may tender (BT-31); leave out: for all.
    max_lots_per_tenderer: Option<u32>,
    /// How many lots one tenderer may win (BT-33); leave out: all.
    max_lots_awarded: Option<u32>,
    /// Until when tenders are received; needed for tendering.
    tender_deadline: Option<DateTime<Utc>>,
    /// When publication is expected.
    expected_publication: Option<Date>,
    /// When early dialogue is expected to begin.
    expected_dialogue: Option<Date>,
    /// When tendering is expected to begin.
    expected_tendering: Option<Date>,
    /// When the contract is expected to start; not before the deadline.
    contract_start: Option<Date>,
    /// How many months the contract is expected to last (BT-36), 1 to 600.
    contract_months: Option<u32>,
    /// How often the contract may be renewed (BT-58).
    renewals: Option<u32>,
    /// Who buys together with you, the lead: other buyers, at most 50. They find the draft among their procurements at
    /// once; a notice may name them when they have consented (`answerJointProcurement`).
    joint_buyer_ids: Option<Vec<ID>>,
    /// Whom to write to.
    contact: Option<ContactPointInput>,
    /// Documents to be published with it.
    attachments: Option<Vec<AttachmentInput>>,
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
    title: Option<Translations>,
    /// What is to be bought.
    description: Option<Translations>,
    /// CPV codes.
    cpv: Option<Vec<String>>,
    /// NUTS codes.
    nuts: Option<Vec<String>>,
    /// Estimated value without VAT.
    value: Option<ValueRangeInput>,
    /// What you may order beside (BT-54).
    options: Option<Translations>,
    /// Does it suit small and medium-sized enterprises?
    suits_sme: Option<bool>,
    /// Does it suit nonprofits and social enterprises?
    suits_vcse: Option<bool>,
    /// To whom this lot is reserved, beside what holds for the whole.
    reserved_participation: Option<Vec<ReservedParticipation>>,
    /// The rule that allows the reservation, by its `ruleId`.
    reservation_rule: Option<String>,
    /// When its contract is expected to start, where that differs.
    contract_start: Option<Date>,
    /// How many months its contract is expected to last, where that differs.
    contract_months: Option<u32>,
}

/// What a procurement aims at beside what it buys.
#[derive(InputObject)]
pub struct AimsInput {
    /// eForms BT-06.
    strategic_aims: Option<Vec<StrategicAim>>,
    /// eForms BT-774.
    environmental_impacts: Option<Vec<EnvironmentalImpact>>,
    /// eForms BT-775.
    social_objectives: Option<Vec<SocialObjective>>,
    /// eForms BT-776.
    innovative_acquisitions: Option<Vec<InnovativeAcquisition>>,
    /// The United Nations' goals for sustainable development, 1 to 17.
    sustainable_development_goals: Option<Vec<u8>>,
}

/// What tenders are weighed by.
#[derive(InputObject)]
pub struct AwardCriterionInput {
    /// Unique within the procurement and kept through its notices: `AWC-1`.
    criterion_id: String,
    /// What it weighs.
    kind: AwardCriterionKind,
    /// What it is called, at most 400 characters.
    name: Translations,
    /// How it is weighed.
    description: Option<Translations>,
    /// In percent, as a decimal string; leave out where criteria are only ranked.
    weight: Option<Decimal>,
    /// Of which lots; leave out: of all.
    lot_ids: Option<Vec<String>>,
}

/// A ground for exclusion, or what a tenderer must fulfil.
#[derive(InputObject)]
pub struct RequirementInput {
    /// Unique within the procurement and kept through its notices: `REQ-1`.
    requirement_id: String,
    /// Whom it keeps out or lets in.
    kind: RequirementKind,
    /// Which it is: a code of `requirementCodes` of this kind.
    code: String,
    /// What exactly is asked for.
    description: Option<Translations>,
    /// The least that will do, where it is a number.
    minimum: Option<QuantityInput>,
    /// What shows it: a self-declaration, a certificate.
    evidence: Option<Translations>,
    /// Of which lots; leave out: of all.
    lot_ids: Option<Vec<String>>,
}

/// A number of something.
#[derive(InputObject)]
pub struct QuantityInput {
    /// How many, as a decimal string.
    value: Decimal,
    /// Of what: `SEK`, `years`, `%`.
    unit: String,
}

impl From<ProcurementContentInput> for Draft {
    fn from(mut input: ProcurementContentInput) -> Self {
        let lots = input.lots.take().into_iter().flatten();
        Self {
            lots: lots.map(content::Lot::from).collect(),
            content: input.into(),
        }
    }
}

impl From<ProcurementContentInput> for Content {
    fn from(input: ProcurementContentInput) -> Self {
        Self {
            language: input.language,
            title: localized(input.title),
            description: localized(input.description),
            summary: localized(input.summary),
            category: input.category.map(Into::into),
            procedure: input.procedure.map(Into::into),
            framework: input.framework_agreement.map(Into::into),
            dynamic_purchasing: input.dynamic_purchasing_system.map(Into::into),
            cpv: without_check_digits(input.cpv),
            nuts: input.nuts.unwrap_or_default(),
            value: input.value.map(Into::into),
            suitability: Suitability {
                sme: input.suits_sme,
                vcse: input.suits_vcse,
            },
            reserved: each(input.reserved_participation),
            reservation_rule: input.reservation_rule,
            aims: input.aims.map(Into::into).unwrap_or_default(),
            joint_bids: input.joint_bids_welcome,
            subcontracting: input.subcontracting_welcome,
            min_turnover: input.min_turnover.map(Into::into),
            references: input.references_asked,
            effort_hours: input.effort_hours,
            submission_languages: input.submission_languages.unwrap_or_default(),
            award_criteria: each(input.award_criteria),
            requirements: each(input.requirements),
            max_lots_per_tenderer: input.max_lots_per_tenderer,
            max_lots_awarded: input.max_lots_awarded,
            tender_deadline: input.tender_deadline,
            expected_publication: input.expected_publication.map(Into::into),
            expected_dialogue: input.expected_dialogue.map(Into::into),
            expected_tendering: input.expected_tendering.map(Into::into),
            contract_start: input.contract_start.map(Into::into),
            contract_months: input.contract_months,
            renewals: input.renewals,
            joint_buyers: organisations(input.joint_buyer_ids),
            contact: input.contact.map(|contact| content::Contact {
                name: contact.name,
                email: contact.email,
            }),
            attachments: each(input.attachments),
            documents: Vec::new(),
            past_awards: Vec::new(),
        }
    }
}

impl From<LotInput> for content::Lot {
    fn from(input: LotInput) -> Self {
        Self {
            id: input.lot_id,
            title: localized(input.title),
            description: localized(input.description),
            cpv: without_check_digits(input.cpv),
            nuts: input.nuts.unwrap_or_default(),
            value: input.value.map(Into::into),
            options: localized(input.options),
            suitability: Suitability {
                sme: input.suits_sme,
                vcse: input.suits_vcse,
            },
            reserved: each(input.reserved_participation),
            reservation_rule: input.reservation_rule,
            contract_start: input.contract_start.map(Into::into),
            contract_months: input.contract_months,
        }
    }
}

impl From<AimsInput> for content::Aims {
    fn from(input: AimsInput) -> Self {
        Self {
            strategic: each(input.strategic_aims),
            environmental: each(input.environmental_impacts),
            social: each(input.social_objectives),
            innovation: each(input.innovative_acquisitions),
            sdg: input.sustainable_development_goals.unwrap_or_default(),
        }
    }
}

impl From<AwardCriterionInput> for content::AwardCriterion {
    fn from(input: AwardCriterionInput) -> Self {
        Self {
            id: input.criterion_id,
            kind: input.kind.into(),
            name: localized(input.name),
            description: localized(input.description),
            weight: input.weight,
            lots: input.lot_ids.unwrap_or_default(),
        }
    }
}

impl From<RequirementInput> for content::Requirement {
    fn from(input: RequirementInput) -> Self {
        Self {
            id: input.requirement_id,
            kind: input.kind.into(),
            code: input.code,
            description: localized(input.description),
            minimum: input.minimum.map(|minimum| content::Quantity {
                value: minimum.value,
                unit: minimum.unit,
            }),
            evidence: localized(input.evidence),
            lots: input.lot_ids.unwrap_or_default(),
        }
    }
}

/// An ID that is none of an organisation is kept as the nil one, which none has, for the rules to refuse.
fn organisations(ids: Option<Vec<ID>>) -> Vec<OrganisationId> {
    let read = |id: ID| OrganisationId::from_global(&id).unwrap_or(OrganisationId(Uuid::nil()));
    ids.into_iter().flatten().map(read).collect()
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
