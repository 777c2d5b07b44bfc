//! The types `Questionnaire`, `QuestionnaireQuestion` and `QuestionOption`.

use std::sync::Arc;

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
    kernel::ids::{DialogueId, QuestionPartId, QuestionnaireId},
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
#[derive(Clone)]
pub struct Questionnaire(pub Arc<contribution::Questionnaire>);

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
        let version = |version| Self(Arc::new(version));
        Ok(versions.into_iter().map(version).collect())
    }

    /// Returns the question with this code.
    pub fn question(&self, code: &str) -> Option<QuestionnaireQuestion> {
        let index = self.0.questions.iter().position(|one| one.id == code)?;
        Some(QuestionnaireQuestion {
            questionnaire: self.0.clone(),
            index,
        })
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
        let found = versions.find(|version| version.id == id);
        Ok(found.map(|version| Self(Arc::new(version))))
    }
}

/// Version of the questionnaire of a dialogue round. A version never changes. Public.
#[Object]
impl Questionnaire {
    /// Global ID of this version.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Number of the version within the round: 1, 2, 3, … Version 0 is the single open question
    /// that an IDEA_CALL has until its buyer publishes a questionnaire. Drafts and contributions
    /// state the version they answer.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Questions in the order in which to show them, at most 100.
    async fn questions(&self) -> Vec<QuestionnaireQuestion> {
        let question = |index| QuestionnaireQuestion {
            questionnaire: self.0.clone(),
            index,
        };
        (0..self.0.questions.len()).map(question).collect()
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

/// Question of a questionnaire, by its place there.
#[derive(Clone)]
pub struct QuestionnaireQuestion {
    questionnaire: Arc<contribution::Questionnaire>,
    index: usize,
}

impl QuestionnaireQuestion {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "QuestionnaireQuestion";

    fn stored(&self) -> &contribution::QuestionnaireQuestion {
        &self.questionnaire.questions[self.index]
    }

    /// Returns the option with this code.
    pub fn option(&self, code: &str) -> Option<QuestionOption> {
        let index = self
            .stored()
            .options
            .iter()
            .position(|one| one.id == code)?;
        Some(QuestionOption {
            question: self.clone(),
            index,
        })
    }
}

/// Question of one version of a questionnaire.
#[Object]
impl QuestionnaireQuestion {
    /// Opaque global ID of the question in this version, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let id = QuestionPartId {
            questionnaire: self.questionnaire.id,
            question: self.stored().id.clone(),
            option: None,
        };
        id.to_global(Self::KIND).into()
    }

    /// Code of the question within the questionnaire, such as `Q-1`, which the buyer chose. It is
    /// the same in all versions, and answers and inputs refer to it.
    async fn question_id(&self) -> &str {
        &self.stored().id
    }

    /// Type of the answer. It is the same in all versions.
    #[graphql(name = "type")]
    async fn kind(&self) -> QuestionType {
        self.stored().kind.into()
    }

    /// Text of the question.
    async fn text(&self) -> Localized {
        Localized::from(self.stored().text.clone())
    }

    /// Help for answering the question. Null if there is none.
    async fn help(&self) -> Option<Localized> {
        non_empty(&self.stored().help)
    }

    /// Whether a contribution must answer this question.
    async fn required(&self) -> bool {
        self.stored().required
    }

    /// Maximum number of characters of a TEXT answer. Null for other types.
    async fn max_length(&self) -> Option<u32> {
        let most = self.stored().max_length.unwrap_or(rules::TEXT_LIMIT);
        (self.stored().kind == contribution::QuestionType::Text).then_some(most)
    }

    /// Unit of a NUMBER answer, such as `m²` or `hours a week`. Null if there is none and for other
    /// types.
    async fn unit(&self) -> Option<&str> {
        self.stored().unit.as_deref()
    }

    /// Minimum of a NUMBER answer. Null if there is none and for other types.
    async fn min(&self) -> Option<Decimal> {
        self.stored().min
    }

    /// Maximum of a NUMBER answer. Null if there is none and for other types.
    async fn max(&self) -> Option<Decimal> {
        self.stored().max
    }

    /// Whether a CHOICE answer may have several options, or a FILE answer several files. False for
    /// other types.
    async fn several(&self) -> bool {
        self.stored().several
    }

    /// Options of a CHOICE question, at most 100. Empty for other types.
    async fn options(&self) -> Vec<QuestionOption> {
        let option = |index| QuestionOption {
            question: self.clone(),
            index,
        };
        (0..self.stored().options.len()).map(option).collect()
    }

    /// Currency of a MONEY answer, ISO 4217. Null for other types.
    async fn currency(&self) -> Option<&str> {
        self.stored().currency.as_deref()
    }
}

/// Option of a CHOICE question, by its place there.
pub struct QuestionOption {
    question: QuestionnaireQuestion,
    index: usize,
}

impl QuestionOption {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "QuestionOption";

    fn stored(&self) -> &contribution::QuestionOption {
        &self.question.stored().options[self.index]
    }
}

/// Option of a CHOICE question in one version of a questionnaire.
#[Object]
impl QuestionOption {
    /// Opaque global ID of the option in this version, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let id = QuestionPartId {
            questionnaire: self.question.questionnaire.id,
            question: self.question.stored().id.clone(),
            option: Some(self.stored().id.clone()),
        };
        id.to_global(Self::KIND).into()
    }

    /// Code of the option within the question, which the buyer chose. It is the same in all
    /// versions, and answers and inputs refer to it.
    async fn option_id(&self) -> &str {
        &self.stored().id
    }

    /// Text of the option.
    async fn text(&self) -> Localized {
        Localized::from(self.stored().text.clone())
    }
}
