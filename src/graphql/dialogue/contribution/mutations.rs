//! Publishing a questionnaire, answering it, publishing the answers.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};

use super::{
    inputs::{ContributionAnswerInput, QuestionnaireQuestionInput, sheet},
    own::{ContributionDraft, OwnContribution},
    questionnaire::Questionnaire,
};
use crate::{
    dialogue::contribution::{draft, publish, submit},
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

/// A version of a questionnaire.
#[derive(InputObject)]
struct PublishQuestionnaireInput {
    /// Of which round; of any kind, until it ends.
    dialogue_id: ID,
    /// What is asked, 1 to 100 questions, in the order to ask them.
    questions: Vec<QuestionnaireQuestionInput>,
    /// Why it is changed, for those who answered an earlier version; at most 400 characters a language.
    reason: Option<Translations>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A draft.
#[derive(InputObject)]
struct SaveContributionDraftInput {
    /// In which round.
    dialogue_id: ID,
    /// The revision you saw (`ContributionDraft.revision`); 0 or left out where there was none.
    #[graphql(default)]
    revision: i32,
    /// Which version of its questionnaire is answered (`Questionnaire.version`).
    questionnaire_version: i32,
    /// The answers so far, at most one a question; at most 200,000 characters of text in all.
    answers: Vec<ContributionAnswerInput>,
    /// Shall your organisation be named? See `ContributeToDialogueInput.named`.
    #[graphql(default = true)]
    named: bool,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A draft that is done with.
#[derive(InputObject)]
struct DiscardContributionDraftInput {
    /// In which round.
    dialogue_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A contribution.
#[derive(InputObject)]
struct ContributeToDialogueInput {
    /// To which round.
    dialogue_id: ID,
    /// Which version of its questionnaire is answered (`Questionnaire.version`): the one in force.
    questionnaire_version: i32,
    /// The answers, at most one a question; at most 200,000 characters of text in all.
    answers: Vec<ContributionAnswerInput>,
    /// Is your organisation named? With `true` the buyer reads whose the contribution is, and so does everybody if the
    /// contributions are published after the round. With `false` neither does: it is shown under a number. Who was named
    /// in a contribution and is not in the one that replaces it has been seen by the buyer all the same.
    #[graphql(default = true)]
    named: bool,
    /// Repeating the request with this key answers as the first time. Use one: a lost answer is then no second
    /// contribution.
    idempotency_key: Option<String>,
}

/// A withdrawal.
#[derive(InputObject)]
struct WithdrawContributionInput {
    /// Which of your contributions.
    contribution_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The publication of what was contributed.
#[derive(InputObject)]
struct PublishContributionsInput {
    /// To which round; it has ended.
    dialogue_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The new version, or why it was refused.
#[derive(SimpleObject)]
struct QuestionnairePayload {
    /// The version; null when refused.
    questionnaire: Option<Questionnaire>,
    /// Why it was refused; empty on success.
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

/// The draft as it is now, or why it was refused.
#[derive(SimpleObject)]
struct ContributionDraftPayload {
    /// The draft; null when refused.
    draft: Option<ContributionDraft>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// The contribution with its receipt, or why it was refused.
#[derive(SimpleObject)]
struct ContributionPayload {
    /// The contribution; null when refused.
    contribution: Option<OwnContribution>,
    /// Why it was refused; empty on success.
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

/// Questionnaires and contributions.
#[derive(Default)]
pub struct ContributionMutations;

#[Object]
impl ContributionMutations {
    /// Publishes a round's questionnaire, or its next version, until the round ends. Followers are told, and the
    /// members of those organisations that have a draft or a contribution.
    async fn publish_questionnaire(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: PublishQuestionnaireInput,
    ) -> Result<QuestionnairePayload, Error> {
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = publish::Publish {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                questions: input.questions.into_iter().map(Into::into).collect(),
                reason: localized(input.reason),
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            publish::questionnaire(database, actor, command, key.as_ref()).await
        };
        QuestionnairePayload::of(context, publish.await).await
    }

    /// Saves what the organisation you act for is writing, until the round ends; its own members alone read it. Answers
    /// have to be of their questions' types; what is missing, too long or out of bounds is refused only when you hand
    /// it in. At most 240 times an hour and 1,000 times a day in one procurement.
    async fn save_contribution_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: SaveContributionDraftInput,
    ) -> Result<ContributionDraftPayload, Error> {
        let save = async {
            let key = key(input.idempotency_key.as_deref())?;
            let dialogue = id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?;
            let command = draft::Draft {
                dialogue,
                revision: input.revision,
                sheet: sheet(input.questionnaire_version, input.answers, input.named),
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            draft::save(database, actor, command, key.as_ref()).await?;
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

    /// Throws away what the organisation you act for is writing in a round, also after its end.
    async fn discard_contribution_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: DiscardContributionDraftInput,
    ) -> Result<DialoguePayload, Error> {
        let discard = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = draft::Discard {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            draft::discard(database, actor, command, key.as_ref()).await
        };
        DialoguePayload::of(context, discard.await).await
    }

    /// Hands in a contribution for the company, nonprofit or social enterprise you act for, until the round ends; a
    /// later one replaces it, and the draft is gone. The buyer reads it at once; nobody is told of it. At most 20 times
    /// an hour and 100 times a day in one procurement. It binds nobody.
    async fn contribute_to_dialogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: ContributeToDialogueInput,
    ) -> Result<ContributionPayload, Error> {
        let contribute = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = submit::Contribute {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
                sheet: sheet(input.questionnaire_version, input.answers, input.named),
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            submit::contribute(database, actor, command, key.as_ref()).await
        };
        ContributionPayload::of(context, contribute.await).await
    }

    /// Withdraws your organisation's contribution, until the round ends: the buyer reads it no more, and it is not
    /// published. Another may be handed in.
    async fn withdraw_contribution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: WithdrawContributionInput,
    ) -> Result<ContributionPayload, Error> {
        let withdraw = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = submit::Withdraw {
                contribution: id(
                    &input.contribution_id,
                    "contributionId",
                    ContributionId::from_global,
                )?,
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            submit::withdraw(database, actor, command, key.as_ref()).await
        };
        ContributionPayload::of(context, withdraw.await).await
    }

    /// Publishes what suppliers contributed to a round, once it has ended: from here on everybody reads the answers
    /// that are no business secrets, each under the supplier's name or a number, as the supplier chose. Followers are
    /// told. Cannot be taken back.
    async fn publish_contributions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: PublishContributionsInput,
    ) -> Result<DialoguePayload, Error> {
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = publish::Disclose {
                dialogue: id(&input.dialogue_id, "dialogueId", DialogueId::from_global)?,
            };
            let database = &backend(context).database;
            let actor = &request(context).actor;
            publish::contributions(database, actor, command, key.as_ref()).await
        };
        DialoguePayload::of(context, publish.await).await
    }
}
