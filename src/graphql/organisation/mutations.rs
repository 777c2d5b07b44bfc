//! Making, changing and verifying organisations.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};

use super::{
    inputs::OrganisationProfileInput,
    types::{NonprofitStatusCode, Organisation, OrganisationKind},
};
use crate::{
    graphql::{
        context::{backend, request},
        errors::{UserError, user_errors},
        inputs::{id, key},
        scalars::Date,
    },
    kernel::{ids::OrganisationId, refusal::Fallible},
    organisation::{manage, nonprofit},
};

/// A new organisation.
#[derive(InputObject)]
struct CreateOrganisationInput {
    /// What it is; it stays that.
    kind: OrganisationKind,
    /// What it says of itself.
    profile: OrganisationProfileInput,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// What an organisation says of itself from now on.
#[derive(InputObject)]
struct UpdateOrganisationInput {
    /// Which organisation.
    organisation_id: ID,
    /// `Organisation.revision` as you saw it.
    revision: i32,
    /// All that it says of itself.
    profile: OrganisationProfileInput,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// A buyer found to be what it says.
#[derive(InputObject)]
struct VerifyOrganisationInput {
    /// Which buyer.
    organisation_id: ID,
    /// How that was found, for the record; at most 1,000 characters.
    note: Option<String>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An owner's word that the organisation is nonprofit.
#[derive(InputObject)]
struct DeclareNonprofitInput {
    /// Which organisation.
    organisation_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// What a register says of an organisation.
#[derive(InputObject)]
struct RecordNonprofitStatusInput {
    /// Which organisation.
    organisation_id: ID,
    /// REGISTERED, or DEREGISTERED where it was registered.
    status: NonprofitStatusCode,
    /// The register or document that was looked at; at most 1,000 characters. Public with the profile.
    source: String,
    /// Of when the source is; not later than today.
    as_of: Date,
    /// For the record, at most 1,000 characters; seen by the organisation's members and the administrators.
    note: Option<String>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The organisation as it is now, or why the change was refused.
#[derive(SimpleObject)]
pub struct OrganisationPayload {
    /// The organisation; null when refused.
    organisation: Option<Organisation>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl OrganisationPayload {
    /// The organisation as the reader saw it before the change.
    pub(super) async fn of(
        context: &Context<'_>,
        outcome: Fallible<OrganisationId>,
    ) -> Result<Self, Error> {
        match outcome {
            Ok(id) => Ok(Self {
                organisation: Some(Organisation::load(context, id).await?),
                user_errors: Vec::new(),
            }),
            Err(failure) => Ok(Self {
                organisation: None,
                user_errors: user_errors(failure)?,
            }),
        }
    }

    /// The organisation as its member sees it, which the reader has just become.
    pub(super) async fn joined(
        context: &Context<'_>,
        outcome: Fallible<OrganisationId>,
    ) -> Result<Self, Error> {
        let payload = Self::of(context, outcome).await?;
        Ok(Self {
            organisation: payload.organisation.map(Organisation::joined),
            ..payload
        })
    }
}

/// Organisations.
#[derive(Default)]
pub struct OrganisationMutations;

#[Object]
impl OrganisationMutations {
    /// Makes an organisation, 20 at most. You become its owner with all roles of its kind, and act for it (with
    /// `Torg-Acting-For`, if you belong to others too). A buyer writes drafts at once, and publishes when the
    /// marketplace has verified it. A NONPROFIT is self-declared with this.
    async fn create_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: CreateOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        let create = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = manage::Create {
                kind: input.kind.into(),
                description: input.profile.into(),
            };
            manage::create(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::joined(context, create.await).await
    }

    /// Replaces what the organisation says of itself. A verified buyer keeps its name and identifiers, under which it
    /// published; administrators of the marketplace may change them.
    async fn update_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: UpdateOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        let update = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = manage::Update {
                organisation: organisation(&input.organisation_id)?,
                revision: input.revision,
                description: input.profile.into(),
            };
            manage::update(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::of(context, update.await).await
    }

    /// Notes that a buyer is what it says; from then on it publishes.
    async fn verify_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: VerifyOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        let verify = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = manage::Verify {
                organisation: organisation(&input.organisation_id)?,
                note: input.note,
            };
            manage::verify(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::of(context, verify.await).await
    }

    /// Declares a supplier nonprofit, on its own word. Nothing but a reserved lot ever asks for it.
    async fn declare_nonprofit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: DeclareNonprofitInput,
    ) -> Result<OrganisationPayload, Error> {
        let declare = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = nonprofit::Declare {
                organisation: organisation(&input.organisation_id)?,
            };
            nonprofit::declare(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::of(context, declare.await).await
    }

    /// Records what the register of nonprofit organisations says (SFS 2022:900). The history is kept; the latest
    /// counts.
    async fn record_nonprofit_status(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: RecordNonprofitStatusInput,
    ) -> Result<OrganisationPayload, Error> {
        let record = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = nonprofit::Recording {
                organisation: organisation(&input.organisation_id)?,
                record: nonprofit::Record {
                    status: input.status.into(),
                    source: Some(input.source),
                    as_of: Some(input.as_of.into()),
                    note: input.note,
                },
            };
            nonprofit::record(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::of(context, record.await).await
    }
}

/// Reads `organisationId`.
pub(super) fn organisation(
    global: &str,
) -> Result<OrganisationId, crate::kernel::refusal::Refusal> {
    id(global, "organisationId", OrganisationId::from_global)
}
