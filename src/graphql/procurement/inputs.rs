//! Inputs with which a buyer writes a procurement.

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
        inputs::{count, each},
        scalars::{
            Date, MoneyInput, Translations, ValueRangeInput, language_code, localized,
            localized_line,
        },
    },
    kernel::{codes::cpv, ids::OrganisationId, text::LocalizedText},
    procurement::content::{self, Content, Draft, Suitability},
};

/// Complete content of a procurement. It replaces the stored draft: a field that is left out is
/// empty.
#[derive(InputObject)]
pub struct ProcurementContentInput {
    /// Main language (BCP 47), such as `sv`; the title must exist in it. Readers without another
    /// preference are shown the texts in it.
    language: String,
    /// Title, at most 400 characters in each language (BT-21).
    title: Translations,
    /// Description of the goods, services or works to be bought, at most 20,000 characters in each
    /// language (BT-24).
    description: Option<Translations>,
    /// Summary in plain language, at most 20,000 characters in each language.
    summary: Option<Translations>,
    /// Main nature of the contract (BT-23). Null when not stated.
    category: Option<Category>,
    /// Type of procedure (BT-105). Null when not stated.
    procedure: Option<Procedure>,
    /// Kind of framework agreement (BT-765). Null when not stated.
    framework_agreement: Option<FrameworkAgreement>,
    /// Kind of dynamic purchasing system (BT-766). Null when not stated.
    dynamic_purchasing_system: Option<DynamicPurchasingSystem>,
    /// CPV 2008 codes, main code first (BT-262, BT-263), at most 100. Tendering requires at least
    /// one.
    cpv: Option<Vec<String>>,
    /// NUTS 2024 codes of the places of performance (BT-5071), at most 100.
    nuts: Option<Vec<String>>,
    /// Estimated value without VAT (BT-27). Null when not stated.
    value: Option<ValueRangeInput>,
    /// Whether it suits small and medium-sized enterprises. Null when not stated.
    suits_sme: Option<bool>,
    /// Whether it suits nonprofits and social enterprises (OCDS: VCSE). Null when not stated.
    suits_vcse: Option<bool>,
    /// Groups to which participation is reserved (BT-71). Empty: not reserved.
    reserved_participation: Option<Vec<ReservedParticipation>>,
    /// `ruleId` of the rule that allows the reservation; see `reservationRules`. Required for
    /// publication if anything is reserved.
    reservation_rule: Option<String>,
    /// Strategic aims of the procurement, in addition to what it buys.
    aims: Option<AimsInput>,
    /// Whether joint bids are welcome. Null when not stated.
    joint_bids_welcome: Option<bool>,
    /// Whether subcontracting is welcome. Null when not stated.
    subcontracting_welcome: Option<bool>,
    /// Whether an organisation may take part in several tenders for a lot: alone and in a group, or in
    /// several groups. Null: no.
    several_tenders_allowed: Option<bool>,
    /// Minimum yearly turnover that a tenderer must have (Directive 2014/24/EU art. 58(3)). Null
    /// when none is required.
    min_turnover: Option<MoneyInput>,
    /// Number of references that a tenderer must give, 0 to 10,000. Null when not stated.
    references_asked: Option<i32>,
    /// Estimated number of hours needed to write a tender, 0 to 10,000. Null when not stated.
    effort_hours: Option<i32>,
    /// Languages in which tenders may be written (BT-97), as tags of BCP 47: `sv`.
    submission_languages: Option<Vec<String>>,
    /// Award criteria, at most 100. For each lot, either all criteria have weights that add up to
    /// 100, or none has a weight.
    award_criteria: Option<Vec<AwardCriterionInput>>,
    /// Grounds for exclusion and selection criteria, at most 200.
    requirements: Option<Vec<RequirementInput>>,
    /// Maximum number of lots for which one tenderer may submit tenders (BT-31). Null: no limit.
    max_lots_per_tenderer: Option<i32>,
    /// Maximum number of lots that one tenderer may win (BT-33). Null: no limit.
    max_lots_awarded: Option<i32>,
    /// Whether one tender may be for several lots (combination offer). Null: it may not.
    combinations_allowed: Option<bool>,
    /// Deadline for tenders (BT-131). Required for tendering.
    tender_deadline: Option<DateTime<Utc>>,
    /// IANA time zone in which the deadline is stated, such as `Europe/Stockholm`. Days are compared
    /// with the deadline in this zone. Null: the zone of the buyer's country and region.
    tender_deadline_zone: Option<String>,
    /// Expected date of publication. Null when not stated.
    expected_publication: Option<Date>,
    /// Expected start of early dialogue. Null when not stated.
    expected_dialogue: Option<Date>,
    /// Expected start of tendering (BT-127). Null when not stated.
    expected_tendering: Option<Date>,
    /// Expected start of the contract (BT-536); not before the deadline. Null when not stated.
    contract_start: Option<Date>,
    /// Expected duration of the contract in months (BT-36), 1 to 600. Null when not stated.
    contract_months: Option<i32>,
    /// Maximum number of renewals of the contract (BT-58), 0 to 10,000. Null when not stated.
    renewals: Option<i32>,
    /// IDs of the other buyers in a joint procurement, at most 50, each verified. They are invited,
    /// and find the draft among their procurements when they have accepted
    /// (`acceptJointInvitation`). A notice may name them after they have consented
    /// (`answerJointProcurement`).
    joint_buyer_ids: Option<Vec<ID>>,
    /// Contact point for questions.
    contact: Option<ContactPointInput>,
    /// Documents that are published with the notice, at most 200.
    attachments: Option<Vec<AttachmentInput>>,
    /// Lots in order, at most 5,000. Tendering requires at least one.
    lots: Option<Vec<LotInput>>,
}

