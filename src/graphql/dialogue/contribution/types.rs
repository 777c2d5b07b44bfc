//! Contributions as the buyer and, after publication, the public read them.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::loaders::{ContributionBy, ContributionCount, ContributionPage, PublicationOf};
use crate::{
    dialogue::{
        contribution::{
            self, AnswerValue,
            read::{self, ContributionView},
            store,
        },
        round::store::Dialogue,
    },
    graphql::{
        connection::{List, Total, listed},
        context::request,
        document::Document,
        errors::loading,
        organisation::Organisation,
        scalars::{Date, Money, ReasonGiven},
    },
    kernel::{
        clock::minute,
        ids::{ContributionId, DialogueId, DocumentId},
    },
};

/// Returns when the round's contributions were published; `None` until then.
pub async fn published_at(
    context: &Context<'_>,
    dialogue: DialogueId,
) -> Result<Option<DateTime<Utc>>, Error> {
    let loader = &request(context).loader;
    loader
        .load_one(PublicationOf(dialogue))
        .await
        .map_err(loading)
}

/// Returns a page of the round's contributions with what the reader may see; `None` before
/// publication for readers who are not editors or publishers of the buyer.
pub async fn contributions(
    context: &Context<'_>,
    dialogue: &Dialogue,
    arguments: (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Option<List<Contribution>>, Error> {
    let listed = listed("Dialogue.contributions", &dialogue.id, arguments)?;
    let Some(view) = view(context, dialogue).await? else {
        return Ok(None);
    };
    let key = ContributionPage {
        dialogue: dialogue.id,
        view,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let found = found.map_err(loading)?.unwrap_or_default();
    let slice = listed.page.slice(found).map(Contribution);
    let total = Total::loaded(ContributionCount(dialogue.id, view));
    Ok(Some(listed.connection(slice, total, |one| one.0.id)))
}

/// Returns which part of the round's contributions the reader may read.
pub async fn view(
    context: &Context<'_>,
    dialogue: &Dialogue,
) -> Result<Option<ContributionView>, Error> {
    let request = request(context);
    let procurement = request
        .loader
        .load_one(dialogue.procurement)
        .await
        .map_err(loading)?;
    let published = published_at(context, dialogue.id).await?.is_some();
    Ok(procurement.and_then(|found| read::view(&request.actor, found.buyer, published)))
}

/// Contribution, resolved from its database row.
pub struct Contribution(pub store::Contribution);

impl Contribution {
    /// Loads a contribution as the buyer reads it; `None` if it is no longer in force.
    pub(in crate::graphql::dialogue) async fn of_buyer(
        context: &Context<'_>,
        id: ContributionId,
    ) -> Result<Option<Self>, Error> {
        let key = ContributionBy(id, ContributionView::Buyer);
        let found = request(context).loader.load_one(key).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// Latest contribution of one supplier: its answers to the round's questionnaire. The buyer's
/// editors and publishers read it in full as soon as it is submitted. The public reads it without
/// business secrets once the buyer publishes the contributions.
#[Object]
impl Contribution {
    /// Global ID of the contribution.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Organisation that contributed. Null unless it chose to be named.
    async fn organisation(&self, context: &Context<'_>) -> Result<Option<Organisation>, Error> {
        match self.0.organisation {
            Some(id) => Organisation::load(context, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Number of a supplier that chose not to be named: 1, 2, 3, … within the round, the same for
    /// all its contributions there. Null for a named supplier. It is unrelated to the number under
    /// which the supplier asks questions.
    async fn contributor_number(&self) -> Option<i32> {
        self.0.pseudonym
    }

    /// Version of the questionnaire that is answered.
    async fn questionnaire_version(&self) -> i32 {
        self.0.questionnaire_version
    }

    /// Whether a later version of the questionnaire is in force.
    async fn outdated(&self) -> bool {
        self.0.outdated
    }

    /// Time of and reason for the withdrawal of the content by the buyer. Null if it is not
    /// withdrawn.
    pub(in crate::graphql) async fn withdrawal(&self) -> Option<ReasonGiven> {
        self.0.withdrawal.clone().map(ReasonGiven::from)
    }

    /// Answers, ordered by question ID; at most 100. Empty once the buyer withdrew the content.
    async fn answers(&self) -> Vec<ContributionAnswer<'_>> {
        self.0.answers.iter().map(ContributionAnswer).collect()
    }

    /// Time when the contribution was received, by the database clock, to the minute: the exact time
    /// could reveal a supplier that is not named.
    async fn submitted_at(&self) -> DateTime<Utc> {
        minute(self.0.submitted_at)
    }

    /// SHA-256 from the supplier's receipt, in hexadecimal digits. Null if the supplier chose not
    /// to be named, because it would identify the supplier, and once the buyer withdrew the content.
    async fn sha256(&self) -> Option<String> {
        self.0.sha256.as_deref().map(hexadecimal)
    }
}

/// Formats bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answer to one question of a questionnaire.
pub struct ContributionAnswer<'a>(pub &'a contribution::ContributionAnswer);

/// Answer to one question of a questionnaire, or to a requirement or award criterion. Exactly one value field is not null: the one for the
/// question's type.
#[Object]
impl ContributionAnswer<'_> {
    /// Code of the question, as `QuestionnaireQuestion.questionId`; in a tender that of the
    /// requirement or award criterion.
    async fn question_id(&self) -> &str {
        &self.0.question
    }

    /// Whether the supplier marked the answer as a business secret. Only the buyer and the supplier
    /// can read such an answer.
    async fn business_secret(&self) -> bool {
        self.0.business_secret
    }

    /// Answer to a TEXT question, as written. It is plain text: escape it before you put it into a
    /// page.
    async fn text(&self) -> Option<&str> {
        match &self.0.value {
            AnswerValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Answer to a NUMBER question, in the question's unit.
    async fn number(&self) -> Option<Decimal> {
        match &self.0.value {
            AnswerValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Answer to a CHOICE question: codes of the chosen options, as `QuestionOption.optionId`.
    async fn option_ids(&self) -> Option<&[String]> {
        match &self.0.value {
            AnswerValue::Choice(chosen) => Some(chosen),
            _ => None,
        }
    }

    /// Answer to a YES_NO question: true for yes.
    async fn yes_no(&self) -> Option<bool> {
        match &self.0.value {
            AnswerValue::YesNo(yes) => Some(*yes),
            _ => None,
        }
    }

    /// Answer to a MONEY question: amount without VAT.
    async fn money(&self) -> Option<Money> {
        match &self.0.value {
            AnswerValue::Money(money) => Some(money.clone().into()),
            _ => None,
        }
    }

    /// Answer to a DATE question.
    async fn date(&self) -> Option<Date> {
        match &self.0.value {
            AnswerValue::Date(date) => Some((*date).into()),
            _ => None,
        }
    }

    /// Answer to a FILE question: uploaded documents, at most 10. Download each `url` with the
    /// token of someone who can read this answer.
    async fn files(&self, context: &Context<'_>) -> Result<Option<Vec<Document>>, Error> {
        let AnswerValue::File(files) = &self.0.value else {
            return Ok(None);
        };
        let ids: Vec<DocumentId> = files.iter().map(|file| file.document).collect();
        let loader = &request(context).loader;
        let mut found = loader.load_many(ids.clone()).await.map_err(loading)?;
        let found = ids.iter().filter_map(|id| found.remove(id));
        Ok(Some(found.map(Document).collect()))
    }
}
