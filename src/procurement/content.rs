//! What a notice says. Stored as JSON, frozen with each notice; field names follow OCDS 1.1 and eForms.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::{
    money::{Money, ValueRange},
    text::LocalizedText,
};

/// What is bought (eForms BT-23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Category {
    /// Building and civil engineering.
    Works,
    /// Services.
    Services,
    /// Goods.
    Supplies,
}

impl Category {
    /// Its name in a search document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Works => "WORKS",
            Self::Services => "SERVICES",
            Self::Supplies => "SUPPLIES",
        }
    }
}

/// How it is bought (eForms BT-105, code list `procurement-procedure-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Procedure {
    /// Open.
    Open,
    /// Restricted.
    Restricted,
    /// Negotiated with prior publication of a call for competition.
    NegWCall,
    /// Negotiated without prior call.
    NegWoCall,
    /// Competitive dialogue.
    CompDial,
    /// Competitive tendering.
    CompTend,
    /// Innovation partnership.
    Innovation,
    /// Other single stage procedure.
    OthSingle,
    /// Other multiple stage procedure.
    OthMult,
    /// Request for expression of interest (rail).
    ExpIntRail,
}

/// To whom participation is reserved (OCDS code list `reservedParticipation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reserved {
    /// Sheltered workshops and operators integrating disadvantaged persons (Directive 2014/24/EU art. 20).
    ShelteredWorkshop,
    /// Organisations with a public service mission, in certain services (art. 77).
    PublicServiceMissionOrganization,
}

impl Reserved {
    /// The OCDS code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShelteredWorkshop => "shelteredWorkshop",
            Self::PublicServiceMissionOrganization => "publicServiceMissionOrganization",
        }
    }
}

/// Whom it suits (OCDS `suitability`); `None`: the notice does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suitability {
    /// Small and medium-sized enterprises.
    pub sme: Option<bool>,
    /// Voluntary, community and social enterprises, nonprofits above all.
    pub vcse: Option<bool>,
}

/// Whom to write to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// A person or an office.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The main language (ISO 639-1); the title is there in it.
    pub language: String,
    /// What it is called.
    pub title: LocalizedText,
    /// What is to be bought.
    #[serde(default)]
    pub description: LocalizedText,
    /// The same in a few plain sentences.
    #[serde(default)]
    pub summary: LocalizedText,
    /// What is bought (BT-23).
    #[serde(default)]
    pub category: Option<Category>,
    /// How it is bought (BT-105).
    #[serde(default)]
    pub procedure: Option<Procedure>,
    /// CPV 2008 codes of eight digits, the main one first (BT-262, BT-263).
    #[serde(default)]
    pub cpv: Vec<String>,
    /// NUTS codes of where it is performed (BT-5071).
    #[serde(default)]
    pub nuts: Vec<String>,
    /// Estimated value without VAT (BT-27).
    #[serde(default)]
    pub value: Option<ValueRange>,
    /// Whom it suits.
    #[serde(default)]
    pub suitability: Suitability,
    /// To whom it is reserved (BT-71); empty: to nobody.
    #[serde(default)]
    pub reserved: Vec<Reserved>,
    /// Are joint bids welcome? `None`: the notice does not say.
    #[serde(default)]
    pub joint_bids: Option<bool>,
    /// Until when tenders are received (BT-131).
    #[serde(default)]
    pub tender_deadline: Option<DateTime<Utc>>,
    /// When tendering is expected to begin (BT-127).
    #[serde(default)]
    pub expected_tendering: Option<NaiveDate>,
    /// When the contract is expected to start (BT-536).
    #[serde(default)]
    pub contract_start: Option<NaiveDate>,
    /// Whom to write to.
    #[serde(default)]
    pub contact: Option<Contact>,
    /// Documents published elsewhere.
    #[serde(default)]
    pub documents: Vec<DocumentLink>,
    /// Contracts awarded before the notice reached us.
    #[serde(default)]
    pub past_awards: Vec<PastAward>,
}

/// A separately awardable part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Unique within the procurement and kept through its notices (BT-137): `LOT-0001`.
    pub id: String,
    /// What it is called.
    #[serde(default)]
    pub title: LocalizedText,
    /// What is to be bought.
    #[serde(default)]
    pub description: LocalizedText,
    /// CPV codes, the main one first.
    #[serde(default)]
    pub cpv: Vec<String>,
    /// NUTS codes.
    #[serde(default)]
    pub nuts: Vec<String>,
    /// Estimated value without VAT.
    #[serde(default)]
    pub value: Option<ValueRange>,
}

/// A version of a procurement with its lots, being written or about to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The whole.
    pub content: Content,
    /// Its parts, in order.
    pub lots: Vec<Lot>,
}
