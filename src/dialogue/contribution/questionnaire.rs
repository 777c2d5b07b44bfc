//! Questionnaires: typed questions with stable IDs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    dialogue::DialogueKind,
    kernel::{
        ids::{DialogueId, QuestionnaireId},
        text::LocalizedText,
    },
};

/// Type of the answers to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuestionType {
    /// Plain text.
    Text,
    /// Number in the question's unit.
    Number,
    /// One or several of the question's options.
    Choice,
    /// Yes or no.
    YesNo,
    /// Amount without VAT.
    Money,
    /// Date without a time.
    Date,
    /// One or several uploaded files.
    File,
}

impl QuestionType {
    /// Returns the code that clients use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Number => "NUMBER",
            Self::Choice => "CHOICE",
            Self::YesNo => "YES_NO",
            Self::Money => "MONEY",
            Self::Date => "DATE",
            Self::File => "FILE",
        }
    }
}

/// Option of a question of type CHOICE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionOption {
    /// ID that answers use; stable across versions.
    pub id: String,
    /// Text of the option.
    pub text: LocalizedText,
}

/// Question of a questionnaire. Settings of other types are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionnaireQuestion {
    /// ID such as `Q-1`; stable across versions.
    pub id: String,
    /// Type of the answers; stable across versions.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// Text of the question.
    pub text: LocalizedText,
    /// Help text for answering; may be empty.
    #[serde(default)]
    pub help: LocalizedText,
    /// Whether a contribution needs an answer to it.
    pub required: bool,
    /// Most characters of a TEXT answer; `None` means [`super::rules::TEXT_LIMIT`].
    #[serde(default)]
    pub max_length: Option<u32>,
    /// Unit of a NUMBER answer, such as `m²` or `hours a week`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Least NUMBER answer.
    #[serde(default)]
    pub min: Option<Decimal>,
    /// Greatest NUMBER answer.
    #[serde(default)]
    pub max: Option<Decimal>,
    /// Whether a CHOICE or FILE answer may have several options or files.
    #[serde(default)]
    pub several: bool,
    /// Options of a CHOICE question.
    #[serde(default)]
    pub options: Vec<QuestionOption>,
    /// Currency of a MONEY answer (ISO 4217).
    #[serde(default)]
    pub currency: Option<String>,
}

/// Version of a questionnaire.
#[derive(Clone, Debug)]
pub struct Questionnaire {
    /// ID of the version; for [`idea_call`], the ID of the round.
    pub id: QuestionnaireId,
    /// Round that it belongs to.
    pub dialogue: DialogueId,
    /// Version number, from 1; 0 for [`idea_call`].
    pub version: i32,
    /// Questions, in order.
    pub questions: Vec<QuestionnaireQuestion>,
    /// Reason for the change; empty when the buyer gave none.
    pub reason: LocalizedText,
    /// Time of publication; `None` for [`idea_call`], which exists from the opening on.
    pub published_at: Option<DateTime<Utc>>,
}

/// Default question of an idea call, in Danish, German, English, Finnish, Norwegian and Swedish.
const IDEA: [(&str, &str); 6] = [
    (
        "da",
        "Beskriv din idé: hvad ville I gøre, og hvad ville det føre til?",
    ),
    (
        "de",
        "Beschreiben Sie Ihre Idee: Was würden Sie tun, und was würde es bewirken?",
    ),
    (
        "en",
        "Describe your idea: what would you do, and what would come of it?",
    ),
    (
        "fi",
        "Kuvaile ideasi: mitä tekisitte, ja mitä siitä seuraisi?",
    ),
    (
        "nb",
        "Beskriv ideen din: hva ville dere gjøre, og hva ville det føre til?",
    ),
    (
        "sv",
        "Beskriv er idé: vad skulle ni göra, och vad skulle det leda till?",
    ),
];

/// Returns the default questionnaire of an idea call: one question for free text, so that suppliers
/// can contribute before the buyer publishes a questionnaire. Rounds of other kinds have none.
pub fn idea_call(dialogue: DialogueId, kind: DialogueKind) -> Option<Questionnaire> {
    let idea = QuestionnaireQuestion {
        id: "Q-1".to_owned(),
        kind: QuestionType::Text,
        text: LocalizedText(BTreeMap::from(
            IDEA.map(|(language, text)| (language.to_owned(), text.to_owned())),
        )),
        help: LocalizedText::default(),
        required: true,
        max_length: None,
        unit: None,
        min: None,
        max: None,
        several: false,
        options: Vec::new(),
        currency: None,
    };
    (kind == DialogueKind::IdeaCall).then(|| Questionnaire {
        id: QuestionnaireId(dialogue.0),
        dialogue,
        version: 0,
        questions: vec![idea],
        reason: LocalizedText::default(),
        published_at: None,
    })
}
