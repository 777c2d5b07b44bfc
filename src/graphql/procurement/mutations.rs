//! Creating, changing, publishing, ending and following procurements.

use async_graphql::{
    Context, Error, ID, InputObject, Object,
    connection::{Edge, EmptyFields},
};

use super::{
    codes::Phase,
    ending::NonAwardReason,
    inputs::ProcurementContentInput,
    notice::Notice,
    types::{NOTICES, Procurement},
};
use crate::{
    graphql::{
        connection::edge,
        context::{backend, request},
        errors::WarningCode,
        inputs::id,
        mutate::{MutationInput, Payload, Refused, input, mutate, mutate_unkeyed, payload},
        organisation::Organisation,
        scalars::{Translations, localized},
    },
    kernel::{
        ids::ProcurementId,
        paging::ListId,
        refusal::{Failure, Fallible, Refusal},
    },
    procurement::{
        create::CreateProcurement,
        discard::{DiscardDraft, DiscardedDraft},
        end::EndProcurement,
        follow::{FollowProcurement, UnfollowProcurement},
        invitation::AcceptJointInvitation,
        joint::AnswerJointProcurement,
        publish::{PublishNotice, Published},
        update::UpdateProcurement,
    },
};

input! {
    /// Input for `createProcurement`.
    struct CreateProcurementInput {
        /// Content of the first draft.
        content: ProcurementContentInput,
    }
}

impl MutationInput for CreateProcurementInput {
    type Command = CreateProcurement;

    fn command(self, _: &Context<'_>) -> Fallible<CreateProcurement> {
        Ok(CreateProcurement {
            draft: self.content.into(),
        })
    }

    fn in_input(failure: Failure) -> Failure {
        in_content(failure)
    }
}

input! {
    /// Input for `updateProcurement`.
    struct UpdateProcurementInput {
        /// Procurement to change.
        procurement_id: ID,
        /// `Procurement.revision` that the change is based on. If the procurement changed since,
        /// the update is refused with CONFLICT.
        revision: i32,
        /// New draft; it replaces the whole content of the earlier one.
        content: ProcurementContentInput,
    }
}

impl MutationInput for UpdateProcurementInput {
    type Command = UpdateProcurement;

    fn command(self, _: &Context<'_>) -> Fallible<UpdateProcurement> {
        Ok(UpdateProcurement {
            procurement: procurement_id(&self.procurement_id)?,
            revision: self.revision,
            draft: self.content.into(),
        })
    }

    fn in_input(failure: Failure) -> Failure {
        in_content(failure)
    }
}

input! {
    /// Input for `publishNotice`.
    struct PublishNoticeInput {
        /// Procurement to publish.
        procurement_id: ID,
        /// UPCOMING or TENDERING.
        phase: Phase,
        /// `Procurement.revision` that the publication is based on. If the procurement changed
        /// since, the publication is refused with CONFLICT. Without it, the current revision is
        /// published.
        revision: Option<i32>,
        /// Reason for changing the notice in force, at most 20,000 characters a language. Required
        /// when the phase stays the same.
        reason: Option<Translations>,
        /// Codes of `warnings` that you confirm: the notice is published in spite of them.
        confirmed_warnings: Option<Vec<WarningCode>>,
    }
}

impl MutationInput for PublishNoticeInput {
    type Command = PublishNotice;

    fn confirmed_warnings(&self) -> Vec<WarningCode> {
        self.confirmed_warnings.clone().unwrap_or_default()
    }

    fn command(self, context: &Context<'_>) -> Fallible<PublishNotice> {
        let backend = backend(context);
        Ok(PublishNotice {
            procurement: procurement_id(&self.procurement_id)?,
            phase: self.phase.into(),
            revision: self.revision,
            reason: localized(self.reason),
            reservations: backend.reservations.clone(),
            recipient: backend.sealing.recipient(),
        })
    }
}

input! {
    /// Input for `discardDraft`.
    struct DiscardDraftInput {
        /// Procurement whose draft is discarded.
        procurement_id: ID,
        /// `Procurement.revision` that you last read. If the procurement changed since, the
        /// mutation is refused with CONFLICT.
        revision: i32,
    }
}

impl MutationInput for DiscardDraftInput {
    type Command = DiscardDraft;

    fn command(self, _: &Context<'_>) -> Fallible<DiscardDraft> {
        Ok(DiscardDraft {
            procurement: procurement_id(&self.procurement_id)?,
            revision: self.revision,
        })
    }
}

