//! The format of `marketplace/*.json`: organisations, people, and procurements as scripts of dated steps.
//! Days count from the moment of playing: -2.5 is two days and a half before it.

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
        end::NonAwardReason,
    },
};

/// Who there is, and what they do.
#[derive(Debug)]
pub struct Marketplace {
    pub(super) organisations: Vec<Organisation>,
    pub(super) people: Vec<Person>,
    pub(super) procurements: Vec<Procurement>,
}

impl Marketplace {
    /// The one that is part of the program.
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

    /// Reads one from the text of `organisations.json` and of files of procurements, each with its name.
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
    /// What it does (CPV).
    #[serde(default)]
    pub cpv: Vec<String>,
    /// Where it works (NUTS).
    #[serde(default)]
    pub areas: Vec<String>,
    /// How large it is (eForms BT-165).
    pub size: Option<Size>,
    /// Whom it looks for to bid with; empty: nobody.
    #[serde(default)]
    pub partners: LocalizedText,
    pub members: Vec<Member>,
}

/// A number in a register.
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

/// Somebody; the key is the subject of their tokens.
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
    /// The buyer's key.
    pub buyer: String,
    /// What happens, each on its day.
    pub steps: Vec<Step>,
    /// What the first draft says, as [`Details`]; kept as JSON, since amendments replace some of it.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// What a draft says.
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
    /// Who buys together with the buyer, by their keys.
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
    /// The draft of a notice in this phase. Before tendering no deadline is set.
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

/// What somebody does on a day.
#[derive(Debug, Deserialize)]
pub struct Step {
    pub day: f64,
    /// The person's key.
    pub by: String,
    #[serde(flatten)]
    pub action: Action,
    /// Why, where a published notice is changed.
    #[serde(default)]
    pub reason: LocalizedText,
}

/// What can be done.
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
    /// Its word in the script.
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

/// A notice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    pub phase: Phase,
    /// Replaces top-level fields of [`Details`].
    #[serde(default)]
    pub changes: Map<String, Value>,
}

/// A round of dialogue; other steps of the procurement name it by its key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenDialogue {
    pub key: String,
    pub kind: dialogue::Kind,
    pub title: LocalizedText,
    pub description: LocalizedText,
    /// A day, as is `closes`.
    pub questions_until: f64,
    pub closes: f64,
}

/// A question; other steps of the procurement name it by its key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub key: String,
    /// The dialogue's key.
    pub dialogue: String,
    /// For which organisation.
    pub r#as: String,
    pub lot: Option<String>,
    pub text: String,
    pub language: String,
}

/// An answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question's key.
    pub question: String,
    pub text: LocalizedText,
}

/// What a round asks of all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// The dialogue's key.
    pub dialogue: String,
    pub questions: Vec<contribution::Question>,
}

/// What a supplier answers to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contribute {
    /// The dialogue's key.
    pub dialogue: String,
    /// For which organisation.
    pub r#as: String,
    pub answers: Vec<contribution::Answer>,
    /// May it be told whose it is?
    pub named: bool,
}

/// From here on everybody reads what was contributed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishContributions {
    /// The dialogue's key.
    pub dialogue: String,
}

/// What was heard in a round, and what changes because of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summarise {
    /// The dialogue's key.
    pub dialogue: String,
    pub heard: LocalizedText,
    pub changes: Vec<summary::Change>,
}

/// A market meeting; other steps of the procurement name it by its key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Meeting {
    pub key: String,
    /// The dialogue's key.
    pub dialogue: String,
    /// A day, as are the next two.
    pub starts: f64,
    pub ends: f64,
    pub registration_until: f64,
    pub place: LocalizedText,
    pub link: String,
    pub agenda: LocalizedText,
    pub seats: i32,
}

/// Who comes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The meeting's key.
    pub meeting: String,
    /// For which organisation.
    pub r#as: String,
    pub attendees: i32,
}

/// What was said in a meeting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// The meeting's key.
    pub meeting: String,
    pub text: LocalizedText,
}

/// A tender; other steps of the procurement name it by its key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tender {
    pub key: String,
    /// For which organisation.
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
    /// The tender's key.
    pub tender: String,
    pub reason: LocalizedText,
}

/// A joint buyer's consent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// For which buyer.
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

/// Turns days into times.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    day_zero: DateTime<Utc>,
}

impl Calendar {
    /// Day 0 is the full hour before `now`, so that past deadlines are full hours too.
    pub fn new(now: DateTime<Utc>) -> Self {
        let day_zero = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        Self { day_zero }
    }

    /// The moment of a day.
    pub fn moment(self, day: f64) -> DateTime<Utc> {
        self.day_zero + self.span(day)
    }

    /// So many days.
    pub fn span(self, days: f64) -> TimeDelta {
        TimeDelta::seconds((days * SECONDS_OF_A_DAY).round() as i64)
    }

    /// A deadline or the end of a window: noon (UTC) of a day to come.
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
