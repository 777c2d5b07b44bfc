//! The mutations of groups that tender together.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::group::{TenderGroup, group_id};
use crate::{
    graphql::{
        context::backend,
        inputs::line,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::{Procurement, procurement_id},
    },
    kernel::{
        ids::OrganisationId,
        refusal::{Code, Fallible, Refusal},
    },
    tender::group::{
        ChangeGroup, ChangedGroup, ConsentToGroup, DeclineGroup, DissolveGroup, FormGroup,
        GroupTerms, LeaveGroup,
    },
};

/// Reads the global IDs of organisations to invite.
fn member_ids(members: &[ID]) -> Result<Vec<OrganisationId>, Refusal> {
    let read = |(position, one): (usize, &ID)| {
        OrganisationId::from_global(one).ok_or_else(|| {
            let field = ["memberIds", &position.to_string()];
            let message = "there is no organisation with this ID";
            Refusal::at(Code::NotFound, &field, message)
        })
    };
    members.iter().enumerate().map(read).collect()
}

input! {
    /// Input for `formTenderGroup`.
    struct FormTenderGroupInput {
        /// Procurement to tender for; it must be TENDERING.
        procurement_id: ID,
        /// Name of the group, 1 to 200 characters. The opened tender shows it.
        name: String,
        /// Lots that the group may tender for (`Lot.lotId`); at least one, each once.
        lot_ids: Vec<String>,
        /// The other members, 1 to 19: companies, nonprofits and social enterprises.
        member_ids: Vec<ID>,
        /// Time at which the members' consents expire, not after the deadline for tenders. Null: the
        /// deadline for tenders.
        consent_until: Option<DateTime<Utc>>,
    }
}

impl MutationInput for FormTenderGroupInput {
    type Command = FormGroup;

    fn command(self, context: &Context<'_>) -> Fallible<FormGroup> {
        Ok(FormGroup {
            procurement: procurement_id(&self.procurement_id)?,
            terms: GroupTerms {
                name: line(self.name),
                lots: self.lot_ids,
                members: member_ids(&self.member_ids)?,
                consent_until: self.consent_until,
            },
            reservations: backend(context).reservations.clone(),
        })
    }
}

input! {
    /// Input for `changeTenderGroup`: what the group is from now on.
    struct ChangeTenderGroupInput {
        /// Group that your organisation leads (`TenderGroup.id`).
        group_id: ID,
        /// Name of the group, 1 to 200 characters.
        name: String,
        /// Lots that the group may tender for (`Lot.lotId`); at least one, each once.
        lot_ids: Vec<String>,
        /// The other members, 1 to 19: companies, nonprofits and social enterprises.
        member_ids: Vec<ID>,
        /// Time at which the members' consents expire, not after the deadline for tenders. Null: the
        /// deadline for tenders.
        consent_until: Option<DateTime<Utc>>,
    }
}

impl MutationInput for ChangeTenderGroupInput {
    type Command = ChangeGroup;

    fn command(self, context: &Context<'_>) -> Fallible<ChangeGroup> {
        Ok(ChangeGroup {
            group: group_id(&self.group_id)?,
            terms: GroupTerms {
                name: line(self.name),
                lots: self.lot_ids,
                members: member_ids(&self.member_ids)?,
                consent_until: self.consent_until,
            },
            reservations: backend(context).reservations.clone(),
        })
    }
}

input! {
    /// Input for `consentToTenderGroup`.
    struct ConsentToTenderGroupInput {
        /// Group that invites your organisation (`TenderGroup.id`).
        group_id: ID,
        /// Version that you have read (`TenderGroup.version`). A changed group is refused with
        /// CONFLICT.
        version: i32,
    }
}

impl MutationInput for ConsentToTenderGroupInput {
    type Command = ConsentToGroup;

    fn command(self, context: &Context<'_>) -> Fallible<ConsentToGroup> {
        Ok(ConsentToGroup {
            group: group_id(&self.group_id)?,
            version: self.version,
            reservations: backend(context).reservations.clone(),
        })
    }
}

