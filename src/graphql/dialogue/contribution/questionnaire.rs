//! Questionnaires as they are read.

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::loaders::QuestionnairesOf;
use crate::{
    dialogue::{
        contribution::{self, questionnaire::idea_call, rules},
        store::Dialogue,
    },
    graphql::{
        context::request,
        errors::loading,
        scalars::{Localized, non_empty},
    },
    kernel::ids::{DialogueId, QuestionnaireId},
};

/// What an answer to a question is.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "contribution::Type")]
pub enum QuestionType {
    /// Plain text.
    Text,
    /// A number in the question's unit.
    Number,
    /// One or several of the question's options.
    Choice,
    /// Yes or no.
    YesNo,
    /// An amount without VAT, in the question's currency.
    Money,
    /// A day.
    Date,
    /// One or several uploaded files.
    File,
}

/// One version of a questionnaire.
pub struct Questionnaire(pub contribution::Questionnaire);

impl Questionnaire {
    /// A round's questionnaires: the one in force, or all versions, the latest first.
    pub async fn load(
        context: &Context<'_>,
        dialogue: &Dialogue,
        latest_alone: bool,
    ) -> Result<Vec<Self>, Error> {
        let key = QuestionnairesOf {
            dialogue: dialogue.id,
            latest_alone,
        };
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let mut versions = found.unwrap_or_default();
        versions.extend(idea_call(dialogue.id, dialogue.kind));
        versions.truncate(if latest_alone { 1 } else { versions.len() });
        Ok(versions.into_iter().map(Self).collect())
    }

    /// One version, which was just published.
    pub async fn find(
        context: &Context<'_>,
        dialogue: DialogueId,
        id: QuestionnaireId,
    ) -> Result<Option<Self>, Error> {
        let key = QuestionnairesOf {
            dialogue,
            latest_alone: false,
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

/// One version of what the buyer asks in a round; it never changes. Public.
#[Object]
impl Questionnaire {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// 1, 2, 3, … within the round; 0 for the one open question that an idea call has until its buyer publishes others.
    /// Drafts and contributions name the version they answer.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The questions, in the order to ask them.
    async fn questions(&self) -> Vec<QuestionnaireQuestion<'_>> {
        self.0.questions.iter().map(QuestionnaireQuestion).collect()
    }

    /// Why this version was published; null where the buyer says nothing.
    async fn reason(&self) -> Option<Localized> {
        non_empty(&self.0.reason)
    }

    /// When it was published; null for version 0, which is there from the beginning.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }
}

/// One question.
pub struct QuestionnaireQuestion<'a>(&'a contribution::Question);

/// One question of a questionnaire.
#[Object]
impl QuestionnaireQuestion<'_> {
    /// Stable through all versions: `Q-1`. Answers name it (`questionId`).
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// What an answer is; the same through all versions.
    #[graphql(name = "type")]
    async fn kind(&self) -> QuestionType {
        self.0.kind.into()
    }

    /// The question.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// What helps to answer it; null for none.
    async fn help(&self) -> Option<Localized> {
        non_empty(&self.0.help)
    }

    /// Is nothing handed in without an answer to it?
    async fn required(&self) -> bool {
        self.0.required
    }

    /// TEXT: the most characters; null for other types.
    async fn max_length(&self) -> Option<u32> {
        let most = self.0.max_length.unwrap_or(rules::TEXT_LIMIT);
        (self.0.kind == contribution::Type::Text).then_some(most)
    }

    /// NUMBER: in what (`m²`, `hours a week`); null for none and for other types.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }

    /// NUMBER: the least; null for none and for other types.
    async fn min(&self) -> Option<Decimal> {
        self.0.min
    }

    /// NUMBER: the most; null for none and for other types.
    async fn max(&self) -> Option<Decimal> {
        self.0.max
    }

    /// CHOICE, FILE: may several options be chosen, several files handed in? False for other types.
    async fn several(&self) -> bool {
        self.0.several
    }

    /// CHOICE: what there is to choose from; empty for other types.
    async fn options(&self) -> Vec<QuestionOption<'_>> {
        self.0.options.iter().map(QuestionOption).collect()
    }

    /// MONEY: in which currency (ISO 4217); null for other types.
    async fn currency(&self) -> Option<&str> {
        self.0.currency.as_deref()
    }
}

/// One option.
pub struct QuestionOption<'a>(&'a contribution::Choice);

/// One option of a question of type CHOICE.
#[Object]
impl QuestionOption<'_> {
    /// Stable through all versions; answers name it.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// What a reader chooses by.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }
}
