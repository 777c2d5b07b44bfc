//! Writing procurements.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};

use super::{
    codes::Phase, ending::NonAwardReason, inputs::ProcurementContentInput, types::Procurement,
};
use crate::{
    graphql::{
        context::{backend, request},
        errors::{UserError, user_errors},
        inputs::{id, key},
        scalars::{Translations, localized},
    },
    kernel::{
        ids::ProcurementId,
        refusal::{Failure, Fallible},
    },
    procurement::{end, follow, joint, manage, publish},
};

/// A new procurement.
#[derive(InputObject)]
struct CreateProcurementInput {
    /// What it says.
    content: ProcurementContentInput,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A changed procurement.
#[derive(InputObject)]
struct UpdateProcurementInput {
    /// Which.
    procurement_id: ID,
    /// The revision you saw; if somebody changed it since, the update is refused with CONFLICT.
    revision: i32,
    /// All that it shall say now.
    content: ProcurementContentInput,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A publication.
#[derive(InputObject)]
struct PublishNoticeInput {
    /// Which procurement.
    procurement_id: ID,
    /// UPCOMING or TENDERING.
    phase: Phase,
    /// The revision you saw; leave out to publish whatever is there.
    revision: Option<i32>,
    /// Why the notice in force is changed; required when the phase stays the same.
    reason: Option<Translations>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The end of a procurement.
#[derive(InputObject)]
struct EndProcurementInput {
    /// Which procurement.
    procurement_id: ID,
    /// CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
    phase: Phase,
    /// Why no winner was chosen: needed with CANCELLED and UNSUCCESSFUL, and left out otherwise.
    reason_code: Option<NonAwardReason>,
    /// Why, in words, at most 20,000 characters; not needed with COMPLETE.
    reason: Option<Translations>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A joint buyer's answer.
#[derive(InputObject)]
struct AnswerJointProcurementInput {
    /// Which procurement.
    procurement_id: ID,
    /// Does the buyer you act for take part?
    consent: bool,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Which procurement.
#[derive(InputObject)]
struct FollowProcurementInput {
    /// Which procurement.
    procurement_id: ID,
}

/// The procurement after the change, or why it was refused.
#[derive(SimpleObject)]
pub struct ProcurementPayload {
    /// As it is now; null when refused.
    procurement: Option<Procurement>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl ProcurementPayload {
    /// The payload of a use case that ends with a procurement.
    pub async fn of(
        context: &Context<'_>,
        outcome: Fallible<ProcurementId>,
    ) -> Result<Self, Error> {
        match outcome {
            Ok(id) => Ok(Self {
                procurement: Procurement::load(context, id).await?,
                user_errors: Vec::new(),
            }),
            Err(failure) => Self::refused(failure),
        }
    }

    fn refused(failure: Failure) -> Result<Self, Error> {
        Ok(Self {
            procurement: None,
            user_errors: user_errors(failure)?,
        })
    }
}

/// The rules name the fields of a draft; clients send them inside `content`.
fn in_content(failure: Failure) -> Failure {
    const BESIDE_CONTENT: [&str; 3] = ["procurementId", "revision", "idempotencyKey"];
    let Failure::Refused(mut refusals) = failure else {
        return failure;
    };
    for refusal in &mut refusals {
        if refusal
            .field
            .first()
            .is_some_and(|first| !BESIDE_CONTENT.contains(&first.as_str()))
        {
            refusal.field.insert(0, "content".into());
        }
    }
    Failure::Refused(refusals)
}

/// Writing procurements.
#[derive(Default)]
pub struct ProcurementMutations;

#[Object]
impl ProcurementMutations {
    /// Creates a draft of the buyer you act for.
    async fn create_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: CreateProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let create = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = manage::Create {
                draft: input.content.into(),
            };
            manage::create(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
            .map_err(in_content)
        };
        ProcurementPayload::of(context, create.await).await
    }

    /// Replaces the draft. What is published stays as it is until `publishNotice`.
    async fn update_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: UpdateProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let update = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = manage::Update {
                procurement: id(
                    &input.procurement_id,
                    "procurementId",
                    ProcurementId::from_global,
                )?,
                revision: input.revision,
                draft: input.content.into(),
            };
            manage::update(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
            .map_err(in_content)
        };
        ProcurementPayload::of(context, update.await).await
    }

    /// Publishes the draft as an immutable, numbered notice; it is found by search a moment later and followers are
    /// told. As TENDERING it begins tendering although not everyone can read yet what must be shared: the payload's
    /// `procurement { mustShare }` lists that, and the buyer's editors and publishers are told (MUST_SHARE).
    async fn publish_notice(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: PublishNoticeInput,
    ) -> Result<ProcurementPayload, Error> {
        let publish = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = publish::Publish {
                procurement: id(
                    &input.procurement_id,
                    "procurementId",
                    ProcurementId::from_global,
                )?,
                phase: input.phase.into(),
                revision: input.revision,
                reason: localized(input.reason),
            };
            let backend = backend(context);
            let actor = &request(context).actor;
            let rules = &backend.reservations;
            let published =
                publish::publish(&backend.database, rules, actor, command, key.as_ref()).await?;
            Ok(published.procurement)
        };
        ProcurementPayload::of(context, publish.await).await
    }

    /// Ends a procurement: cancels or withdraws it, states that no tender could win, or that the contract is complete.
    async fn end_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: EndProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let end = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = end::End {
                procurement: id(
                    &input.procurement_id,
                    "procurementId",
                    ProcurementId::from_global,
                )?,
                phase: input.phase.into(),
                reason_code: input.reason_code.map(Into::into),
                reason: localized(input.reason),
            };
            end::end(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        ProcurementPayload::of(context, end.await).await
    }

    /// Answers for the buyer you act for, which the draft or the notice in force names as a joint buyer: consents to
    /// take part in what the draft says now, or takes that back until a notice names it. When the lead changes the
    /// draft before a notice names you, consent is asked anew. The same answer again is no change.
    async fn answer_joint_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AnswerJointProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let answer = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = joint::Answer {
                procurement: id(
                    &input.procurement_id,
                    "procurementId",
                    ProcurementId::from_global,
                )?,
                consent: input.consent,
            };
            joint::answer(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        ProcurementPayload::of(context, answer.await).await
    }

    /// Follows a procurement: `viewer.notifications` tells what happens to it. Again is no change.
    async fn follow_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which procurement.")] input: FollowProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let follow = async {
            let id = id(
                &input.procurement_id,
                "procurementId",
                ProcurementId::from_global,
            )?;
            follow::follow(&backend(context).database, &request(context).actor, id).await
        };
        ProcurementPayload::of(context, follow.await).await
    }

    /// Stops following a procurement; again is no change.
    async fn unfollow_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which procurement.")] input: FollowProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let unfollow = async {
            let id = id(
                &input.procurement_id,
                "procurementId",
                ProcurementId::from_global,
            )?;
            follow::unfollow(&backend(context).database, &request(context).actor, id).await
        };
        ProcurementPayload::of(context, unfollow.await).await
    }
}
