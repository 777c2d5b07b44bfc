//! The types `Questionnaire`, `QuestionnaireQuestion` and `QuestionOption`.

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::loaders::QuestionnairesOf;
use crate::{
    dialogue::{
        contribution::{self, questionnaire::idea_call, rules},
        round::store::Dialogue,
    },
    graphql::{
        context::request,
        errors::loading,
        scalars::{Localized, non_empty},
    },
    kernel::ids::{DialogueId, QuestionnaireId},
};

/// Type of the answer to a questionnaire question.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "contribution::QuestionType")]
pub enum QuestionType {
    /// Plain text.
    Text,
    /// Number in the question's unit.
    Number,
    /// One or more of the question's options.
    Choice,
    /// Yes or no.
    YesNo,
    /// Amount without VAT, in the question's currency.
    Money,
    /// Calendar date.
    Date,
    /// One or more uploaded documents.
    File,
}

/// Version of a questionnaire, resolved from its database row.
pub struct Questionnaire(pub contribution::Questionnaire);

impl Questionnaire {
    /// Loads the versions of a round's questionnaire, newest first; with `latest_only` just the one
    /// in force.
    pub async fn load(
        context: &Context<'_>,
        dialogue: &Dialogue,
        latest_only: bool,
    ) -> Result<Vec<Self>, Error> {
        let key = QuestionnairesOf {
            dialogue: dialogue.id,
            latest_only,
        };
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let mut versions = found.unwrap_or_default();
        versions.extend(idea_call(dialogue.id, dialogue.kind));
        versions.truncate(if latest_only { 1 } else { versions.len() });
        Ok(versions.into_iter().map(Self).collect())
    }

    /// Loads one published version.
    pub async fn find(
        context: &Context<'_>,
        dialogue: DialogueId,
        id: QuestionnaireId,
    ) -> Result<Option<Self>, Error> {
        let key = QuestionnairesOf {
            dialogue,
            latest_only: false,
        };
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let mut versions = found.unwrap_or_default().into_iter();
        Ok(versions.find(|version| version.id == id).map(Self))
    }
}

/// Version of the questionnaire of a dialogue round. A version never changes. Public.
#[Object]
impl Questionnaire {
    /// Global ID of this version.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Number of the version within the round: 1, 2, 3, … Version 0 is the single open question
    /// that an IDEA_CALL has until its buyer publishes a questionnaire. Drafts and contributions
    /// state the version they answer.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Questions in the order in which to show them.
    async fn questions(&self) -> Vec<QuestionnaireQuestion<'_>> {
        self.0.questions.iter().map(QuestionnaireQuestion).collect()
    }

    /// Reason for this version. Null if the buyer gave none.
    async fn reason(&self) -> Option<Localized> {
        non_empty(&self.0.reason)
    }

    /// Time when this version was published. Null for version 0, which exists from the start.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }
}

/// Question of a questionnaire.
pub struct QuestionnaireQuestion<'a>(&'a contribution::QuestionnaireQuestion);

/// Question of a questionnaire.
#[Object]
impl QuestionnaireQuestion<'_> {
    /// ID of the question within the questionnaire, such as `Q-1`. It is stable across versions,
    /// and answers refer to it as `questionId`.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// Type of the answer. It is the same in all versions.
    #[graphql(name = "type")]
    async fn kind(&self) -> QuestionType {
        self.0.kind.into()
    }

    /// Text of the question.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// Help for answering the question. Null if there is none.
    async fn help(&self) -> Option<Localized> {
        non_empty(&self.0.help)
    }

    /// Whether a contribution must answer this question.
    async fn required(&self) -> bool {
        self.0.required
    }

    /// Maximum number of characters of a TEXT answer. Null for other types.
    async fn max_length(&self) -> Option<u32> {
        let most = self.0.max_length.unwrap_or(rules::TEXT_LIMIT);
        (self.0.kind == contribution::QuestionType::Text).then_some(most)
    }

    /// Unit of a NUMBER answer, such as `m²` or `hours a week`. Null if there is none and for other
    /// types.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }

    /// Minimum of a NUMBER answer. Null if there is none and for other types.
    async fn min(&self) -> Option<Decimal> {
        self.0.min
    }

    /// Maximum of a NUMBER answer. Null if there is none and for other types.
    async fn max(&self) -> Option<Decimal> {
        self.0.max
    }

    /// Whether a CHOICE answer may have several options, or a FILE answer several files. False for
    /// other types.
    async fn several(&self) -> bool {
        self.0.several
    }

    /// Options of a CHOICE question. Empty for other types.
    async fn options(&self) -> Vec<QuestionOption<'_>> {
        self.0.options.iter().map(QuestionOption).collect()
    }

    /// Currency of a MONEY answer, ISO 4217. Null for other types.
    async fn currency(&self) -> Option<&str> {
        self.0.currency.as_deref()
    }
}

/// Option of a CHOICE question.
pub struct QuestionOption<'a>(&'a contribution::QuestionOption);

/// Option of a CHOICE question.
#[Object]
impl QuestionOption<'_> {
    /// ID of the option, which answers refer to. It is stable across versions.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// Text of the option.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }
}