input! {
    /// Input for `endProcurement`.
    struct EndProcurementInput {
        /// Procurement to end.
        procurement_id: ID,
        /// CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
        phase: Phase,
        /// Reason why no winner was chosen: required with CANCELLED and UNSUCCESSFUL, refused
        /// otherwise.
        reason_code: Option<NonAwardReason>,
        /// Reason in words, at most 20,000 characters a language; optional with COMPLETE.
        reason: Option<Translations>,
    }
}

impl MutationInput for EndProcurementInput {
    type Command = EndProcurement;

    fn command(self, _: &Context<'_>) -> Fallible<EndProcurement> {
        Ok(EndProcurement {
            procurement: procurement_id(&self.procurement_id)?,
            phase: self.phase.into(),
            reason_code: self.reason_code.map(Into::into),
            reason: localized(self.reason),
        })
    }
}

input! {
    /// Input for `answerJointProcurement`.
    struct AnswerJointProcurementInput {
        /// Procurement that names the buyer you act for.
        procurement_id: ID,
        /// Whether the buyer you act for takes part.
        consent: bool,
    }
}

impl MutationInput for AnswerJointProcurementInput {
    type Command = AnswerJointProcurement;

    fn command(self, _: &Context<'_>) -> Fallible<AnswerJointProcurement> {
        Ok(AnswerJointProcurement {
            procurement: procurement_id(&self.procurement_id)?,
            consent: self.consent,
        })
    }
}

input! {
    /// Input for `acceptJointInvitation`.
    struct AcceptJointInvitationInput {
        /// Procurement that the buyer you act for is invited to.
        procurement_id: ID,
    }
}

impl MutationInput for AcceptJointInvitationInput {
    type Command = AcceptJointInvitation;

    fn command(self, _: &Context<'_>) -> Fallible<AcceptJointInvitation> {
        Ok(AcceptJointInvitation(procurement_id(&self.procurement_id)?))
    }
}

/// Input for `followProcurement` and `unfollowProcurement`.
#[derive(InputObject)]
struct FollowProcurementInput {
    /// Procurement to follow or to stop following.
    procurement_id: ID,
}

payload! {
    /// Result of a change of a procurement.
    pub struct ProcurementPayload {
        /// Procurement after the change; null when refused.
        procurement: Procurement,
    }
}

