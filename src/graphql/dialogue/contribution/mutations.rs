//! Mutations that publish a questionnaire, answer it, and publish the answers.

use async_graphql::{Context, Error, ID, Object};

use super::{
    inputs::{ContributionAnswerInput, QuestionnaireQuestionInput, sheet},
    own::{ContributionDraft, OwnContribution},
    questionnaire::Questionnaire,
};
use crate::{
    dialogue::contribution::{
        discard_draft::DiscardDraft, publish_contributions::PublishContributions,
        publish_questionnaire::PublishQuestionnaire, save_draft::SaveDraft,
        submit::SubmitContribution, withdraw::WithdrawContribution,
    },
    graphql::{
        dialogue::round::{Dialogue, DialoguePayload},
        inputs::id,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::{
            ContributionDraftId, ContributionId, DialogueId, OwnContributionId, QuestionnaireId,
        },
        refusal::Fallible,
    },
};

input! {
    /// Input for `publishQuestionnaire`.
    struct PublishQuestionnaireInput {
        /// Global ID of the dialogue round, of any kind. It must not have ended.
        dialogue_id: ID,
        /// Questions in the order in which to show them, 1 to 100.
        questions: Vec<QuestionnaireQuestionInput>,
        /// Reason for the change, for suppliers who answered an earlier version; at most 400
        /// characters per language.
        reason: Option<Translations>,
    }
}

impl MutationInput for PublishQuestionnaireInput {
    type Command = PublishQuestionnaire;

    fn command(self, _: &Context<'_>) -> Fallible<PublishQuestionnaire> {
        Ok(PublishQuestionnaire {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            questions: self.questions.into_iter().map(Into::into).collect(),
            reason: localized(self.reason),
        })
    }
}

input! {
    /// Input for `saveContributionDraft`.
    struct SaveContributionDraftInput {
        /// Global ID of the dialogue round.
        dialogue_id: ID,
        /// `ContributionDraft.revision` that you last read; 0 if there was no draft. CONFLICT if
        /// the draft changed since.
        #[graphql(default)]
        revision: i32,
        /// Version of the questionnaire that is answered, as `Questionnaire.version`.
        questionnaire_version: i32,
        /// Answers so far, at most one per question and at most 200,000 characters of text in
        /// total.
        answers: Vec<ContributionAnswerInput>,
        /// Whether your organisation intends to be named. See `ContributeToDialogueInput.named`.
        #[graphql(default = true)]
        named: bool,
    }
}

impl MutationInput for SaveContributionDraftInput {
    type Command = SaveDraft;

    fn command(self, _: &Context<'_>) -> Fallible<SaveDraft> {
        let dialogue = id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?;
        Ok(SaveDraft {
            dialogue,
            revision: self.revision,
            sheet: sheet(self.questionnaire_version, self.answers, self.named),
        })
    }
}

input! {
    /// Input for `discardContributionDraft`.
    struct DiscardContributionDraftInput {
        /// Global ID of the dialogue round.
        dialogue_id: ID,
    }
}

impl MutationInput for DiscardContributionDraftInput {
    type Command = DiscardDraft;

    fn command(self, _: &Context<'_>) -> Fallible<DiscardDraft> {
        Ok(DiscardDraft {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
        })
    }
}

input! {
    /// Input for `contributeToDialogue`.
    struct ContributeToDialogueInput {
        /// Global ID of the dialogue round. It must not have ended.
        dialogue_id: ID,
        /// Version of the questionnaire that is answered, as `Questionnaire.version`. It must be
        /// the version in force.
        questionnaire_version: i32,
        /// Answers, at most one per question and at most 200,000 characters of text in total.
        answers: Vec<ContributionAnswerInput>,
        /// Whether your organisation is named. If true, the buyer sees your name, and so does the
        /// public if the contributions are published. If false, both see a number instead. The
        /// buyer may already have seen your name if an earlier contribution was named.
        #[graphql(default = true)]
        named: bool,
    }
}

impl MutationInput for ContributeToDialogueInput {
    type Command = SubmitContribution;

    fn command(self, _: &Context<'_>) -> Fallible<SubmitContribution> {
        Ok(SubmitContribution {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
            sheet: sheet(self.questionnaire_version, self.answers, self.named),
        })
    }
}

input! {
    /// Input for `withdrawContribution`.
    struct WithdrawContributionInput {
        /// Global ID of your organisation's contribution (`OwnContribution.id`).
        contribution_id: ID,
    }
}

impl MutationInput for WithdrawContributionInput {
    type Command = WithdrawContribution;

    fn command(self, _: &Context<'_>) -> Fallible<WithdrawContribution> {
        Ok(WithdrawContribution {
            contribution: id(&self.contribution_id, "contributionId", |global| {
                let own = OwnContributionId::from_global(global);
                own.map(|own| ContributionId(own.0))
            })?,
        })
    }
}

