//! The mutation that adds documents to a round.

use async_graphql::{Context, Error, ID, Object};

use crate::{
    dialogue::round::add_documents::AddDocuments,
    graphql::{
        dialogue::round::DialoguePayload,
        inputs::{document_ids, id},
        mutate::{MutationInput, input, mutate},
        scalars::{Translations, localized},
    },
    kernel::{ids::DialogueId, refusal::Fallible},
};

input! {
    /// Input for `addDialogueDocuments`.
    struct AddDialogueDocumentsInput {
        /// Global ID of the dialogue round. It must not have ended.
        dialogue_id: ID,
        /// Global IDs of 1 to 10 of your uploaded documents (`POST /documents`) that the round does
        /// not have yet. A round has at most 100 documents.
        document_ids: Vec<ID>,
        /// Reason for adding the documents. It is public.
        reason: Option<Translations>,
    }
}

impl MutationInput for AddDialogueDocumentsInput {
    type Command = AddDocuments;

    fn command(self, _: &Context<'_>) -> Fallible<AddDocuments> {
        Ok(AddDocuments {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            documents: document_ids(Some(self.document_ids))?,
            reason: localized(self.reason),
        })
    }
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
        mutate(context, input).await
    }
}