impl Payload<ProcurementId> for ProcurementPayload {
    async fn of(context: &Context<'_>, id: ProcurementId) -> Result<Self, Error> {
        Ok(Self {
            procurement: Procurement::load(context, id).await?,
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `acceptJointInvitation`.
    struct AcceptJointInvitationPayload {
        /// Procurement, which the buyer now reads; null when refused.
        procurement: Procurement,
        /// Buyer that you act for, whose `jointInvitations` changed; null when refused.
        organisation: Organisation,
    }
}

impl Payload<ProcurementId> for AcceptJointInvitationPayload {
    async fn of(context: &Context<'_>, id: ProcurementId) -> Result<Self, Error> {
        let actor = request(context).actor.person();
        let organisation = match actor.and_then(|person| person.acting_for) {
            Some(buyer) => Some(Organisation::load(context, buyer).await?),
            None => None,
        };
        Ok(Self {
            procurement: Procurement::load(context, id).await?,
            organisation,
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `discardDraft`.
    struct DiscardDraftPayload {
        /// Procurement without the draft. Null when refused, and when it was never published: then
        /// it is deleted.
        procurement: Procurement,
        /// Global ID of the procurement; null when refused.
        procurement_id: ID,
    }
}

impl Payload<DiscardedDraft> for DiscardDraftPayload {
    async fn of(context: &Context<'_>, discarded: DiscardedDraft) -> Result<Self, Error> {
        Ok(Self {
            procurement: Procurement::load(context, discarded.procurement).await?,
            procurement_id: Some(discarded.procurement.to_global().into()),
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `publishNotice`.
    struct PublishNoticePayload {
        /// The published notice; null when refused.
        notice: Notice,
        /// The notice in the list `Procurement.notices`; null when refused.
        notice_edge: Edge<String, Notice, EmptyFields>,
        /// Procurement after the publication; null when refused.
        procurement: Procurement,
    }
}

impl Payload<Published> for PublishNoticePayload {
    async fn of(context: &Context<'_>, published: Published) -> Result<Self, Error> {
        let Some(notice) = Notice::resolve(context, published.notice).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        let list = ListId::new(NOTICES, &published.procurement);
        Ok(Self {
            procurement: Procurement::load(context, published.procurement).await?,
            notice_edge: Some(edge(list, &notice.number, notice.clone())),
            notice: Some(notice),
            ..Self::refused(Vec::new())
        })
    }
}

/// Prefixes the fields of a draft with `content`, inside which clients send them.
fn in_content(failure: Failure) -> Failure {
    const OUTSIDE_CONTENT: [&str; 3] = ["procurementId", "revision", "idempotencyKey"];
    let Failure::Refused(mut refusals) = failure else {
        return failure;
    };
    for refusal in &mut refusals {
        let first = refusal.field.first();
        if first.is_some_and(|first| !OUTSIDE_CONTENT.contains(&first.as_str())) {
            refusal.field.insert(0, "content".into());
        }
    }
    Failure::Refused(refusals)
}

/// Mutations of procurements.
#[derive(Default)]
pub struct ProcurementMutations;

#[Object]
impl ProcurementMutations {
    /// Creates a draft of the buyer you act for.
    async fn create_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `createProcurement`.")] input: CreateProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }

    /// Replaces the draft. The published notice stays in force until `publishNotice`.
    async fn update_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `updateProcurement`.")] input: UpdateProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }

    /// Discards the draft. The notice in force stays; a procurement that was never published is
    /// deleted. Documents that only the draft named are removed after 24 hours. Cannot be undone.
    async fn discard_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `discardDraft`.")] input: DiscardDraftInput,
    ) -> Result<DiscardDraftPayload, Error> {
        mutate(context, input).await
    }

    /// Publishes the draft as an immutable, numbered notice. Search finds it a moment later, and
    /// followers are notified. TENDERING opens tendering even if information that the buyer must
    /// share is not public yet: the payload's `procurement { mustShare }` lists it, and the buyer's
    /// editors and publishers are notified (MUST_SHARE).
    ///
    /// Warnings to confirm, unless the notice in force raises them as well: LOT_VALUES_EXCEED_TOTAL,
    /// DEADLINE_NOT_ON_WORKING_DAY and DEADLINE_FAR_AHEAD for `tenderDeadline`, and with TENDERING
    /// DIALOGUE_OUTLASTS_DEADLINE. Within six days of the deadline, typing errors in titles,
    /// descriptions and names can be corrected with a reason and without a later deadline: at most
    /// three words of a text, one letter each; never numbers, short words or first letters.
    async fn publish_notice(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `publishNotice`.")] input: PublishNoticeInput,
    ) -> Result<PublishNoticePayload, Error> {
        mutate(context, input).await
    }

    /// Ends a procurement: cancels or withdraws it, states that no tender could win, or that the
    /// contract is complete.
    async fn end_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `endProcurement`.")] input: EndProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }

    /// Accepts, for the buyer you act for, the invitation to take part in a joint procurement
    /// (`Organisation.jointInvitations`). From then on the buyer reads the draft. Accepting again
    /// changes nothing.
    async fn accept_joint_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `acceptJointInvitation`.")] input: AcceptJointInvitationInput,
    ) -> Result<AcceptJointInvitationPayload, Error> {
        mutate(context, input).await
    }

    /// Answers for the buyer you act for, which the draft or the notice in force names as a joint
    /// buyer: consents to take part in what the draft states now, or withdraws the consent until a
    /// notice names the buyer. When the lead buyer changes the draft before a notice names your
    /// buyer, a new consent is required. The same answer again changes nothing.
    async fn answer_joint_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `answerJointProcurement`.")] input: AnswerJointProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }

    /// Follows a procurement: `viewer.notifications` lists what happens to it. Following it again
    /// changes nothing.
    async fn follow_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `followProcurement`.")] input: FollowProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let id = procurement_id(&input.procurement_id);
        mutate_unkeyed(context, id.map(FollowProcurement).map_err(Into::into)).await
    }

    /// Stops following a procurement. Doing so without following it changes nothing.
    async fn unfollow_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `unfollowProcurement`.")] input: FollowProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let id = procurement_id(&input.procurement_id);
        mutate_unkeyed(context, id.map(UnfollowProcurement).map_err(Into::into)).await
    }
}

/// Reads `procurementId`.
pub(in crate::graphql) fn procurement_id(global: &str) -> Result<ProcurementId, Refusal> {
    id(global, "procurementId", ProcurementId::from_global)
}
