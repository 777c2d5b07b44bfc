//! The mutation that adds documents to a round.

use async_graphql::{Context, Error, ID, InputObject, Object};

use crate::{
    dialogue::round::add_documents,
    graphql::{
        context::{backend, request},
        dialogue::round::DialoguePayload,
        inputs::{document_ids, id, key},
        scalars::{Translations, localized},
    },
    kernel::ids::DialogueId,
};

/// Input for `addDialogueDocuments`.
#[derive(InputObject)]
struct AddDialogueDocumentsInput {
    /// Global ID of the dialogue round. It must not have ended.
    dialogue_id: ID,
    /// Global IDs of 1 to 10 of your uploaded documents (`POST /documents`) that the round does not
    /// have yet. A round has at most 100 documents.
    document_ids: Vec<ID>,
    /// Reason for adding the documents. It is public.
    reason: Option<Translations>,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Mutations of the documents under review.
#[derive(Default)]
pub struct ReviewMutations;

#[Object]
impl ReviewMutations {
    /// Adds documents to a dialogue round, such as a new draft. They are public from the round's
    /// opening on, and followers are notified. Documents are never removed, so comments stay
    /// attached to the version they were written about.
    async fn add_dialogue_documents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `addDialogueDocuments`.")] input: AddDialogueDocumentsInput,
    ) -> Result<DialoguePayload, Error> {
        let add = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = add_documents::AddDocuments {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                documents: document_ids(Some(input.document_ids))?,
                reason: localized(input.reason),
            };
            let database = &backend(context).database;
            add_documents::add_documents(database, &request(context).actor, command, key.as_ref())
                .await
        };
        DialoguePayload::of(context, add.await).await
    }
}
