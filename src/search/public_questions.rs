//! Public questions and answers, for the documents of both indexes.

use std::collections::HashMap;

use sqlx::PgPool;

use super::{SearchError, document::PublicQuestion, store};
use crate::{
    dialogue::question::store::{
        self as questions, Question,
        answers::{self, Answer},
    },
    kernel::{
        clock::Clock,
        ids::{ProcurementId, QuestionId},
        text::LocalizedText,
    },
};

/// Loads the public questions and answers of these procurements, the latest question first.
pub(super) async fn of_procurements(
    pool: &PgPool,
    clock: &Clock,
    procurements: &[ProcurementId],
) -> Result<HashMap<ProcurementId, Vec<PublicQuestion>>, SearchError> {
    let ids = store::questions_of(pool, procurements).await?;
    let contexts = store::question_contexts(pool, &ids).await?;
    let procurement_of: HashMap<QuestionId, ProcurementId> = contexts
        .into_iter()
        .map(|context| (context.id, context.procurement))
        .collect();
    let mut public = public(pool, clock, &ids).await?;
    public.sort_by_key(|(question, _)| std::cmp::Reverse((question.asked_at, question.id.0)));
    let mut found: HashMap<ProcurementId, Vec<PublicQuestion>> = HashMap::new();
    for (question, answer) in public {
        if let (Some(procurement), Some(text)) = (procurement_of.get(&question.id), question.text) {
            found.entry(*procurement).or_default().push(PublicQuestion {
                text,
                language: question.language,
                answer,
            });
        }
    }
    Ok(found)
}

/// Loads those questions among these whose text everyone may read, with the text of the answer in
/// force, unless that is withdrawn.
pub(super) async fn public(
    pool: &PgPool,
    clock: &Clock,
    ids: &[QuestionId],
) -> Result<Vec<(Question, Option<LocalizedText>)>, SearchError> {
    let now = clock.now();
    // `None`: as the public reads them.
    let mut questions = questions::by_ids(pool, ids, None, now).await?;
    questions.retain(|question| question.text.is_some());
    let answered: Vec<QuestionId> = questions.iter().map(answered_by).collect();
    let mut in_force: HashMap<QuestionId, Answer> = HashMap::new();
    // The latest revision comes first.
    for answer in answers::published(pool, &answered, now).await? {
        in_force.entry(answer.question).or_insert(answer);
    }
    let with_answer = |question: Question| {
        let answer = in_force.get(&answered_by(&question));
        let text = answer.and_then(|answer| answer.text.clone());
        (question, text)
    };
    Ok(questions.into_iter().map(with_answer).collect())
}

/// Returns the question whose answers a question shows: itself, or the one it was merged into.
fn answered_by(question: &Question) -> QuestionId {
    question.merged_into.unwrap_or(question.id)
}
