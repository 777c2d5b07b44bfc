//! The format of `marketplace/*.json`: organisations, people, and procurements as scripts of dated
//! steps. Days count from day 0, the time of the filling: -2.5 is two and a half days before it.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::SampleError;
use torg::{
    auth::{OrganisationKind, Role},
    dialogue::{self, contribution, summary},
    kernel::{
        money::{Money, ValueRange},
        text::LocalizedText,
    },
    organisation::{identifier, profile::Size},
    procurement::{
        self, Content, Draft, Phase,
        content::{
            Aims, AwardCriterion, Category, Contact, Procedure, Requirement, Reserved, Suitability,
        },
        rules::NonAwardReason,
    },
};

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

/// One action of a person on a day.
#[derive(Debug, Deserialize)]
pub struct Step {
    pub day: f64,
    /// Key of the person.
    pub by: String,
    #[serde(flatten)]
    pub action: Action,
    /// Reason for the change of a published notice.
    #[serde(default)]
    pub reason: LocalizedText,
}

/// The action of a step.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    Publish(Publish),
    OpenDialogue(OpenDialogue),
    Ask(Ask),
    Answer(Answer),
    Questionnaire(Questionnaire),
    Contribute(Contribute),
    PublishContributions(PublishContributions),
    Summarise(Summarise),
    Meeting(Meeting),
    Register(Register),
    Minutes(Minutes),
    Tender(Tender),
    Open {},
    Award(Award),
    Complete {},
    Cancel(End),
    Withdraw(End),
    Unsuccessful(End),
    Follow {},
    Consent(Consent),
}

impl Action {
    /// Returns its name in the script.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Publish(_) => "publish",
            Self::OpenDialogue(_) => "openDialogue",
            Self::Ask(_) => "ask",
            Self::Answer(_) => "answer",
            Self::Questionnaire(_) => "questionnaire",
            Self::Contribute(_) => "contribute",
            Self::PublishContributions(_) => "publishContributions",
            Self::Summarise(_) => "summarise",
            Self::Meeting(_) => "meeting",
            Self::Register(_) => "register",
            Self::Minutes(_) => "minutes",
            Self::Tender(_) => "tender",
            Self::Open {} => "open",
            Self::Award(_) => "award",
            Self::Complete {} => "complete",
            Self::Cancel(_) => "cancel",
            Self::Withdraw(_) => "withdraw",
            Self::Unsuccessful(_) => "unsuccessful",
            Self::Follow {} => "follow",
            Self::Consent(_) => "consent",
        }
    }
}

/// Publication of a notice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    pub phase: Phase,
    /// Top-level fields of [`Details`] to replace.
    #[serde(default)]
    pub changes: Map<String, Value>,
}

/// Opening of a dialogue. Other steps of the procurement refer to its key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenDialogue {
    pub key: String,
    pub kind: dialogue::DialogueKind,
    pub title: LocalizedText,
    pub description: LocalizedText,
    /// Day of the opening; `closes` is a day too.
    pub questions_until: f64,
    pub closes: f64,
}

/// A question. Other steps of the procurement refer to its key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub key: String,
    /// Key of the dialogue.
    pub dialogue: String,
    /// Key of the organisation that the person acts for.
    pub r#as: String,
    pub lot: Option<String>,
    pub text: String,
    pub language: String,
}

/// An answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Key of the question.
    pub question: String,
    pub text: LocalizedText,
}

/// Publication of a questionnaire.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// Key of the dialogue.
    pub dialogue: String,
    pub questions: Vec<contribution::QuestionnaireQuestion>,
}

/// A contribution: a supplier's answers to a questionnaire.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contribute {
    /// Key of the dialogue.
    pub dialogue: String,
    /// Key of the organisation that the person acts for.
    pub r#as: String,
    pub answers: Vec<contribution::ContributionAnswer>,
    /// Whether the contribution is published with the organisation's name.
    pub named: bool,
}

/// Publication of the contributions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishContributions {
    /// Key of the dialogue.
    pub dialogue: String,
}

/// Summary of a dialogue, with the changes that follow from it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summarise {
    /// Key of the dialogue.
    pub dialogue: String,
    pub heard: LocalizedText,
    pub changes: Vec<summary::SummaryChange>,
}

/// A market meeting. Other steps of the procurement refer to its key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Meeting {
    pub key: String,
    /// Key of the dialogue.
    pub dialogue: String,
    /// Day of the start; the next two fields are days too.
    pub starts: f64,
    pub ends: f64,
    pub registration_until: f64,
    pub place: LocalizedText,
    pub link: String,
    pub agenda: LocalizedText,
    pub seats: i32,
}

/// Registration for a meeting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Key of the meeting.
    pub meeting: String,
    /// Key of the organisation that the person acts for.
    pub r#as: String,
    pub attendees: i32,
}

/// Minutes of a meeting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// Key of the meeting.
    pub meeting: String,
    pub text: LocalizedText,
}

/// A tender. Other steps of the procurement refer to its key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tender {
    pub key: String,
    /// Key of the organisation that the person acts for.
    pub r#as: String,
    pub lots: Vec<String>,
    pub price: Money,
    pub text: String,
}

/// The award of one lot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Award {
    pub lot: String,
    /// Key of the tender.
    pub tender: String,
    pub reason: LocalizedText,
}

/// A joint buyer's consent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Key of the joint buyer.
    pub r#as: String,
}

/// An end without a contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// eForms BT-144, with `cancel` and `unsuccessful`.
    pub code: Option<NonAwardReason>,
    pub reason: LocalizedText,
}

const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// Converts days of the history to times.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    day_zero: DateTime<Utc>,
}

impl Calendar {
    /// Returns a calendar whose day 0 is the full hour before `now`, so that past deadlines are
    /// full hours.
    pub fn new(now: DateTime<Utc>) -> Self {
        let day_zero = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        Self { day_zero }
    }

    /// Returns the time of a day.
    pub fn moment(self, day: f64) -> DateTime<Utc> {
        self.day_zero + self.span(day)
    }

    /// Returns the duration of a number of days.
    pub fn span(self, days: f64) -> TimeDelta {
        TimeDelta::seconds((days * SECONDS_OF_A_DAY).round() as i64)
    }

    /// Returns the time of a deadline or of the close of a window: for a future day, noon (UTC).
    pub fn limit(self, day: f64) -> DateTime<Utc> {
        let moment = self.moment(day);
        if day < 1.0 {
            return moment;
        }
        let midnight = moment.duration_trunc(TimeDelta::days(1)).unwrap_or(moment);
        midnight + TimeDelta::hours(12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_to_come_are_noons_and_past_ones_full_hours() {
        let now: DateTime<Utc> = "2031-05-10T21:47:13.5Z".parse().unwrap_or_default();
        let calendar = Calendar::new(now);
        for (day, moment, limit) in [
            (-5.0, "2031-05-05T21:00:00Z", "2031-05-05T21:00:00Z"),
            (-0.5, "2031-05-10T09:00:00Z", "2031-05-10T09:00:00Z"),
            (0.0, "2031-05-10T21:00:00Z", "2031-05-10T21:00:00Z"),
            (8.0, "2031-05-18T21:00:00Z", "2031-05-18T12:00:00Z"),
            (8.5, "2031-05-19T09:00:00Z", "2031-05-19T12:00:00Z"),
        ] {
            assert_eq!(
                calendar
                    .moment(day)
                    .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                moment
            );
            assert_eq!(
                calendar
                    .limit(day)
                    .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                limit
            );
        }
    }
}