input! {
    /// Input for `publishContributions`.
    struct PublishContributionsInput {
        /// Global ID of the dialogue round. It must have ended.
        dialogue_id: ID,
    }
}

impl MutationInput for PublishContributionsInput {
    type Command = PublishContributions;

    fn command(self, _: &Context<'_>) -> Fallible<PublishContributions> {
        Ok(PublishContributions {
            dialogue: id(&self.dialogue_id, "dialogueId", DialogueId::from_global)?,
        })
    }
}

payload! {
    /// Result of `publishQuestionnaire`.
    struct QuestionnairePayload {
        /// The published version. Null if the mutation was refused.
        questionnaire: Questionnaire,
        /// Dialogue round of the questionnaire. Null if the mutation was refused.
        dialogue: Dialogue,
    }
}

impl Payload<(DialogueId, QuestionnaireId)> for QuestionnairePayload {
    async fn of(
        context: &Context<'_>,
        (dialogue, id): (DialogueId, QuestionnaireId),
    ) -> Result<Self, Error> {
        Ok(Self {
            questionnaire: Questionnaire::find(context, dialogue, id).await?,
            dialogue: Dialogue::load(context, dialogue).await?,
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `saveContributionDraft`.
    struct ContributionDraftPayload {
        /// The draft after the change. Null if the mutation was refused.
        draft: ContributionDraft,
        /// Dialogue round of the draft. Null if the mutation was refused.
        dialogue: Dialogue,
    }
}

impl Payload<(DialogueId, ContributionDraftId)> for ContributionDraftPayload {
    async fn of(
        context: &Context<'_>,
        (dialogue, _): (DialogueId, ContributionDraftId),
    ) -> Result<Self, Error> {
        Ok(Self {
            draft: ContributionDraft::load(context, dialogue).await?,
            dialogue: Dialogue::load(context, dialogue).await?,
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of a mutation that submits or withdraws a contribution.
    struct ContributionPayload {
        /// The contribution with its receipt. Null if the mutation was refused.
        contribution: OwnContribution,
        /// Dialogue round of the contribution. Null if the mutation was refused.
        dialogue: Dialogue,
    }
}

impl Payload<(DialogueId, ContributionId)> for ContributionPayload {
    async fn of(
        context: &Context<'_>,
        (dialogue, id): (DialogueId, ContributionId),
    ) -> Result<Self, Error> {
        let own = OwnContribution::load(context, dialogue).await?;
        Ok(Self {
            contribution: own.into_iter().find(|own| own.0.id == id),
            dialogue: Dialogue::load(context, dialogue).await?,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of questionnaires and contributions.
#[derive(Default)]
pub struct ContributionMutations;

#[Object]
impl ContributionMutations {
    /// Publishes the questionnaire of a dialogue round or its next version, until the round ends.
    /// Followers are notified, and members of organisations with a draft or a contribution.
    async fn publish_questionnaire(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `publishQuestionnaire`.")] input: PublishQuestionnaireInput,
    ) -> Result<QuestionnairePayload, Error> {
        mutate(context, input).await
    }

    /// Saves the contribution that your organisation is drafting, until the round ends. Only your
    /// organisation's members can read it. Each answer must have its question's type; missing, too
    /// long and out-of-range answers are refused only when you submit. At most 240 times per hour
    /// and 1,000 times per day in one procurement.
    async fn save_contribution_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `saveContributionDraft`.")] input: SaveContributionDraftInput,
    ) -> Result<ContributionDraftPayload, Error> {
        mutate(context, input).await
    }

    /// Deletes your organisation's draft in a dialogue round. Possible after the round has ended
    /// too.
    async fn discard_contribution_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `discardContributionDraft`.")]
        input: DiscardContributionDraftInput,
    ) -> Result<DialoguePayload, Error> {
        mutate(context, input).await
    }

    /// Submits a contribution of the company, nonprofit or social enterprise you act for, until the
    /// round ends. A later contribution replaces it, and the draft is deleted. The buyer can read
    /// it at once; no one is notified. It is not binding. At most 20 times per hour and 100 times
    /// per day in one procurement.
    async fn contribute_to_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `contributeToDialogue`.")] input: ContributeToDialogueInput,
    ) -> Result<ContributionPayload, Error> {
        mutate(context, input).await
    }

    /// Withdraws your organisation's contribution, until the round ends. The buyer can then no
    /// longer read it, and it is not published. You can submit another one.
    async fn withdraw_contribution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawContribution`.")] input: WithdrawContributionInput,
    ) -> Result<ContributionPayload, Error> {
        mutate(context, input).await
    }

    /// Publishes the contributions to a dialogue round that has ended. From then on everyone can
    /// read the answers that are not business secrets, each under the supplier's name or number as
    /// the supplier chose. Followers are notified. Cannot be undone.
    async fn publish_contributions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `publishContributions`.")] input: PublishContributionsInput,
    ) -> Result<DialoguePayload, Error> {
        mutate(context, input).await
    }
}
