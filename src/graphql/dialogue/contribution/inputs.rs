//! Inputs for questionnaires, drafts and contributions.

use async_graphql::{ID, InputObject, OneofObject};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::questionnaire::QuestionType;
use crate::{
    dialogue::contribution::{
        self, AnswerFile, AnswerSheet, ContributionAnswer, QuestionOption, QuestionnaireQuestion,
    },
    graphql::{
        inputs::count,
        scalars::{Date, MoneyInput, Translations, localized},
    },
    kernel::ids::DocumentId,
};

/// Option of a CHOICE question.
#[derive(InputObject)]
struct QuestionOptionInput {
    /// Code of the option, which you choose and keep in all versions: 1 to 32 letters, digits, `-`
    /// or `_`.
    option_id: String,
    /// Text of the option, at most 400 characters per language.
    text: Translations,
}

/// Question of a questionnaire. A setting that does not belong to the question's type is refused.
#[derive(InputObject)]
pub struct QuestionnaireQuestionInput {
    /// Code of the question, which you choose and keep in all versions: 1 to 32 letters, digits, `-`
    /// or `_`, such as `Q-1`.
    question_id: String,
    /// Type of the answer. A question of an earlier version with the same code must have the same
    /// type.
    #[graphql(name = "type")]
    kind: QuestionType,
    /// Text of the question, at most 2,000 characters per language.
    text: Translations,
    /// Help for answering the question, at most 2,000 characters per language.
    help: Option<Translations>,
    /// Whether a contribution must answer this question.
    #[graphql(default)]
    required: bool,
    /// Maximum number of characters of a TEXT answer, 1 to 10,000. Default: 10,000.
    max_length: Option<i32>,
    /// Unit of a NUMBER answer, such as `m²`; at most 40 characters.
    unit: Option<String>,
    /// Minimum of a NUMBER answer.
    min: Option<Decimal>,
    /// Maximum of a NUMBER answer.
    max: Option<Decimal>,
    /// Whether a CHOICE answer may have several options, or a FILE answer several files.
    #[graphql(default)]
    several: bool,
    /// Options of a CHOICE question, 2 to 100.
    options: Option<Vec<QuestionOptionInput>>,
    /// Currency of a MONEY answer, ISO 4217, such as `SEK`.
    currency: Option<String>,
}

impl From<QuestionnaireQuestionInput> for QuestionnaireQuestion {
    fn from(input: QuestionnaireQuestionInput) -> Self {
        Self {
            id: input.question_id,
            kind: input.kind.into(),
            text: localized(input.text),
            help: localized(input.help),
            required: input.required,
            max_length: input.max_length.map(count),
            unit: input.unit,
            min: input.min,
            max: input.max,
            several: input.several,
            options: input
                .options
                .unwrap_or_default()
                .into_iter()
                .map(|option| QuestionOption {
                    id: option.option_id,
                    text: localized(option.text),
                })
                .collect(),
            currency: input.currency,
        }
    }
}

/// Value of an answer. Set exactly the field for the question's type.
#[derive(OneofObject)]
enum AnswerValueInput {
    /// Answer to a TEXT question; plain text. Tabs and line breaks are the only control characters
    /// allowed. Markup is shown as written.
    Text(String),
    /// Answer to a NUMBER question: decimal string in the question's unit.
    Number(Decimal),
    /// Answer to a CHOICE question: codes of the chosen options (`QuestionOption.optionId`).
    OptionIds(Vec<String>),
    /// Answer to a YES_NO question: true for yes.
    YesNo(bool),
    /// Answer to a MONEY question: amount without VAT, in the question's currency.
    Money(MoneyInput),
    /// Answer to a DATE question, such as `2027-03-01`.
    Date(Date),
    /// Answer to a FILE question: global IDs of at most 10 of your uploaded documents (`POST
    /// /documents`), each in one answer only. Everyone who can read the answer can read them. If
    /// your organisation is not to be named, a file that is not a business secret must not identify
    /// it.
    DocumentIds(Vec<ID>),
}

impl From<AnswerValueInput> for contribution::AnswerValue {
    fn from(input: AnswerValueInput) -> Self {
        match input {
            AnswerValueInput::Text(text) => Self::Text(text),
            AnswerValueInput::Number(number) => Self::Number(number),
            AnswerValueInput::OptionIds(chosen) => Self::Choice(chosen),
            AnswerValueInput::YesNo(yes) => Self::YesNo(yes),
            AnswerValueInput::Money(money) => Self::Money(money.into()),
            AnswerValueInput::Date(date) => Self::Date(date.into()),
            AnswerValueInput::DocumentIds(ids) => Self::File(ids.iter().map(file).collect()),
        }
    }
}

/// Returns the file with this document ID. Any other ID becomes the nil ID, which the use case
/// refuses.
fn file(id: &ID) -> AnswerFile {
    AnswerFile {
        document: DocumentId::from_global(id).unwrap_or(DocumentId(Uuid::nil())),
        sha256: String::new(),
    }
}

/// Answer to one question of a questionnaire, or to a requirement or award criterion of a notice.
#[derive(InputObject)]
pub struct ContributionAnswerInput {
    /// Code of the question, as `QuestionnaireQuestion.questionId`, or of the requirement or
    /// criterion.
    question_id: String,
    /// Value of the answer.
    value: AnswerValueInput,
    /// Whether the answer is a business secret. It is then readable only for the buyer and your
    /// organisation, and never published.
    #[graphql(default)]
    business_secret: bool,
}

/// Returns the answers of an input.
pub fn answers(inputs: Vec<ContributionAnswerInput>) -> Vec<ContributionAnswer> {
    let answers = inputs.into_iter().map(|answer| ContributionAnswer {
        business_secret: answer.business_secret,
        question: answer.question_id,
        value: answer.value.into(),
    });
    answers.collect()
}

/// Builds the answer sheet that drafts and contributions have in common.
pub fn sheet(version: i32, inputs: Vec<ContributionAnswerInput>, named: bool) -> AnswerSheet {
    AnswerSheet {
        version,
        answers: answers(inputs),
        named,
    }
}
