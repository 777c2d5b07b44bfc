//! What a supplier answers, and the text that its receipt is of.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Type;
use crate::kernel::{
    ids::{DialogueId, DocumentId, OrganisationId},
    money::Money,
};

/// The value of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Value {
    /// Plain text.
    Text(String),
    /// In the question's unit.
    Number(Decimal),
    /// The ids of the options chosen.
    Choice(Vec<String>),
    /// Yes?
    YesNo(bool),
    /// Without VAT.
    Money(Money),
    /// A day.
    Date(NaiveDate),
    /// Documents of the supplier's.
    File(Vec<File>),
}

/// A file as an answer. It is named with what it holds, so that the receipt proves that too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The uploaded document.
    pub document: DocumentId,
    /// The SHA-256 of its bytes in hexadecimal digits; empty until the document is held.
    pub sha256: String,
}

impl Value {
    /// To what type of question this is an answer.
    pub fn kind(&self) -> Type {
        match self {
            Self::Text(_) => Type::Text,
            Self::Number(_) => Type::Number,
            Self::Choice(_) => Type::Choice,
            Self::YesNo(_) => Type::YesNo,
            Self::Money(_) => Type::Money,
            Self::Date(_) => Type::Date,
            Self::File(_) => Type::File,
        }
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Is it for the buyer alone?
    pub business_secret: bool,
    /// The question's id.
    pub question: String,
    /// What is answered.
    pub value: Value,
}

/// All that one supplier answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// To which version.
    pub version: i32,
    /// The answers; in the order of [`Sheet::in_order`] once they are handed in.
    pub answers: Vec<Answer>,
    /// May it be told whose they are?
    pub named: bool,
}

impl Sheet {
    /// The answers in the order of their questions' ids, so that they are the same however they came.
    pub fn in_order(mut self) -> Self {
        self.answers.sort_by(|a, b| a.question.cmp(&b.question));
        self
    }

    /// All files, each with its answer's place.
    pub fn files(&self) -> impl Iterator<Item = (usize, &File)> {
        let answers = self.answers.iter().enumerate();
        answers.flat_map(|(place, answer)| match &answer.value {
            Value::File(files) => files.iter().map(|file| (place, file)).collect(),
            _ => Vec::new(),
        })
    }

    /// What may be published, and what is for the buyer alone.
    pub fn split(&self) -> (Vec<&Answer>, Vec<&Answer>) {
        self.answers
            .iter()
            .partition(|answer| !answer.business_secret)
    }
}

/// What a receipt is of. The fields are written in the order of the alphabet and without white space, so that the same
/// content is always the same text; amounts and numbers are decimal strings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Canonical<'a> {
    /// The answers, in the order of their questions' ids.
    pub answers: &'a [Answer],
    /// In which round: its global ID.
    pub dialogue_id: String,
    /// May it be told whose they are?
    pub named: bool,
    /// Which of the organisation's contributions to the round.
    pub number: i32,
    /// Whose: its global ID.
    pub organisation_id: String,
    /// To which version of the questionnaire.
    pub questionnaire_version: i32,
}

impl<'a> Canonical<'a> {
    /// What the receipt of this contribution is of.
    pub fn new(
        dialogue: DialogueId,
        organisation: OrganisationId,
        number: i32,
        sheet: &'a Sheet,
    ) -> Self {
        Self {
            answers: &sheet.answers,
            dialogue_id: dialogue.to_global(),
            named: sheet.named,
            number,
            organisation_id: organisation.to_global(),
            questionnaire_version: sheet.version,
        }
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// None that is known: all of it is text, numbers and lists.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
