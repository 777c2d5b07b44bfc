//! What a notice says. Stored as JSON, frozen with each notice; field names follow OCDS 1.1 and eForms.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use super::codes::*;
use crate::kernel::{
    ids::{DocumentId, OrganisationId},
    money::{Money, ValueRange},
    text::LocalizedText,
};

/// Whom it suits (OCDS `suitability`); `None`: the notice does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suitability {
    /// Small and medium-sized enterprises.
    pub sme: Option<bool>,
    /// Voluntary, community and social enterprises, nonprofits above all.
    pub vcse: Option<bool>,
}

/// What it aims at beside what it buys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Aims {
    /// BT-06.
    pub strategic: Vec<StrategicAim>,
    /// BT-774.
    pub environmental: Vec<EnvironmentalImpact>,
    /// BT-775.
    pub social: Vec<SocialObjective>,
    /// BT-776.
    pub innovation: Vec<Innovation>,
    /// The United Nations' goals for sustainable development, 1 to 17.
    pub sdg: Vec<u8>,
}

/// What tenders are weighed by (Directive 2014/24/EU art. 67).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardCriterion {
    /// Unique within the procurement and kept through its notices: `AWC-1`.
    pub id: String,
    /// BT-539.
    pub kind: CriterionKind,
    /// BT-734.
    pub name: LocalizedText,
    /// BT-540.
    #[serde(default)]
    pub description: LocalizedText,
    /// In percent (BT-541); `None` where criteria are only ranked.
    #[serde(default)]
    pub weight: Option<Decimal>,
    /// Of which lots; empty: of all.
    #[serde(default)]
    pub lots: Vec<String>,
}

/// A ground for exclusion, or what a tenderer must fulfil.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Unique within the procurement and kept through its notices: `REQ-1`.
    pub id: String,
    /// Whom it keeps out or lets in.
    pub kind: RequirementKind,
    /// eForms code list `exclusion-ground` or `selection-criterion`, by its kind.
    pub code: String,
    /// What exactly is asked for (BT-750).
    #[serde(default)]
    pub description: LocalizedText,
    /// The least that will do.
    #[serde(default)]
    pub minimum: Option<Quantity>,
    /// What shows it: a self-declaration, a certificate.
    #[serde(default)]
    pub evidence: LocalizedText,
    /// Of which lots; empty: of all.
    #[serde(default)]
    pub lots: Vec<String>,
}

/// A number of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// How many.
    pub value: Decimal,
    /// Of what: `SEK`, `years`, `%`.
    pub unit: String,
}

/// Whom to write to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// A person or an office.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// A document attached to a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Unique within the procurement and kept through its notices, whatever document it is: `DOC-0001`.
    pub id: String,
    /// What it is called.
    pub title: LocalizedText,
    /// What it is.
    pub document_type: DocumentType,
    /// The language it is written in (ISO 639-1); `None` where it has none or several.
    #[serde(default)]
    pub language: Option<String>,
    /// The uploaded file.
    pub document: DocumentId,
}

/// A document published elsewhere (imported notices).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLink {
    /// What it is called.
    pub title: Option<String>,
    /// OCDS code list `documentType`, as given.
    pub document_type: Option<String>,
    /// Where it is.
    pub url: String,
}

/// A contract awarded before the notice reached us (imported notices).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAward {
    /// The winners' names.
    pub suppliers: Vec<String>,
    /// The value.
    pub value: Option<Money>,
    /// When it was decided.
    pub date: Option<DateTime<Utc>>,
}

