//! Mutations that publish a questionnaire, answer it, and publish the answers.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};

use super::{
    inputs::{ContributionAnswerInput, QuestionnaireQuestionInput, sheet},
    own::{ContributionDraft, OwnContribution},
    questionnaire::Questionnaire,
};
use crate::{
    dialogue::contribution::{
        discard_draft, publish_contributions, publish_questionnaire, save_draft, submit, withdraw,
    },
    graphql::{
        context::{backend, request},
        dialogue::round::DialoguePayload,
        errors::{UserError, user_errors},
        inputs::{id, key},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::{ContributionId, DialogueId, QuestionnaireId},
        refusal::Fallible,
    },
};

/// Input for `publishQuestionnaire`.
#[derive(InputObject)]
struct PublishQuestionnaireInput {
    /// Global ID of the dialogue round, of any kind. It must not have ended.
    dialogue_id: ID,
    /// Questions in the order in which to show them, 1 to 100.
    questions: Vec<QuestionnaireQuestionInput>,
    /// Reason for the change, for suppliers who answered an earlier version; at most 400 characters
    /// per language.
    reason: Option<Translations>,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `saveContributionDraft`.
#[derive(InputObject)]
struct SaveContributionDraftInput {
    /// Global ID of the dialogue round.
    dialogue_id: ID,
    /// `ContributionDraft.revision` that you last read; 0 if there was no draft. CONFLICT if the
    /// draft changed since.
    #[graphql(default)]
    revision: i32,
    /// Version of the questionnaire that is answered, as `Questionnaire.version`.
    questionnaire_version: i32,
    /// Answers so far, at most one per question and at most 200,000 characters of text in total.
    answers: Vec<ContributionAnswerInput>,
    /// Whether your organisation intends to be named. See `ContributeToDialogueInput.named`.
    #[graphql(default = true)]
    named: bool,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `discardContributionDraft`.
#[derive(InputObject)]
struct DiscardContributionDraftInput {
    /// Global ID of the dialogue round.
    dialogue_id: ID,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `contributeToDialogue`.
#[derive(InputObject)]
struct ContributeToDialogueInput {
    /// Global ID of the dialogue round. It must not have ended.
    dialogue_id: ID,
    /// Version of the questionnaire that is answered, as `Questionnaire.version`. It must be the
    /// version in force.
    questionnaire_version: i32,
    /// Answers, at most one per question and at most 200,000 characters of text in total.
    answers: Vec<ContributionAnswerInput>,
    /// Whether your organisation is named. If true, the buyer sees your name, and so does the
    /// public if the contributions are published. If false, both see a number instead. The buyer
    /// may already have seen your name if an earlier contribution was named.
    #[graphql(default = true)]
    named: bool,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED. Recommended here: a retry then cannot
    /// create a second contribution.
    idempotency_key: Option<String>,
}

/// Input for `withdrawContribution`.
#[derive(InputObject)]
struct WithdrawContributionInput {
    /// Global ID of your organisation's contribution.
    contribution_id: ID,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Input for `publishContributions`.
#[derive(InputObject)]
struct PublishContributionsInput {
    /// Global ID of the dialogue round. It must have ended.
    dialogue_id: ID,
    /// Key that makes a retry safe: a repeated request with the same key and input returns the
    /// first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same key with
    /// another input is refused with IDEMPOTENCY_KEY_REUSED.
    idempotency_key: Option<String>,
}

/// Result of `publishQuestionnaire`.
#[derive(SimpleObject)]
struct QuestionnairePayload {
    /// The published version. Null if the mutation was refused.
    questionnaire: Option<Questionnaire>,
    /// Reasons for the refusal; empty on success.
    user_errors: Vec<UserError>,
}

impl QuestionnairePayload {
    async fn of(
        context: &Context<'_>,
        outcome: Fallible<(DialogueId, QuestionnaireId)>,
    ) -> Result<Self, Error> {
        let (dialogue, id) = match outcome {
            Ok(ids) => ids,
            Err(failure) => {
                return Ok(Self {
                    questionnaire: None,
                    user_errors: user_errors(failure)?,
                });
            }
        };
        Ok(Self {
            questionnaire: Questionnaire::find(context, dialogue, id).await?,
            user_errors: Vec::new(),
        })
    }
}

/// Result of `saveContributionDraft`.
#[derive(SimpleObject)]
struct ContributionDraftPayload {
    /// The draft after the change. Null if the mutation was refused.
    draft: Option<ContributionDraft>,
    /// Reasons for the refusal; empty on success.
    user_errors: Vec<UserError>,
}

/// Result of a mutation that submits or withdraws a contribution.
#[derive(SimpleObject)]
struct ContributionPayload {
    /// The contribution with its receipt. Null if the mutation was refused.
    contribution: Option<OwnContribution>,
    /// Reasons for the refusal; empty on success.
    user_errors: Vec<UserError>,
}

impl ContributionPayload {
    async fn of(
        context: &Context<'_>,
        outcome: Fallible<(DialogueId, ContributionId)>,
    ) -> Result<Self, Error> {
        let (dialogue, id) = match outcome {
            Ok(ids) => ids,
            Err(failure) => {
                return Ok(Self {
                    contribution: None,
                    user_errors: user_errors(failure)?,
                });
            }
        };
        let own = OwnContribution::load(context, dialogue).await?;
        Ok(Self {
            contribution: own.into_iter().find(|own| own.0.id == id),
            user_errors: Vec::new(),
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
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = publish_questionnaire::PublishQuestionnaire {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                questions: input.questions.into_iter().map(Into::into).collect(),
                reason: localized(input.reason),
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            publish_questionnaire::publish_questionnaire(database, actor, command, key.as_ref())
                .await
        };
        QuestionnairePayload::of(context, publish.await).await
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
        let save = async {
            let key = key(input.idempotency_key.as_deref())?;
            let dialogue = id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?;
            let command = save_draft::SaveDraft {
                dialogue,
                revision: input.revision,
                sheet: sheet(input.questionnaire_version, input.answers, input.named),
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            save_draft::save_draft(database, actor, command, key.as_ref()).await?;
            Ok(dialogue)
        };
        match save.await {
            Ok(dialogue) => Ok(ContributionDraftPayload {
                draft: ContributionDraft::load(context, dialogue).await?,
                user_errors: Vec::new(),
            }),
            Err(failure) => Ok(ContributionDraftPayload {
                draft: None,
                user_errors: user_errors(failure)?,
            }),
        }
    }

    /// Deletes your organisation's draft in a dialogue round. Possible after the round has ended
    /// too.
    async fn discard_contribution_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `discardContributionDraft`.")]
        input: DiscardContributionDraftInput,
    ) -> Result<DialoguePayload, Error> {
        let discard = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = discard_draft::DiscardDraft {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            discard_draft::discard_draft(database, actor, command, key.as_ref()).await
        };
        DialoguePayload::of(context, discard.await).await
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
        let contribute = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = submit::SubmitContribution {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                sheet: sheet(input.questionnaire_version, input.answers, input.named),
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            submit::submit(database, actor, command, key.as_ref()).await
        };
        ContributionPayload::of(context, contribute.await).await
    }

    /// Withdraws your organisation's contribution, until the round ends. The buyer can then no
    /// longer read it, and it is not published. You can submit another one.
    async fn withdraw_contribution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawContribution`.")] input: WithdrawContributionInput,
    ) -> Result<ContributionPayload, Error> {
        let withdraw = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = withdraw::WithdrawContribution {
                contribution: id(
                    &input.contribution_id,
                    "contributionId",
                    ContributionId::from_global,
                )?,
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            withdraw::withdraw(database, actor, command, key.as_ref()).await
        };
        ContributionPayload::of(context, withdraw.await).await
    }

    /// Publishes the contributions to a dialogue round that has ended. From then on everyone can
    /// read the answers that are not business secrets, each under the supplier's name or number as
    /// the supplier chose. Followers are notified. Cannot be undone.
    async fn publish_contributions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `publishContributions`.")] input: PublishContributionsInput,
    ) -> Result<DialoguePayload, Error> {
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = publish_contributions::PublishContributions {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            publish_contributions::publish_contributions(database, actor, command, key.as_ref())
                .await
        };
        DialoguePayload::of(context, publish.await).await
    }
}