input! {
    /// Input for `declineTenderGroup`.
    struct DeclineTenderGroupInput {
        /// Group that invites your organisation (`TenderGroup.id`).
        group_id: ID,
    }
}

impl MutationInput for DeclineTenderGroupInput {
    type Command = DeclineGroup;

    fn command(self, _: &Context<'_>) -> Fallible<DeclineGroup> {
        let group = group_id(&self.group_id)?;
        Ok(DeclineGroup { group })
    }
}

input! {
    /// Input for `leaveTenderGroup`.
    struct LeaveTenderGroupInput {
        /// Group that your organisation has consented to (`TenderGroup.id`).
        group_id: ID,
    }
}

impl MutationInput for LeaveTenderGroupInput {
    type Command = LeaveGroup;

    fn command(self, _: &Context<'_>) -> Fallible<LeaveGroup> {
        let group = group_id(&self.group_id)?;
        Ok(LeaveGroup { group })
    }
}

input! {
    /// Input for `dissolveTenderGroup`.
    struct DissolveTenderGroupInput {
        /// Group that your organisation leads (`TenderGroup.id`).
        group_id: ID,
    }
}

impl MutationInput for DissolveTenderGroupInput {
    type Command = DissolveGroup;

    fn command(self, _: &Context<'_>) -> Fallible<DissolveGroup> {
        let group = group_id(&self.group_id)?;
        Ok(DissolveGroup { group })
    }
}

payload! {
    /// Result of a change of a group.
    struct TenderGroupPayload {
        /// The group; null when refused.
        group: TenderGroup,
        /// Procurement of the group; null when refused.
        procurement: Procurement,
    }
}

impl Payload<ChangedGroup> for TenderGroupPayload {
    async fn of(context: &Context<'_>, changed: ChangedGroup) -> Result<Self, Error> {
        Ok(Self {
            group: TenderGroup::resolve(context, changed.group).await?,
            procurement: Procurement::load(context, changed.procurement).await?,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of groups that tender together.
#[derive(Default)]
pub struct GroupMutations;

#[Object]
impl GroupMutations {
    /// Forms a group that your organisation leads, and invites the other members. Each member
    /// consents with `consentToTenderGroup`; then you submit the group's tender with `submitTender`.
    async fn form_tender_group(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `formTenderGroup`.")] input: FormTenderGroupInput,
    ) -> Result<TenderGroupPayload, Error> {
        mutate(context, input).await
    }

    /// Changes a group that your organisation leads, as long as it has no tender. Each member is
    /// asked for its consent again.
    async fn change_tender_group(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `changeTenderGroup`.")] input: ChangeTenderGroupInput,
    ) -> Result<TenderGroupPayload, Error> {
        mutate(context, input).await
    }

    /// Consents for your organisation to tender in a group. Refused with STANDS_TWICE if your
    /// organisation has a tender of its own, or takes part in another group, for one of the lots,
    /// unless the notice allows it (`severalTendersAllowed`).
    async fn consent_to_tender_group(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `consentToTenderGroup`.")] input: ConsentToTenderGroupInput,
    ) -> Result<TenderGroupPayload, Error> {
        mutate(context, input).await
    }

    /// Declines an invitation to a group. Your organisation may still consent later.
    async fn decline_tender_group(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `declineTenderGroup`.")] input: DeclineTenderGroupInput,
    ) -> Result<TenderGroupPayload, Error> {
        mutate(context, input).await
    }

    /// Leaves a group that your organisation has consented to, as long as the group has no tender.
    async fn leave_tender_group(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `leaveTenderGroup`.")] input: LeaveTenderGroupInput,
    ) -> Result<TenderGroupPayload, Error> {
        mutate(context, input).await
    }

    /// Dissolves a group that your organisation leads, as long as it has no tender. Its members are
    /// free again.
    async fn dissolve_tender_group(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `dissolveTenderGroup`.")] input: DissolveTenderGroupInput,
    ) -> Result<TenderGroupPayload, Error> {
        mutate(context, input).await
    }
}
