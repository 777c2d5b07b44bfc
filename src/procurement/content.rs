//! The content of a notice. It is stored as JSON and frozen with each notice; field names follow
//! OCDS 1.1 and eForms.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use super::codes::*;
use crate::kernel::{
    ids::{DocumentId, OrganisationId},
    money::{Money, ValueRange},
    text::LocalizedText,
    zone::Zone,
};

/// Suitability (OCDS `suitability`). `None`: not stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suitability {
    /// Whether it suits small and medium-sized enterprises.
    pub sme: Option<bool>,
    /// Whether it suits voluntary, community and social enterprises, including nonprofits.
    pub vcse: Option<bool>,
}

/// Strategic aims, in addition to what is bought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Aims {
    /// Strategic aims (BT-06).
    pub strategic: Vec<StrategicAim>,
    /// Ways in which the environmental impact is reduced (BT-774).
    pub environmental: Vec<EnvironmentalImpact>,
    /// Social objectives (BT-775).
    pub social: Vec<SocialObjective>,
    /// Kinds of innovation (BT-776).
    pub innovation: Vec<Innovation>,
    /// Numbers of the United Nations' Sustainable Development Goals, 1 to 17.
    pub sdg: Vec<i32>,
}

/// An award criterion (Directive 2014/24/EU art. 67).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardCriterion {
    /// ID, unique within the procurement and unchanged in later notices, such as `AWC-1`.
    pub id: String,
    /// What it evaluates (BT-539).
    pub kind: CriterionKind,
    /// Name (BT-734).
    pub name: LocalizedText,
    /// Description (BT-540).
    #[serde(default)]
    pub description: LocalizedText,
    /// Weight in percent (BT-541). `None` when criteria are only ranked.
    #[serde(default)]
    pub weight: Option<Decimal>,
    /// IDs of the lots that it applies to. Empty: all lots.
    #[serde(default)]
    pub lots: Vec<String>,
}

/// A requirement on tenderers: a ground for exclusion or a selection criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// ID, unique within the procurement and unchanged in later notices, such as `REQ-1`.
    pub id: String,
    /// Ground for exclusion or selection criterion.
    pub kind: RequirementKind,
    /// Code of the eForms code list `exclusion-ground` or `selection-criterion`, depending on the
    /// kind.
    pub code: String,
    /// Description of exactly what is required (BT-750).
    #[serde(default)]
    pub description: LocalizedText,
    /// Minimum that a tenderer must meet.
    #[serde(default)]
    pub minimum: Option<Quantity>,
    /// Evidence that shows that the requirement is met: a self-declaration, a certificate.
    #[serde(default)]
    pub evidence: LocalizedText,
    /// IDs of the lots that it applies to. Empty: all lots.
    #[serde(default)]
    pub lots: Vec<String>,
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// Number.
    pub value: Decimal,
    /// Unit, such as `SEK`, `years` or `%`.
    pub unit: String,
}

/// A contact point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name of a person or an office.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// A document attached to a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// ID, unique within the procurement and unchanged in later notices even if the document is
    /// replaced, such as `DOC-0001`.
    pub id: String,
    /// Title.
    pub title: LocalizedText,
    /// Type of document.
    pub document_type: DocumentType,
    /// Language of the document (ISO 639-1). `None` when it has none or several.
    #[serde(default)]
    pub language: Option<String>,
    /// Uploaded file.
    pub document: DocumentId,
}

/// A document published elsewhere (imported notices).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLink {
    /// Title.
    pub title: Option<String>,
    /// Code of the OCDS list `documentType`, unchanged from the source.
    pub document_type: Option<String>,
    /// Web address.
    pub url: String,
}

/// A contract awarded before the notice was imported (imported notices).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAward {
    /// Names of the suppliers that won.
    pub suppliers: Vec<String>,
    /// Value of the contract.
    pub value: Option<Money>,
    /// Time of the award decision.
    pub date: Option<DateTime<Utc>>,
}

