//! The format of `marketplace/*.json`: organisations, people, and procurements as scripts of dated
//! steps. Days count from day 0, the time of the filling: -2.5 is two and a half days before it.

mod calendar;
mod step;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use torg::{
    auth::{OrganisationKind, Role},
    kernel::{ids::DocumentId, money::ValueRange, text::LocalizedText},
    organisation::{identifier, profile::Size},
    procurement::{
        self, Content, Draft, Phase,
        content::{
            Aims, AwardCriterion, Category, Contact, DocumentType, Procedure, Requirement,
            Reserved, Suitability,
        },
    },
};

pub use self::calendar::Calendar;
pub use self::step::{
    Action, Anchor, Answer, Ask, Award, Consent, Contribute, End, Meeting, Minutes, OpenDialogue,
    Publish, PublishContributions, Questionnaire, Register, Step, Summarise, Tender,
};
use super::SampleError;

/// Organisations, people and procurements.
#[derive(Debug)]
pub struct Marketplace {
    pub(super) organisations: Vec<Organisation>,
    pub(super) people: Vec<Person>,
    pub(super) procurements: Vec<Procurement>,
}

impl Marketplace {
    /// Reads the marketplace that is part of the program.
    pub fn embedded() -> Result<Self, SampleError> {
        Self::read(
            include_str!("marketplace/organisations.json"),
            &[
                ("sv.json", include_str!("marketplace/sv.json")),
                ("fi.json", include_str!("marketplace/fi.json")),
                ("nb.json", include_str!("marketplace/nb.json")),
                ("da.json", include_str!("marketplace/da.json")),
                ("en.json", include_str!("marketplace/en.json")),
            ],
        )
    }

    /// Reads a marketplace from the text of `organisations.json` and of files of procurements, each
    /// with its name.
    pub fn read(organisations: &str, procurements: &[(&str, &str)]) -> Result<Self, SampleError> {
        let parties: Parties = parse("organisations.json", organisations)?;
        let mut all = Vec::new();
        for (file, text) in procurements {
            let scripts: Scripts = parse(file, text)?;
            all.extend(scripts.procurements);
        }
        Ok(Self {
            organisations: parties.organisations,
            people: parties.people,
            procurements: all,
        })
    }
}

fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, SampleError> {
    serde_json::from_str(text).map_err(|source| SampleError::Malformed {
        file: file.to_owned(),
        source,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parties {
    organisations: Vec<Organisation>,
    people: Vec<Person>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripts {
    procurements: Vec<Procurement>,
}

/// A fictional organisation with its members.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub key: String,
    pub kind: OrganisationKind,
    pub name: String,
    pub country: String,
    pub nuts: String,
    pub identifier: Option<Identifier>,
    pub description: LocalizedText,
    /// Fields of activity (CPV codes).
    #[serde(default)]
    pub cpv: Vec<String>,
    /// Areas of activity (NUTS codes).
    #[serde(default)]
    pub areas: Vec<String>,
    /// Size (eForms BT-165).
    pub size: Option<Size>,
    /// Partners that it looks for in joint bids; empty when it looks for none.
    #[serde(default)]
    pub partners: LocalizedText,
    pub members: Vec<Member>,
}

/// A register number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    pub scheme: String,
    pub id: String,
}

impl From<Identifier> for identifier::Identifier {
    fn from(identifier: Identifier) -> Self {
        Self {
            scheme: identifier.scheme,
            value: identifier.id,
        }
    }
}

/// A person's roles in an organisation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub person: String,
    pub roles: Vec<Role>,
}

/// A person. The key is the subject of their tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub key: String,
    pub name: String,
}