/// What one notice says about the procurement as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The main language (ISO 639-1); the title is there in it.
    pub language: String,
    /// What it is called.
    pub title: LocalizedText,
    /// What is to be bought.
    pub description: LocalizedText,
    /// The same in a few plain sentences.
    pub summary: LocalizedText,
    /// What is bought (BT-23).
    pub category: Option<Category>,
    /// How it is bought (BT-105).
    pub procedure: Option<Procedure>,
    /// Framework agreement (BT-765).
    pub framework: Option<Framework>,
    /// Dynamic purchasing system (BT-766).
    pub dynamic_purchasing: Option<DynamicPurchasing>,
    /// CPV 2008 codes of eight digits, the main one first (BT-262, BT-263).
    pub cpv: Vec<String>,
    /// NUTS codes of where it is performed (BT-5071).
    pub nuts: Vec<String>,
    /// Estimated value without VAT (BT-27).
    pub value: Option<ValueRange>,
    /// Whom it suits.
    pub suitability: Suitability,
    /// To whom the whole is reserved (BT-71); empty: to nobody. A lot may be reserved, too.
    pub reserved: Vec<Reserved>,
    /// The rule that allows it, by its ID (see [`super::reservation`]); imported notices name none.
    pub reservation_rule: Option<String>,
    /// What it aims at beside.
    pub aims: Aims,
    /// Are joint bids welcome? `None`, here and below: the notice does not say.
    pub joint_bids: Option<bool>,
    /// Is subcontracting welcome?
    pub subcontracting: Option<bool>,
    /// The least yearly turnover asked for (Directive 2014/24/EU art. 58(3)).
    pub min_turnover: Option<Money>,
    /// How many references are asked for.
    pub references: Option<u32>,
    /// How many hours a tender is thought to take.
    pub effort_hours: Option<u32>,
    /// The languages tenders may be written in (BT-97), ISO 639-1.
    pub submission_languages: Vec<String>,
    /// What tenders are weighed by.
    pub award_criteria: Vec<AwardCriterion>,
    /// Grounds for exclusion, and what tenderers must fulfil.
    pub requirements: Vec<Requirement>,
    /// For how many lots one tenderer may tender (BT-31).
    pub max_lots_per_tenderer: Option<u32>,
    /// How many lots one tenderer may win (BT-33).
    pub max_lots_awarded: Option<u32>,
    /// Until when tenders are received (BT-131).
    pub tender_deadline: Option<DateTime<Utc>>,
    /// When it is expected to be published.
    pub expected_publication: Option<NaiveDate>,
    /// When early dialogue is expected to begin.
    pub expected_dialogue: Option<NaiveDate>,
    /// When tendering is expected to begin (BT-127).
    pub expected_tendering: Option<NaiveDate>,
    /// When the contract is expected to start (BT-536).
    pub contract_start: Option<NaiveDate>,
    /// How many months the contract is expected to last (BT-36).
    pub contract_months: Option<u32>,
    /// How often it may be renewed (BT-58).
    pub renewals: Option<u32>,
    /// Who buys together with the lead (Directive 2014/24/EU art. 38).
    pub joint_buyers: Vec<OrganisationId>,
    /// Whom to write to.
    pub contact: Option<Contact>,
    /// Documents published with it.
    pub attachments: Vec<Attachment>,
    /// Documents published elsewhere.
    pub documents: Vec<DocumentLink>,
    /// Contracts awarded before the notice reached us.
    pub past_awards: Vec<PastAward>,
}

/// A separately awardable part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lot {
    /// Unique within the procurement and kept through its notices (BT-137): `LOT-0001`.
    pub id: String,
    /// What it is called.
    pub title: LocalizedText,
    /// What is to be bought.
    pub description: LocalizedText,
    /// CPV codes, the main one first.
    pub cpv: Vec<String>,
    /// NUTS codes.
    pub nuts: Vec<String>,
    /// Estimated value without VAT.
    pub value: Option<ValueRange>,
    /// What the buyer may order beside (BT-54).
    pub options: LocalizedText,
    /// Whom it suits.
    pub suitability: Suitability,
    /// To whom this lot is reserved, beside what holds for the whole.
    pub reserved: Vec<Reserved>,
    /// The rule that allows it, by its ID.
    pub reservation_rule: Option<String>,
    /// When its contract is expected to start, where that differs from the whole's.
    pub contract_start: Option<NaiveDate>,
    /// How many months its contract is expected to last, where that differs.
    pub contract_months: Option<u32>,
}

/// A version of a procurement with its lots, being written or about to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The whole.
    pub content: Content,
    /// Its parts, in order.
    pub lots: Vec<Lot>,
}
