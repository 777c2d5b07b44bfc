//! Lists of questions: those of a round, and those that follow up another.

use async_graphql::{
    Context, Error, Object,
    connection::{Connection, EmptyFields},
};

use super::question::Question;
use crate::{
    dialogue::store::questions,
    graphql::{
        connection::connection,
        context::request,
        errors::{loading, refused},
        loaders::{QuestionCount, QuestionPage},
        review::{FollowUpCount, FollowUpPage},
    },
    kernel::{
        ids::{DialogueId, DocumentId, QuestionId},
        paging::{Page, Slice},
        refusal::Refusal,
    },
};

/// Questions, page by page.
pub type Questions = Connection<String, Question, QuestionTotal, EmptyFields>;

/// A page of a round's questions, all or those about places in a document.
pub async fn of_round(
    context: &Context<'_>,
    dialogue: DialogueId,
    document: Option<DocumentId>,
    (first, after): (i32, Option<String>),
) -> Result<Questions, Error> {
    let (first, after) = place(first, after.as_deref()).map_err(refused)?;
    let key = QuestionPage {
        dialogue,
        document,
        after,
        first,
    };
    let found = request(context).loader.load_one(key).await;
    let total = QuestionTotal::OfRound(QuestionCount { dialogue, document });
    Ok(list(found.map_err(loading)?, after, total))
}

/// A page of what follows up a question.
pub async fn follow_ups(
    context: &Context<'_>,
    question: QuestionId,
    (first, after): (i32, Option<String>),
) -> Result<Questions, Error> {
    let (first, after) = place(first, after.as_deref()).map_err(refused)?;
    let key = FollowUpPage {
        question,
        after,
        first,
    };
    let found = request(context).loader.load_one(key).await;
    let total = QuestionTotal::FollowUps(FollowUpCount(question));
    Ok(list(found.map_err(loading)?, after, total))
}

fn place(first: i32, after: Option<&str>) -> Result<(i64, i32), Refusal> {
    let page = Page::new(first, after)?;
    let after = page.after_number()?.unwrap_or(0);
    Ok((page.first, i32::try_from(after).unwrap_or(i32::MAX)))
}

fn list(found: Option<Slice<questions::Question>>, after: i32, total: QuestionTotal) -> Questions {
    let (items, more) = found
        .map(|slice| (slice.items, slice.more))
        .unwrap_or_default();
    let slice = Slice {
        items: items.into_iter().map(Question).collect(),
        more,
    };
    connection(slice, after > 0, total, |question: &Question| {
        question.0.number.to_string()
    })
}

/// How many questions a list has.
pub enum QuestionTotal {
    /// Those of a round.
    OfRound(QuestionCount),
    /// Those that follow up another.
    FollowUps(FollowUpCount),
}

/// What the connection of questions has beside its page.
#[Object]
impl QuestionTotal {
    /// How many questions there are in all that the reader may know of.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        let loader = &request(context).loader;
        let count = match self {
            Self::OfRound(key) => loader.load_one(*key).await,
            Self::FollowUps(key) => loader.load_one(*key).await,
        };
        Ok(count.map_err(loading)?.unwrap_or_default())
    }
}