/// Content of a notice about the procurement as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// Main language (ISO 639-1); the title exists in it.
    pub language: String,
    /// Title.
    pub title: LocalizedText,
    /// Description of the purchase.
    pub description: LocalizedText,
    /// Summary in plain language.
    pub summary: LocalizedText,
    /// Main nature of the contract (BT-23).
    pub category: Option<Category>,
    /// Type of procedure (BT-105).
    pub procedure: Option<Procedure>,
    /// The publisher's own words on the procedure (OCDS `procurementMethodDetails`; imported
    /// notices).
    pub procedure_details: LocalizedText,
    /// Kind of framework agreement (BT-765).
    pub framework: Option<Framework>,
    /// Kind of dynamic purchasing system (BT-766).
    pub dynamic_purchasing: Option<DynamicPurchasing>,
    /// CPV 2008 codes of eight digits, the main one first (BT-262, BT-263).
    pub cpv: Vec<String>,
    /// NUTS codes of the places of performance (BT-5071).
    pub nuts: Vec<String>,
    /// Estimated value without VAT (BT-27).
    pub value: Option<ValueRange>,
    /// Suitability.
    pub suitability: Suitability,
    /// Groups to which the whole procurement is reserved (BT-71). Empty: not reserved; single lots
    /// may still be.
    pub reserved: Vec<Reserved>,
    /// ID of the rule that allows the reservation (see [`super::reservation`]). `None` for imported
    /// notices.
    pub reservation_rule: Option<String>,
    /// Strategic aims.
    pub aims: Aims,
    /// Whether joint bids are welcome. `None`, here and below: not stated.
    pub joint_bids: Option<bool>,
    /// Whether subcontracting is welcome.
    pub subcontracting: Option<bool>,
    /// Whether an organisation may take part in several tenders for a lot: alone and in a group, or
    /// in several groups. `None`: no.
    pub several_tenders_allowed: Option<bool>,
    /// Minimum yearly turnover of a tenderer (Directive 2014/24/EU art. 58(3)).
    pub min_turnover: Option<Money>,
    /// Number of references that a tenderer must give.
    pub references: Option<u32>,
    /// Estimated number of hours needed to write a tender.
    pub effort_hours: Option<u32>,
    /// Languages in which tenders may be written (BT-97), as ISO 639-1 codes.
    pub submission_languages: Vec<String>,
    /// Award criteria.
    pub award_criteria: Vec<AwardCriterion>,
    /// Grounds for exclusion and selection criteria.
    pub requirements: Vec<Requirement>,
    /// Maximum number of lots for which one tenderer may submit tenders (BT-31).
    pub max_lots_per_tenderer: Option<u32>,
    /// Maximum number of lots that one tenderer may win (BT-33).
    pub max_lots_awarded: Option<u32>,
    /// Whether one tender may be for several lots (combination offer). `None`: it may not.
    pub combinations_allowed: Option<bool>,
    /// Deadline for tenders (BT-131).
    pub tender_deadline: Option<DateTime<Utc>>,
    /// IANA time zone in which the deadline is stated. `None` in notices of earlier versions of the
    /// marketplace.
    pub tender_deadline_zone: Option<String>,
    /// Whether the time of day of the deadline is stated. `Some(false)`: an imported notice states
    /// only the day, and the deadline is its last second. `None`: it is stated.
    pub tender_deadline_time_stated: Option<bool>,
    /// Expected date of publication.
    pub expected_publication: Option<NaiveDate>,
    /// Expected start of early dialogue.
    pub expected_dialogue: Option<NaiveDate>,
    /// Expected start of tendering (BT-127).
    pub expected_tendering: Option<NaiveDate>,
    /// Expected start of the contract (BT-536).
    pub contract_start: Option<NaiveDate>,
    /// Expected duration of the contract in months (BT-36).
    pub contract_months: Option<u32>,
    /// Maximum number of renewals (BT-58).
    pub renewals: Option<u32>,
    /// Buyers in addition to the lead (Directive 2014/24/EU art. 38).
    pub joint_buyers: Vec<OrganisationId>,
    /// Contact point.
    pub contact: Option<Contact>,
    /// Documents published with the notice.
    pub attachments: Vec<Attachment>,
    /// Documents published elsewhere.
    pub documents: Vec<DocumentLink>,
    /// Contracts awarded before the notice was imported.
    pub past_awards: Vec<PastAward>,
}

impl Content {
    /// Returns the time zone in which the deadline is stated.
    #[must_use]
    pub fn deadline_zone(&self) -> Zone {
        let stated = self.tender_deadline_zone.as_deref();
        stated
            .and_then(|name| name.parse().ok())
            .unwrap_or(Zone::DEFAULT)
    }
}

/// A lot: a separately awardable part of a procurement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lot {
    /// ID, unique within the procurement and unchanged in later notices (BT-137), such as
    /// `LOT-0001`.
    pub id: String,
    /// Title.
    pub title: LocalizedText,
    /// Description of the lot.
    pub description: LocalizedText,
    /// CPV codes, the main one first.
    pub cpv: Vec<String>,
    /// NUTS codes.
    pub nuts: Vec<String>,
    /// Estimated value without VAT.
    pub value: Option<ValueRange>,
    /// Options: what the buyer may order in addition (BT-54).
    pub options: LocalizedText,
    /// Suitability.
    pub suitability: Suitability,
    /// Groups to which the lot is reserved, in addition to those of the whole procurement.
    pub reserved: Vec<Reserved>,
    /// ID of the rule that allows the lot's reservation.
    pub reservation_rule: Option<String>,
    /// Expected start of the lot's contract. `None`: as for the whole procurement.
    pub contract_start: Option<NaiveDate>,
    /// Expected duration of the lot's contract in months. `None`: as for the whole procurement.
    pub contract_months: Option<u32>,
    /// Status of the lot. `None`: not stated; only imported notices state one.
    pub status: Option<LotStatus>,
}

/// A version of a procurement with its lots, before publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Content of the whole procurement.
    pub content: Content,
    /// Lots, in order.
    pub lots: Vec<Lot>,
}
