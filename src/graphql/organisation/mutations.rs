//! Creating, changing and verifying organisations.

use async_graphql::{Context, Error, ID, Object};

use super::{
    inputs::OrganisationProfileInput,
    organisation_id,
    types::{NonprofitStatusCode, Organisation, OrganisationKind},
};
use crate::{
    graphql::{
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        scalars::Date,
        viewer::Viewer,
    },
    kernel::{ids::OrganisationId, refusal::Fallible},
    organisation::{
        create::{CreateOrganisation, Joined},
        nonprofit::{DeclareNonprofit, RecordNonprofitStatus},
        rules::nonprofit::NewNonprofitStatus,
        update::UpdateOrganisation,
        verify::VerifyOrganisation,
    },
};

input! {
    /// Input for `createOrganisation`.
    struct CreateOrganisationInput {
        /// Kind of the organisation; it never changes.
        kind: OrganisationKind,
        /// Name, profile and identifiers.
        profile: OrganisationProfileInput,
    }
}

impl MutationInput for CreateOrganisationInput {
    type Command = CreateOrganisation;

    fn command(self, _: &Context<'_>) -> Fallible<CreateOrganisation> {
        Ok(CreateOrganisation {
            kind: self.kind.into(),
            description: self.profile.into(),
        })
    }
}

input! {
    /// Input for `updateOrganisation`.
    struct UpdateOrganisationInput {
        /// Organisation to change.
        organisation_id: ID,
        /// `Organisation.revision` that the change is based on. If the organisation changed since,
        /// the update is refused with CONFLICT.
        revision: i32,
        /// New name, profile and identifiers; they replace all earlier ones.
        profile: OrganisationProfileInput,
    }
}

impl MutationInput for UpdateOrganisationInput {
    type Command = UpdateOrganisation;

    fn command(self, _: &Context<'_>) -> Fallible<UpdateOrganisation> {
        Ok(UpdateOrganisation {
            organisation: organisation_id(&self.organisation_id)?,
            revision: self.revision,
            description: self.profile.into(),
        })
    }
}

input! {
    /// Input for `verifyOrganisation`.
    struct VerifyOrganisationInput {
        /// Buyer to verify.
        organisation_id: ID,
        /// `Organisation.revision` that you read before you verified it. If the organisation
        /// changed since, the verification is refused with CONFLICT.
        expected_revision: i32,
        /// How the buyer was verified, at most 1,000 characters; internal.
        note: Option<String>,
    }
}

impl MutationInput for VerifyOrganisationInput {
    type Command = VerifyOrganisation;

    fn command(self, _: &Context<'_>) -> Fallible<VerifyOrganisation> {
        Ok(VerifyOrganisation {
            organisation: organisation_id(&self.organisation_id)?,
            revision: self.expected_revision,
            note: self.note,
        })
    }
}

input! {
    /// Input for `declareNonprofit`.
    struct DeclareNonprofitInput {
        /// Supplier to declare nonprofit.
        organisation_id: ID,
    }
}

impl MutationInput for DeclareNonprofitInput {
    type Command = DeclareNonprofit;

    fn command(self, _: &Context<'_>) -> Fallible<DeclareNonprofit> {
        Ok(DeclareNonprofit {
            organisation: organisation_id(&self.organisation_id)?,
        })
    }
}

input! {
    /// Input for `recordNonprofitStatus`.
    struct RecordNonprofitStatusInput {
        /// Organisation that the register states something about.
        organisation_id: ID,
        /// `Organisation.revision` that you read before you compared it with the register. If the
        /// organisation changed since, the record is refused with CONFLICT.
        expected_revision: i32,
        /// REGISTERED, or DEREGISTERED if the organisation was registered.
        status: NonprofitStatusCode,
        /// Register or document that states it, at most 1,000 characters. As public as the profile.
        source: String,
        /// Date of the source, today at the latest.
        as_of: Date,
        /// Note, at most 1,000 characters. For the organisation's members and administrators of the
        /// marketplace.
        note: Option<String>,
    }
}

impl MutationInput for RecordNonprofitStatusInput {
    type Command = RecordNonprofitStatus;

    fn command(self, _: &Context<'_>) -> Fallible<RecordNonprofitStatus> {
        Ok(RecordNonprofitStatus {
            organisation: organisation_id(&self.organisation_id)?,
            revision: self.expected_revision,
            record: NewNonprofitStatus {
                status: self.status.into(),
                source: Some(self.source),
                as_of: Some(self.as_of.into()),
                note: self.note,
            },
        })
    }
}

payload! {
    /// Result of a change of an organisation.
    pub struct OrganisationPayload {
        /// Organisation after the change; null when refused.
        organisation: Organisation,
        /// You, with your memberships after the change; `actingFor` is that of this request. Null
        /// when refused and for API keys.
        viewer: Viewer,
    }
}

impl Payload<OrganisationId> for OrganisationPayload {
    /// The organisation as the reader could see it before the change.
    async fn of(context: &Context<'_>, id: OrganisationId) -> Result<Self, Error> {
        Ok(Self {
            organisation: Some(Organisation::load(context, id).await?),
            viewer: Viewer::after_change(context).await?,
            ..Self::refused(Vec::new())
        })
    }
}

impl Payload<Joined> for OrganisationPayload {
    /// The organisation as a member sees it, which the reader has just become.
    async fn of(context: &Context<'_>, Joined(id): Joined) -> Result<Self, Error> {
        let organisation = Organisation::load(context, id).await?;
        Ok(Self {
            organisation: Some(organisation.joined()),
            viewer: Viewer::after_change(context).await?,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of organisations.
#[derive(Default)]
pub struct OrganisationMutations;

#[Object]
impl OrganisationMutations {
    /// Creates an organisation; one person creates at most 20, also if the person was erased in
    /// between. A name that is verified for another organisation, or looks like one, and a number
    /// that is verified for another are refused with TAKEN. You become its owner with all roles
    /// of its kind, and act for it (with `Torg-Acting-For`, if you belong to others too). A buyer
    /// writes drafts at once, and publishes once the marketplace has verified it. A NONPROFIT is
    /// self-declared by this.
    async fn create_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `createOrganisation`.")] input: CreateOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }

    /// Replaces name, profile and identifiers of an organisation. A verified buyer and a registered
    /// nonprofit keep the name and the identifiers that were verified; administrators of the
    /// marketplace may change them, and thereby verify the new ones. The earlier name stays readable
    /// in `formerNames`.
    async fn update_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `updateOrganisation`.")] input: UpdateOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }

    /// Records that a buyer is who it claims to be. A verified buyer may publish. From now on no
    /// other organisation can take its name, a name that looks like it, or its numbers; claims of
    /// others to its numbers are removed. Refused with TAKEN if another organisation was verified
    /// with them before.
    async fn verify_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `verifyOrganisation`.")] input: VerifyOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }

    /// Declares a supplier nonprofit. Only reserved lots require it.
    async fn declare_nonprofit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `declareNonprofit`.")] input: DeclareNonprofitInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }

    /// Records what the register of nonprofit organisations states (SFS 2022:900). The history is
    /// kept; the latest entry counts. REGISTERED verifies the organisation's numbers as
    /// `verifyOrganisation` does.
    async fn record_nonprofit_status(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `recordNonprofitStatus`.")] input: RecordNonprofitStatusInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }
}
