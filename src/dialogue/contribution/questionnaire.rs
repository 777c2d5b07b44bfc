//! What a buyer asks: typed questions with stable ids.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    dialogue::Kind,
    kernel::{
        ids::{DialogueId, QuestionnaireId},
        text::LocalizedText,
    },
};

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Type {
    /// Plain text.
    Text,
    /// A number in the question's unit.
    Number,
    /// One or several of the question's options.
    Choice,
    /// Yes or no.
    YesNo,
    /// An amount without VAT.
    Money,
    /// A day.
    Date,
    /// One or several uploaded files.
    File,
}

impl Type {
    /// As clients write it.
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

/// One option of a question of type CHOICE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Stable through all versions; an answer names it.
    pub id: String,
    /// What a reader chooses by.
    pub text: LocalizedText,
}

/// One question. What belongs to another type than its own is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Stable through all versions: `Q-1`.
    pub id: String,
    /// What an answer is; the same through all versions.
    #[serde(rename = "type")]
    pub kind: Type,
    /// The question.
    pub text: LocalizedText,
    /// What helps to answer it.
    #[serde(default)]
    pub help: LocalizedText,
    /// Is nothing handed in without an answer to it?
    pub required: bool,
    /// TEXT: the most characters; `None`: [`super::rules::TEXT_LIMIT`].
    #[serde(default)]
    pub max_length: Option<u32>,
    /// NUMBER: in what: `m²`, `hours a week`.
    #[serde(default)]
    pub unit: Option<String>,
    /// NUMBER: the least.
    #[serde(default)]
    pub min: Option<Decimal>,
    /// NUMBER: the most.
    #[serde(default)]
    pub max: Option<Decimal>,
    /// CHOICE, FILE: may several options be chosen, several files handed in?
    #[serde(default)]
    pub several: bool,
    /// CHOICE: what there is to choose from.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// MONEY: in which currency (ISO 4217).
    #[serde(default)]
    pub currency: Option<String>,
}

/// One published version.
#[derive(Clone, Debug)]
pub struct Questionnaire {
    /// Its own; the round's where it is [`idea_call`]'s.
    pub id: QuestionnaireId,
    /// Of which round.
    pub dialogue: DialogueId,
    /// 1, 2, 3, …; 0 for [`idea_call`]'s.
    pub version: i32,
    /// In the order they are asked.
    pub questions: Vec<Question>,
    /// Why it was changed.
    pub reason: LocalizedText,
    /// When; `None` for [`idea_call`]'s, which is there from the beginning.
    pub published_at: Option<DateTime<Utc>>,
}

/// The question of an idea call, in the languages of the Nordic countries, in German and in English.
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

/// What a round asks whose buyer published no questionnaire: an idea call takes ideas in free form at once, other rounds
/// ask nothing.
pub fn idea_call(dialogue: DialogueId, kind: Kind) -> Option<Questionnaire> {
    let idea = Question {
        id: "Q-1".to_owned(),
        kind: Type::Text,
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
    (kind == Kind::IdeaCall).then(|| Questionnaire {
        id: QuestionnaireId(dialogue.0),
        dialogue,
        version: 0,
        questions: vec![idea],
        reason: LocalizedText::default(),
        published_at: None,
    })
}
