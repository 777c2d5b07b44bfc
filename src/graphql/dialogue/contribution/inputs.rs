//! What is handed in: questions, answers.

use async_graphql::{ID, InputObject, OneofObject};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::questionnaire::QuestionType;
use crate::{
    dialogue::contribution::{self, Answer, Choice, File, Question, Sheet},
    graphql::scalars::{MoneyInput, Translations, localized},
    kernel::ids::DocumentId,
};

/// One option of a question of type CHOICE.
#[derive(InputObject)]
struct QuestionOptionInput {
    /// Yours to choose, stable through all versions: 1 to 32 letters, digits, `-` or `_`.
    id: String,
    /// What a reader chooses by, at most 400 characters a language.
    text: Translations,
}

/// One question. A setting of another type than its own is refused.
#[derive(InputObject)]
pub struct QuestionnaireQuestionInput {
    /// Yours to choose, stable through all versions: 1 to 32 letters, digits, `-` or `_`: `Q-1`.
    id: String,
    /// What an answer is. An id that was in an earlier version keeps its type.
    #[graphql(name = "type")]
    kind: QuestionType,
    /// The question, at most 2,000 characters a language.
    text: Translations,
    /// What helps to answer it, at most 2,000 characters a language.
    help: Option<Translations>,
    /// Is nothing handed in without an answer to it?
    #[graphql(default)]
    required: bool,
    /// TEXT: the most characters, 1 to 10,000, which is what it is when left out.
    max_length: Option<u32>,
    /// NUMBER: in what: `m²`.
    unit: Option<String>,
    /// NUMBER: the least.
    min: Option<Decimal>,
    /// NUMBER: the most.
    max: Option<Decimal>,
    /// CHOICE, FILE: may several options be chosen, several files handed in?
    #[graphql(default)]
    several: bool,
    /// CHOICE: what there is to choose from, 2 to 100 options.
    options: Option<Vec<QuestionOptionInput>>,
    /// MONEY: in which currency, ISO 4217: `SEK`.
    currency: Option<String>,
}

impl From<QuestionnaireQuestionInput> for Question {
    fn from(input: QuestionnaireQuestionInput) -> Self {
        Self {
            id: input.id,
            kind: input.kind.into(),
            text: localized(input.text),
            help: localized(input.help),
            required: input.required,
            max_length: input.max_length,
            unit: input.unit,
            min: input.min,
            max: input.max,
            several: input.several,
            options: input
                .options
                .unwrap_or_default()
                .into_iter()
                .map(|option| Choice {
                    id: option.id,
                    text: localized(option.text),
                })
                .collect(),
            currency: input.currency,
        }
    }
}

/// The value of an answer: the one field of the question's type.
#[derive(OneofObject)]
enum AnswerValueInput {
    /// TEXT: plain text. Line breaks and tabs are its only control characters; markup is shown as it is written.
    Text(String),
    /// NUMBER: in the question's unit, as a decimal string.
    Number(Decimal),
    /// CHOICE: the IDs of the options chosen.
    OptionIds(Vec<String>),
    /// YES_NO: yes?
    YesNo(bool),
    /// MONEY: without VAT, in the question's currency.
    Money(MoneyInput),
    /// DATE: a day, `2027-03-01`.
    Date(NaiveDate),
    /// FILE: the IDs of your documents (`POST /documents`), at most 10, each in one answer only. They are read by whoever
    /// reads the answer; see that a file that is not secret does not say whose it is, if you are not to be named.
    DocumentIds(Vec<ID>),
}

impl From<AnswerValueInput> for contribution::Value {
    fn from(input: AnswerValueInput) -> Self {
        match input {
            AnswerValueInput::Text(text) => Self::Text(text),
            AnswerValueInput::Number(number) => Self::Number(number),
            AnswerValueInput::OptionIds(chosen) => Self::Choice(chosen),
            AnswerValueInput::YesNo(yes) => Self::YesNo(yes),
            AnswerValueInput::Money(money) => Self::Money(money.into()),
            AnswerValueInput::Date(date) => Self::Date(date),
            AnswerValueInput::DocumentIds(ids) => Self::File(ids.iter().map(file).collect()),
        }
    }
}

/// An ID that is none of a document is kept as the nil one, which none has, for the use case to refuse.
fn file(id: &ID) -> File {
    File {
        document: DocumentId::from_global(id).unwrap_or(DocumentId(Uuid::nil())),
        sha256: String::new(),
    }
}

/// The answer to one question.
#[derive(InputObject)]
pub struct ContributionAnswerInput {
    /// Which question (`QuestionnaireQuestion.id`).
    question_id: String,
    /// What you answer.
    value: AnswerValueInput,
    /// Is it a business secret? Then the buyer and your own organisation alone ever read it; it is not published.
    #[graphql(default)]
    business_secret: bool,
}

/// What a draft and a contribution have alike.
pub fn sheet(version: i32, answers: Vec<ContributionAnswerInput>, named: bool) -> Sheet {
    let answers = answers.into_iter().map(|answer| Answer {
        business_secret: answer.business_secret,
        question: answer.question_id,
        value: answer.value.into(),
    });
    Sheet {
        version,
        answers: answers.collect(),
        named,
    }
}
