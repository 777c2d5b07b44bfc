//! Adding documents to a round.

use async_graphql::{Context, Error, ID, InputObject, Object};

use crate::{
    dialogue::review::documents,
    graphql::{
        context::{backend, request},
        dialogue::round::DialoguePayload,
        inputs::{document_ids, id, key},
        scalars::{Translations, localized},
    },
    kernel::ids::DialogueId,
};

/// More documents of a round.
#[derive(InputObject)]
struct AddDialogueDocumentsInput {
    /// Which round; not ended.
    dialogue_id: ID,
    /// 1 to 10 of your documents that the round does not have (`POST /documents`); it has at most 100.
    document_ids: Vec<ID>,
    /// Why; everyone reads it. Leave out to say nothing.
    reason: Option<Translations>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// What is reviewed in rounds.
#[derive(Default)]
pub struct ReviewMutations;

#[Object]
impl ReviewMutations {
    /// Adds documents to a round, such as a new draft of a text. Everyone reads them from the round's opening on;
    /// followers are told. They are never taken away: comments stay about the version that was read.
    async fn add_dialogue_documents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AddDialogueDocumentsInput,
    ) -> Result<DialoguePayload, Error> {
        let add = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = documents::Add {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                documents: document_ids(Some(input.document_ids))?,
                reason: localized(input.reason),
            };
            let database = &backend(context).database;
            documents::add(database, &request(context).actor, command, key.as_ref()).await
        };
        DialoguePayload::of(context, add.await).await
    }
}
