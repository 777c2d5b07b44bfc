//! Batch loaders for questions, follow-ups, answers and their attachments.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::{
        attachment::store as attachments,
        question::store::{
            self as questions, Question,
            answers::{self, Answer, AnswerDraft},
            threads,
        },
    },
    graphql::loaders::{Loaded, Loaders, group, parent_loader},
    kernel::{
        ids::{AnswerId, DialogueId, DocumentId, QuestionId},
        paging::Page,
    },
};

impl Loader<QuestionId> for Loaders {
    type Value = Question;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionId]) -> Loaded<QuestionId, Self::Value> {
        let rows = questions::by_ids(&self.pool, keys, self.reader, self.clock.now()).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

parent_loader!(AnswerId => QuestionId: answers::questions_of);

/// Key for a page of a round's questions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuestionPage {
    pub dialogue: DialogueId,
    /// Limits the list to questions anchored in this document.
    pub document: Option<DocumentId>,
    pub page: Page<i32>,
}

impl Loader<QuestionPage> for Loaders {
    type Value = Vec<Question>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionPage]) -> Loaded<QuestionPage, Self::Value> {
        let mut pages = HashMap::new();
        for ((document, page), keys) in group(keys.to_vec(), |key| (key.document, key.page)) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.dialogue).collect();
            let rows = questions::page(&self.pool, &ids, document, self.reader, page).await?;
            let rows: Vec<QuestionId> = rows.into_iter().map(|(_, question)| question).collect();
            let rows = questions::by_ids(&self.pool, &rows, self.reader, self.clock.now()).await?;
            pages.extend(group(rows, |question| QuestionPage {
                dialogue: question.dialogue,
                document,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of questions in a round.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuestionCount {
    pub dialogue: DialogueId,
    /// Limits the list to questions anchored in this document.
    pub document: Option<DocumentId>,
}

impl Loader<QuestionCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionCount]) -> Loaded<QuestionCount, Self::Value> {
        let mut found = HashMap::new();
        for (document, keys) in group(keys.to_vec(), |key| key.document) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.dialogue).collect();
            let counts = questions::counts(&self.pool, &ids, document, self.reader).await?;
            let counts = counts.into_iter();
            found.extend(
                counts.map(|(dialogue, count)| (QuestionCount { dialogue, document }, count)),
            );
        }
        Ok(found)
    }
}

/// Key for a page of the questions that follow up a question.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FollowUpPage {
    pub question: QuestionId,
    pub page: Page<i32>,
}

impl Loader<FollowUpPage> for Loaders {
    type Value = Vec<Question>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FollowUpPage]) -> Loaded<FollowUpPage, Self::Value> {
        let mut pages = HashMap::new();
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let ids: Vec<QuestionId> = keys.iter().map(|key| key.question).collect();
            let rows = threads::page(&self.pool, &ids, self.reader, page).await?;
            let rows: Vec<QuestionId> = rows.into_iter().map(|(_, id)| id).collect();
            let rows = questions::by_ids(&self.pool, &rows, self.reader, self.clock.now()).await?;
            for (about, rows) in group(rows, |row| row.about) {
                let Some(question) = about else { continue };
                pages.insert(FollowUpPage { question, page }, rows);
            }
        }
        Ok(pages)
    }
}

/// Key for the number of questions that follow up a question.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FollowUpCount(pub QuestionId);

impl Loader<FollowUpCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FollowUpCount]) -> Loaded<FollowUpCount, Self::Value> {
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let counts = threads::counts(&self.pool, &ids, self.reader).await?;
        Ok(counts
            .into_iter()
            .map(|(id, count)| (FollowUpCount(id), count))
            .collect())
    }
}

/// Key for the published answers to a question, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnswersTo(pub QuestionId);

impl Loader<AnswersTo> for Loaders {
    type Value = Vec<Answer>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AnswersTo]) -> Loaded<AnswersTo, Self::Value> {
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let rows = answers::published(&self.pool, &ids, self.clock.now()).await?;
        Ok(group(rows, |answer| AnswersTo(answer.question)))
    }
}

/// Key for the held answer to a question. Found only for readers who act for the buyer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldAnswerTo(pub QuestionId);

impl Loader<HeldAnswerTo> for Loaders {
    type Value = Answer;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[HeldAnswerTo]) -> Loaded<HeldAnswerTo, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let rows = answers::held(&self.pool, &ids, reader, self.clock.now()).await?;
        Ok(rows
            .into_iter()
            .map(|row| (HeldAnswerTo(row.question), row))
            .collect())
    }
}

/// Key for the draft answer to a question. Found only for readers who act for the buyer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnswerDraftOf(pub QuestionId);

impl Loader<AnswerDraftOf> for Loaders {
    type Value = AnswerDraft;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AnswerDraftOf]) -> Loaded<AnswerDraftOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let rows = answers::drafts(&self.pool, &ids, reader).await?;
        Ok(rows
            .into_iter()
            .map(|row| (AnswerDraftOf(row.question), row))
            .collect())
    }
}

/// Key for the documents attached to a question, an answer or minutes, by its ID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttachedTo(pub uuid::Uuid);

impl Loader<AttachedTo> for Loaders {
    type Value = Vec<DocumentId>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AttachedTo]) -> Loaded<AttachedTo, Self::Value> {
        let holders: Vec<uuid::Uuid> = keys.iter().map(|key| key.0).collect();
        let mut found: HashMap<AttachedTo, Vec<DocumentId>> = HashMap::new();
        for (holder, document) in attachments::of_holders(&self.pool, &holders).await? {
            found.entry(AttachedTo(holder)).or_default().push(document);
        }
        Ok(found)
    }
}
