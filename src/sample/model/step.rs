//! The steps of a procurement's script.

use serde::Deserialize;
use serde_json::{Map, Value};
use torg::{
    dialogue::{self, contribution, review::Disposition, summary},
    kernel::{money::Money, text::LocalizedText},
    procurement::{Phase, rules::NonAwardReason},
};

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
    /// Top-level fields of [`Details`](super::Details) to replace.
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
    /// Names of files in `documents/`, here and in other steps.
    #[serde(default)]
    pub documents: Vec<String>,
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
    /// Place in a document of a draft review.
    pub anchor: Option<Anchor>,
}

/// Place in a document of the dialogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Name of the file in `documents/`.
    pub file: String,
    pub page: i32,
    pub section: String,
    pub quote: String,
}

/// An answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Key of the question.
    pub question: String,
    pub text: LocalizedText,
    /// Decision on a comment in a draft review.
    pub disposition: Option<Disposition>,
    #[serde(default)]
    pub documents: Vec<String>,
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
    #[serde(default)]
    pub documents: Vec<String>,
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
    #[serde(default)]
    pub documents: Vec<String>,
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