/// Contact point of a procurement.
#[derive(InputObject)]
pub struct ContactPointInput {
    /// Name of the contact person or office, at most 320 characters on one line.
    name: Option<String>,
    /// E-mail address, at most 320 characters.
    email: Option<String>,
}

/// A lot: a separately awardable part of a procurement.
#[derive(InputObject)]
pub struct LotInput {
    /// ID of the lot, unique within the procurement and unchanged in later notices (BT-137), such
    /// as `LOT-0001`. 1 to 50 letters, digits, `-`, `_` or `.`.
    lot_id: String,
    /// Title of the lot, at most 400 characters in each language.
    title: Option<Translations>,
    /// Description of the goods, services or works to be bought in this lot, at most 20,000
    /// characters in each language.
    description: Option<Translations>,
    /// CPV 2008 codes, main code first, at most 100.
    cpv: Option<Vec<String>>,
    /// NUTS 2024 codes of the places of performance, at most 100.
    nuts: Option<Vec<String>>,
    /// Estimated value of the lot without VAT. Null when not stated.
    value: Option<ValueRangeInput>,
    /// Options: what the buyer may order in addition (BT-54), at most 20,000 characters in each
    /// language.
    options: Option<Translations>,
    /// Whether the lot suits small and medium-sized enterprises. Null when not stated.
    suits_sme: Option<bool>,
    /// Whether the lot suits nonprofits and social enterprises (OCDS: VCSE). Null when not stated.
    suits_vcse: Option<bool>,
    /// Groups to which this lot is reserved, in addition to those of the whole procurement.
    reserved_participation: Option<Vec<ReservedParticipation>>,
    /// `ruleId` of the rule that allows the lot's reservation. Null when the lot itself is not
    /// reserved.
    reservation_rule: Option<String>,
    /// Expected start of the lot's contract. Null: as for the whole procurement.
    contract_start: Option<Date>,
    /// Expected duration of the lot's contract in months, 1 to 600. Null: as for the whole
    /// procurement.
    contract_months: Option<i32>,
}

/// Strategic aims of a procurement, in addition to what it buys.
#[derive(InputObject)]
pub struct AimsInput {
    /// Strategic aims (eForms BT-06). NONE must be the only one.
    strategic_aims: Option<Vec<StrategicAim>>,
    /// Ways in which the environmental impact is reduced (eForms BT-774).
    environmental_impacts: Option<Vec<EnvironmentalImpact>>,
    /// Social objectives (eForms BT-775).
    social_objectives: Option<Vec<SocialObjective>>,
    /// Kinds of innovation that are acquired (eForms BT-776).
    innovative_acquisitions: Option<Vec<InnovativeAcquisition>>,
    /// Numbers of the United Nations' Sustainable Development Goals, 1 to 17.
    sustainable_development_goals: Option<Vec<i32>>,
}

