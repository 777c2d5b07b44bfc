//! Batch loaders for the statistics of dialogue rounds.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::statistics::{ParticipantGroup, QuestionFigures, store},
    graphql::loaders::{Loaded, Loaders},
    kernel::ids::DialogueId,
};

/// Key for the numbers of a round's questions that the reader may see.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuestionFiguresOf(pub DialogueId);

impl Loader<QuestionFiguresOf> for Loaders {
    type Value = QuestionFigures;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionFiguresOf]) -> Loaded<QuestionFiguresOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::questions(&self.pool, &ids, self.reader, self.clock.now()).await?;
        Ok(rows
            .into_iter()
            .map(|(id, figures)| (QuestionFiguresOf(id), figures))
            .collect())
    }
}

/// Key for the participants of a round by kind and size. `statistics::rules` decides which numbers
/// are published.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ParticipantsOf(pub DialogueId);

impl Loader<ParticipantsOf> for Loaders {
    type Value = Vec<ParticipantGroup>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ParticipantsOf]) -> Loaded<ParticipantsOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::participants(&self.pool, &ids).await?;
        let mut groups: HashMap<_, Vec<ParticipantGroup>> = HashMap::new();
        for (id, group) in rows {
            groups.entry(ParticipantsOf(id)).or_default().push(group);
        }
        Ok(groups)
    }
}