/// A procurement's script.
#[derive(Debug, Deserialize)]
pub struct Procurement {
    pub key: String,
    /// Key of the buyer.
    pub buyer: String,
    /// Steps, each on its day.
    pub steps: Vec<Step>,
    /// Content of the first draft, as JSON of [`Details`], because amendments replace parts of it.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// Content of a draft.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Details {
    language: String,
    title: LocalizedText,
    description: LocalizedText,
    summary: LocalizedText,
    category: Category,
    procedure: Procedure,
    cpv: Vec<String>,
    nuts: Vec<String>,
    value: Option<ValueRange>,
    suitability: Suitability,
    reserved: Vec<Reserved>,
    joint_bids: bool,
    lots: Vec<Lot>,
    expected_tendering: Option<f64>,
    contract_start: Option<f64>,
    deadline: Option<f64>,
    contact: Contact,
    #[serde(default)]
    reservation_rule: Option<String>,
    #[serde(default)]
    aims: Aims,
    #[serde(default)]
    subcontracting: Option<bool>,
    #[serde(default)]
    submission_languages: Vec<String>,
    #[serde(default)]
    references: Option<u32>,
    #[serde(default)]
    effort_hours: Option<u32>,
    #[serde(default)]
    contract_months: Option<u32>,
    #[serde(default)]
    renewals: Option<u32>,
    #[serde(default)]
    award_criteria: Vec<AwardCriterion>,
    #[serde(default)]
    requirements: Vec<Requirement>,
    #[serde(default)]
    max_lots_per_tenderer: Option<u32>,
    /// Keys of the joint buyers.
    #[serde(default)]
    pub(super) joint_buyers: Vec<String>,
    #[serde(default)]
    pub(super) attachments: Vec<Attachment>,
}

/// A file of the sample that is attached to a notice.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Attachment {
    id: String,
    title: LocalizedText,
    document_type: DocumentType,
    language: String,
    /// Name of the file in `documents/`.
    pub(super) file: String,
}

impl Attachment {
    /// Returns the attachment with its uploaded document.
    pub(super) fn of(self, document: DocumentId) -> procurement::content::Attachment {
        procurement::content::Attachment {
            id: self.id,
            title: self.title,
            document_type: self.document_type,
            language: Some(self.language),
            document,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lot {
    key: String,
    title: LocalizedText,
    description: LocalizedText,
    cpv: Vec<String>,
    nuts: Vec<String>,
    value: Option<ValueRange>,
}

impl Details {
    /// Returns the draft of a notice in this phase. Notices before TENDERING have no deadline.
    pub fn draft(self, phase: Phase, calendar: Calendar) -> Draft {
        let deadline = self.deadline.filter(|_| phase == Phase::Tendering);
        let content = Content {
            language: self.language,
            title: self.title,
            description: self.description,
            summary: self.summary,
            category: Some(self.category),
            procedure: Some(self.procedure),
            cpv: self.cpv,
            nuts: self.nuts,
            value: self.value,
            suitability: self.suitability,
            reserved: self.reserved,
            joint_bids: Some(self.joint_bids),
            tender_deadline: deadline.map(|day| calendar.limit(day)),
            expected_tendering: self
                .expected_tendering
                .map(|day| calendar.moment(day).date_naive()),
            contract_start: self
                .contract_start
                .map(|day| calendar.moment(day).date_naive()),
            contact: Some(self.contact),
            reservation_rule: self.reservation_rule,
            aims: self.aims,
            subcontracting: self.subcontracting,
            submission_languages: self.submission_languages,
            references: self.references,
            effort_hours: self.effort_hours,
            contract_months: self.contract_months,
            renewals: self.renewals,
            award_criteria: self.award_criteria,
            requirements: self.requirements,
            max_lots_per_tenderer: self.max_lots_per_tenderer,
            combinations_allowed: Some(true),
            ..Content::default()
        };
        let lots = self.lots.into_iter().map(procurement::Lot::from).collect();
        Draft { content, lots }
    }
}

impl From<Lot> for procurement::Lot {
    fn from(lot: Lot) -> Self {
        Self {
            id: lot.key,
            title: lot.title,
            description: lot.description,
            cpv: lot.cpv,
            nuts: lot.nuts,
            value: lot.value,
            ..Self::default()
        }
    }
}
