//! Answers of a contribution, and the canonical text that its receipt covers.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::QuestionType;
use crate::kernel::{
    ids::{DialogueId, DocumentId, OrganisationId},
    money::Money,
};

/// Value of an answer; one variant per [`QuestionType`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnswerValue {
    /// Plain text.
    Text(String),
    /// Number in the question's unit.
    Number(Decimal),
    /// IDs of the chosen options.
    Choice(Vec<String>),
    /// Whether the answer is yes.
    YesNo(bool),
    /// Amount without VAT.
    Money(Money),
    /// Date without a time.
    Date(NaiveDate),
    /// Documents of the supplier.
    File(Vec<AnswerFile>),
}

/// File as an answer. Its SHA-256 is part of the answer, so that the receipt covers the file's
/// content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerFile {
    /// Uploaded document.
    pub document: DocumentId,
    /// SHA-256 of its bytes in hexadecimal digits; empty until the document is held.
    pub sha256: String,
}

impl AnswerValue {
    /// Returns the type of question that this value answers.
    pub fn kind(&self) -> QuestionType {
        match self {
            Self::Text(_) => QuestionType::Text,
            Self::Number(_) => QuestionType::Number,
            Self::Choice(_) => QuestionType::Choice,
            Self::YesNo(_) => QuestionType::YesNo,
            Self::Money(_) => QuestionType::Money,
            Self::Date(_) => QuestionType::Date,
            Self::File(_) => QuestionType::File,
        }
    }
}

/// Answer to one question of a questionnaire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionAnswer {
    /// Whether the answer is a business secret, which only the buyer may read.
    pub business_secret: bool,
    /// ID of the question.
    pub question: String,
    /// Value of the answer.
    pub value: AnswerValue,
}

/// All answers of one supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerSheet {
    /// Version of the questionnaire that is answered.
    pub version: i32,
    /// Answers; once submitted, in the order of [`AnswerSheet::in_order`].
    pub answers: Vec<ContributionAnswer>,
    /// Whether the organisation is named to the readers.
    pub named: bool,
}

impl AnswerSheet {
    /// Sorts the answers by question ID, so that the order of the input does not matter.
    pub fn in_order(mut self) -> Self {
        self.answers.sort_by(|a, b| a.question.cmp(&b.question));
        self
    }

    /// Returns all files, each with the position of its answer.
    pub fn files(&self) -> impl Iterator<Item = (usize, &AnswerFile)> {
        let answers = self.answers.iter().enumerate();
        answers.flat_map(|(position, answer)| match &answer.value {
            AnswerValue::File(files) => files.iter().map(|file| (position, file)).collect(),
            _ => Vec::new(),
        })
    }

    /// Splits the answers into those that may be published and the business secrets.
    pub fn split(&self) -> (Vec<&ContributionAnswer>, Vec<&ContributionAnswer>) {
        self.answers
            .iter()
            .partition(|answer| !answer.business_secret)
    }
}

/// Content that a receipt covers. Its canonical text is JSON with the fields in alphabetical order
/// and without white space, so that equal content has equal text; amounts and numbers are decimal
/// strings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptContent<'a> {
    /// Answers, sorted by question ID.
    pub answers: &'a [ContributionAnswer],
    /// Global ID of the round.
    pub dialogue_id: String,
    /// Whether the organisation is named to the readers.
    pub named: bool,
    /// Number of the contribution among those of the organisation in the round, from 1.
    pub number: i32,
    /// Global ID of the organisation.
    pub organisation_id: String,
    /// Version of the questionnaire that is answered.
    pub questionnaire_version: i32,
}

impl<'a> ReceiptContent<'a> {
    /// Returns the content that the receipt of this contribution covers.
    pub fn new(
        dialogue: DialogueId,
        organisation: OrganisationId,
        number: i32,
        sheet: &'a AnswerSheet,
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

    /// Returns the canonical text.
    ///
    /// # Errors
    ///
    /// Fails when the content cannot be serialized; no such content is known.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