/// An award criterion, by which tenders are evaluated.
#[derive(InputObject)]
pub struct AwardCriterionInput {
    /// ID of the criterion, unique within the procurement and unchanged in later notices, such as
    /// `AWC-1`. 1 to 50 letters, digits, `-`, `_` or `.`.
    criterion_id: String,
    /// What the criterion evaluates (BT-539).
    kind: AwardCriterionKind,
    /// Name, at most 400 characters in each language (BT-734).
    name: Translations,
    /// Description of how tenders are evaluated by this criterion (BT-540), at most 20,000
    /// characters in each language.
    description: Option<Translations>,
    /// Weight in percent, as a decimal string, more than 0 and at most 100 (BT-541). Null when
    /// criteria are only ranked.
    weight: Option<Decimal>,
    /// IDs of the lots that it applies to. Null or empty: all lots.
    lot_ids: Option<Vec<String>>,
}

/// A requirement: a ground for exclusion or a selection criterion.
#[derive(InputObject)]
pub struct RequirementInput {
    /// ID of the requirement, unique within the procurement and unchanged in later notices, such as
    /// `REQ-1`. 1 to 50 letters, digits, `-`, `_` or `.`.
    requirement_id: String,
    /// Ground for exclusion or selection criterion.
    kind: RequirementKind,
    /// Code of the requirement, one that `requirementCodes` lists for this kind.
    code: String,
    /// Description of exactly what is required (BT-750), at most 20,000 characters in each
    /// language.
    description: Option<Translations>,
    /// Minimum that a tenderer must meet, such as a yearly turnover. Null when the requirement is
    /// not a number.
    minimum: Option<QuantityInput>,
    /// Evidence that shows that the requirement is met, such as a self-declaration or a
    /// certificate; at most 20,000 characters in each language.
    evidence: Option<Translations>,
    /// IDs of the lots that it applies to. Null or empty: all lots.
    lot_ids: Option<Vec<String>>,
}

/// A number with its unit.
#[derive(InputObject)]
pub struct QuantityInput {
    /// Number, as a decimal string; not negative.
    value: Decimal,
    /// Unit, such as `SEK`, `years` or `%`; at most 40 characters.
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
            language: language_code(input.language),
            title: localized_line(input.title),
            description: localized(input.description),
            summary: localized(input.summary),
            category: input.category.map(Into::into),
            procedure: input.procedure.map(Into::into),
            procedure_details: LocalizedText::default(),
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
            several_tenders_allowed: input.several_tenders_allowed,
            min_turnover: input.min_turnover.map(Into::into),
            references: input.references_asked.map(count),
            effort_hours: input.effort_hours.map(count),
            submission_languages: input
                .submission_languages
                .into_iter()
                .flatten()
                .map(language_code)
                .collect(),
            award_criteria: each(input.award_criteria),
            requirements: each(input.requirements),
            max_lots_per_tenderer: input.max_lots_per_tenderer.map(count),
            max_lots_awarded: input.max_lots_awarded.map(count),
            combinations_allowed: input.combinations_allowed,
            tender_deadline: input.tender_deadline,
            tender_deadline_zone: input.tender_deadline_zone,
            tender_deadline_time_stated: None,
            expected_publication: input.expected_publication.map(Into::into),
            expected_dialogue: input.expected_dialogue.map(Into::into),
            expected_tendering: input.expected_tendering.map(Into::into),
            contract_start: input.contract_start.map(Into::into),
            contract_months: input.contract_months.map(count),
            renewals: input.renewals.map(count),
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
            title: localized_line(input.title),
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
            contract_months: input.contract_months.map(count),
            status: None,
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
            name: localized_line(input.name),
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

/// Decodes organisation IDs. A malformed ID becomes the nil UUID, which no organisation has, so
/// that the rules refuse it at its position.
fn organisations(ids: Option<Vec<ID>>) -> Vec<OrganisationId> {
    let read = |id: ID| OrganisationId::from_global(&id).unwrap_or(OrganisationId(Uuid::nil()));
    ids.into_iter().flatten().map(read).collect()
}

/// Removes the check digits of CPV codes: `90919300-2` becomes `90919300`. A malformed code is
/// kept, so that the rules refuse it.
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
