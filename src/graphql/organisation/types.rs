//! The types of organisations and their nonprofit status.

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    api_keys::ApiKey,
    identity::{FormerName, OrganisationIdentifier, OrganisationNameStatus},
    loaders::{ContestedName, FormerNamesOf, MembersOf, NonprofitStatusesOf},
    opening_rules::OpeningRules,
    people::{Invitation, Member},
    self_declaration::SelfDeclarationVersion,
};
use crate::{
    auth,
    graphql::{
        bounded::newest_first,
        codes::ClassificationCode,
        connection::{List, Total, cost, listed},
        context::{backend, request},
        errors::{failed, internal, loading},
        procurement::{JointInvitation, JointInvitationsOf, cpv_codes, nuts_codes},
        scalars::{Date, Localized, non_empty},
    },
    kernel::ids::OrganisationId,
    organisation::{
        self, api_key, invite, profile, read, rules,
        store::{listing::OrganisationPosition, nonprofit::NonprofitStatusEntry},
    },
};

/// Name of the list of an organisation's invitations in its cursors.
pub const INVITATIONS: &str = "Organisation.invitations";
/// Name of the list of an organisation's API keys in its cursors.
pub const API_KEYS: &str = "Organisation.apiKeys";

/// Kind of organisation.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "auth::OrganisationKind")]
pub enum OrganisationKind {
    /// Contracting authority, such as a municipality, region or agency.
    Buyer,
    /// Company.
    Company,
    /// Nonprofit organisation, such as an association or foundation.
    Nonprofit,
    /// Social enterprise: a business with a social aim (Directive 2014/24/EU art. 20).
    SocialEnterprise,
}

/// Size of an economic operator (eForms BT-165; Recommendation 2003/361/EC).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "profile::Size")]
pub enum OrganisationSize {
    /// Micro: fewer than 10 employees, and a turnover of at most 2 million euros a year.
    Micro,
    /// Small: fewer than 50 employees, and a turnover of at most 10 million euros a year.
    Small,
    /// Medium-sized: fewer than 250 employees, and a turnover of at most 50 million euros a year.
    Medium,
    /// Large: above the limits of `MEDIUM`.
    Large,
    /// Micro, small or medium-sized, not known which. Only in imported notices; refused in inputs.
    Sme,
}

/// Nonprofit status of an organisation.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::nonprofit::NonprofitStatus")]
pub enum NonprofitStatusCode {
    /// The organisation declares itself nonprofit.
    SelfDeclared,
    /// An administrator of the marketplace has verified that the organisation is in the Swedish
    /// register of nonprofit organisations (SFS 2022:900).
    Registered,
    /// The organisation was in the register and has been removed from it.
    Deregistered,
}

/// An entry in the history of an organisation's nonprofit status.
pub struct NonprofitStatus {
    recorded: NonprofitStatusEntry,
    /// Whether the reader may read the note and who recorded the entry.
    named: bool,
}

/// Entry in the history of an organisation's nonprofit status. Only lots reserved for registered
/// nonprofits require a status; browsing, dialogue and all other tenders do not.
#[Object]
impl NonprofitStatus {
    /// Status that the entry records.
    async fn status(&self) -> NonprofitStatusCode {
        self.recorded.status.into()
    }

    /// Whether an administrator of the marketplace has verified the status against a source. False
    /// for a self-declaration.
    async fn verified(&self) -> bool {
        self.recorded.source.is_some()
    }

    /// Register or document that shows the status, such as a web address. Null for a
    /// self-declaration.
    async fn source(&self) -> Option<&str> {
        self.recorded.source.as_deref()
    }

    /// Date of the source. Null for a self-declaration.
    async fn as_of(&self) -> Option<Date> {
        self.recorded.as_of.map(Date)
    }

    /// Internal note of the administrator. Null when there is none.
    async fn note(&self) -> Option<&str> {
        self.recorded.note.as_deref().filter(|_| self.named)
    }

    /// Name of the person who recorded the entry. Null when it was recorded by the system.
    async fn recorded_by(&self) -> Option<&str> {
        self.recorded.recorded_by.as_deref().filter(|_| self.named)
    }

    /// Time when the entry was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded.recorded_at
    }
}

/// Address of an organisation's seat.
#[derive(SimpleObject)]
pub struct OrganisationAddress {
    /// Street and number, or a post box. Null when not stated.
    street: Option<String>,
    /// Postal code. Null when not stated.
    postal_code: Option<String>,
    /// Town. Null when not stated.
    city: Option<String>,
    /// Country: an ISO 3166-1 alpha-2 code. Null when not stated.
    country: Option<String>,
}

/// Contact details of an organisation.
#[derive(SimpleObject)]
pub struct OrganisationContact {
    /// Name of the contact person or office. Null when not stated.
    name: Option<String>,
    /// E-mail address. Null when not stated.
    email: Option<String>,
    /// Telephone number. Null when not stated.
    phone: Option<String>,
    /// Web address, beginning with `https://` or `http://`. Null when not stated.
    website: Option<String>,
}

/// An organisation as the reader of this request sees it.
#[derive(Clone)]
pub struct Organisation {
    stored: organisation::Organisation,
    /// Whether the reader became a member in this request. The reader's memberships were loaded
    /// before that.
    joined: bool,
}

impl Organisation {
    /// Wraps a stored organisation.
    pub fn new(stored: organisation::Organisation) -> Self {
        Self {
            stored,
            joined: false,
        }
    }

    /// Returns the organisation as a person sees it who became a member in this request.
    pub(super) fn joined(self) -> Self {
        Self {
            joined: true,
            ..self
        }
    }

    /// Loads an organisation whose ID comes from a foreign key, so that it exists.
    pub async fn load(context: &Context<'_>, id: OrganisationId) -> Result<Self, Error> {
        let found = request(context)
            .loader
            .load_one(id)
            .await
            .map_err(loading)?;
        found
            .map(Self::new)
            .ok_or_else(|| internal(&sqlx::Error::RowNotFound))
    }

    /// Loads several organisations whose IDs come from foreign keys, in the given order.
    pub async fn load_all(
        context: &Context<'_>,
        ids: &[OrganisationId],
    ) -> Result<Vec<Self>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_many(ids.iter().copied()).await;
        let mut found = found.map_err(loading)?;
        let in_order = ids.iter().filter_map(|id| found.remove(id));
        Ok(in_order.map(Self::new).collect())
    }

    /// Returns the organisation's ID.
    pub fn key(&self) -> OrganisationId {
        self.stored.id
    }

    pub(super) fn position(&self) -> OrganisationPosition {
        (self.stored.name.clone(), self.stored.id)
    }

    /// Returns the profile if the reader may read it.
    fn profile(&self, context: &Context<'_>) -> Option<&profile::Profile> {
        let may = self.joined || read::may_see_profile(&request(context).actor, &self.stored);
        may.then_some(&self.stored.profile)
    }

    fn is_known_from_within(&self, context: &Context<'_>) -> bool {
        let actor = &request(context).actor;
        self.joined || read::may_see_records(actor, &self.stored)
    }

    async fn nonprofit(&self, context: &Context<'_>) -> Result<Vec<NonprofitStatus>, Error> {
        let key = NonprofitStatusesOf(self.stored.id);
        let found = request(context).loader.load_one(key).await;
        let named = self.is_known_from_within(context);
        let statuses = found.map_err(loading)?.unwrap_or_default();
        Ok(statuses
            .into_iter()
            .map(|recorded| NonprofitStatus { recorded, named })
            .collect())
    }
}

/// A buyer, company, nonprofit or social enterprise. ID, kind and name are public, because notices
/// and awards show them. The other fields belong to the profile, which is public for buyers and for
/// suppliers with `publicProfile`; for everyone else but members and the marketplace's
/// administrators they are null.
#[Object]
impl Organisation {
    /// Opaque global ID, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.stored.id.to_global().into()
    }

    /// Kind of organisation; it never changes.
    async fn kind(&self) -> OrganisationKind {
        self.stored.kind.into()
    }

    /// Name of the organisation.
    async fn name(&self) -> &str {
        &self.stored.name
    }

    /// Whether the name is verified. Show it next to the name wherever a reader might take the
    /// organisation for another.
    async fn name_status(&self, context: &Context<'_>) -> Result<OrganisationNameStatus, Error> {
        if self.stored.verified_at.is_some() {
            return Ok(OrganisationNameStatus::Verified);
        }
        let contested = request(context)
            .loader
            .load_one(ContestedName(self.stored.id));
        Ok(match contested.await.map_err(loading)? {
            Some(()) => OrganisationNameStatus::Contested,
            None => OrganisationNameStatus::Unverified,
        })
    }

    /// The latest 100 earlier names of the organisation, the latest first.
    async fn former_names(&self, context: &Context<'_>) -> Result<Vec<FormerName>, Error> {
        let found = request(context)
            .loader
            .load_one(FormerNamesOf(self.stored.id));
        let names = newest_first(found.await.map_err(loading)?.unwrap_or_default());
        Ok(names.into_iter().map(FormerName::from).collect())
    }

    /// Time when the organisation was closed. A closed organisation has no members and no profile.
    /// Null while it is open.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.stored.closed_at
    }

    /// Whether everyone may read the profile. Always true for buyers. A supplier with a public
    /// profile is also found in `organisations`.
    async fn public_profile(&self) -> bool {
        let buyer = self.stored.kind == auth::OrganisationKind::Buyer;
        buyer || self.stored.profile.public
    }

    /// Revision number, increased by each change; an input of `updateOrganisation`.
    async fn revision(&self, context: &Context<'_>) -> Option<i32> {
        self.profile(context).map(|_| self.stored.revision)
    }

    /// Time when the marketplace verified the buyer. Null for a buyer that is not verified, which
    /// cannot publish, and for suppliers, which need no verification.
    async fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.stored.verified_at
    }

    /// Description of the organisation's work. Null when not stated.
    async fn description(&self, context: &Context<'_>) -> Option<Localized> {
        non_empty(&self.profile(context)?.description)
    }

    /// Country of the seat: an ISO 3166-1 alpha-2 code. Null when not stated.
    async fn country(&self, context: &Context<'_>) -> Option<&str> {
        self.profile(context)?.address.country.as_deref()
    }

    /// Region of the seat (NUTS 2024). Null when not stated.
    async fn region(&self, context: &Context<'_>) -> Option<ClassificationCode> {
        let code = self.profile(context)?.address.nuts.as_ref()?;
        nuts_codes(std::slice::from_ref(code)).into_iter().next()
    }

    /// Address of the seat.
    async fn address(&self, context: &Context<'_>) -> Option<OrganisationAddress> {
        let address = self.profile(context)?.address.clone();
        Some(OrganisationAddress {
            street: address.street,
            postal_code: address.postal_code,
            city: address.city,
            country: address.country,
        })
    }

    /// Contact details.
    async fn contact(&self, context: &Context<'_>) -> Option<OrganisationContact> {
        let contact = self.profile(context)?.contact.clone();
        Some(OrganisationContact {
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
            website: contact.website,
        })
    }

    /// Goods, services or works that the organisation deals in (CPV 2008), at most 100 codes.
    async fn cpv(&self, context: &Context<'_>) -> Option<Vec<ClassificationCode>> {
        Some(cpv_codes(&self.profile(context)?.cpv))
    }

    /// Areas where the organisation works (NUTS 2024), at most 100 codes.
    async fn areas(&self, context: &Context<'_>) -> Option<Vec<ClassificationCode>> {
        Some(nuts_codes(&self.profile(context)?.areas))
    }

    /// Size of the organisation (eForms BT-165). Null when not stated.
    async fn size(&self, context: &Context<'_>) -> Option<OrganisationSize> {
        self.profile(context)?.size.map(Into::into)
    }

    /// Registration numbers in public registers, at most 10; empty for an organisation without any.
    /// A number that is not `verified` is only the organisation's claim.
    async fn identifiers(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<OrganisationIdentifier>>, Error> {
        if self.profile(context).is_none() {
            return Ok(None);
        }
        OrganisationIdentifier::of(context, self.stored.id)
            .await
            .map(Some)
    }

    /// Whether the organisation looks for others to bid with.
    async fn looking_for_partners(&self, context: &Context<'_>) -> Option<bool> {
        Some(self.profile(context)?.looking_for_partners)
    }

    /// Description of the partners that the organisation looks for. Null when not stated.
    async fn partner_text(&self, context: &Context<'_>) -> Option<Localized> {
        non_empty(&self.profile(context)?.partner_text)
    }

    /// Current nonprofit status. Null when none is recorded.
    async fn nonprofit_status(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<NonprofitStatus>, Error> {
        if self.profile(context).is_none() {
            return Ok(None);
        }
        Ok(self.nonprofit(context).await?.into_iter().next())
    }

    /// The latest 100 recorded nonprofit statuses, newest first.
    async fn nonprofit_history(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<NonprofitStatus>>, Error> {
        if self.profile(context).is_none() {
            return Ok(None);
        }
        Ok(Some(newest_first(self.nonprofit(context).await?)))
    }

    /// Latest self-declaration, which tenders refer to. Null when there is none.
    async fn self_declaration(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<SelfDeclarationVersion>, Error> {
        SelfDeclarationVersion::load(context, &self.stored).await
    }

    /// Members of the organisation, at most 1,000, ordered by name.
    #[graphql(complexity = "20 + 20 * child_complexity")]
    async fn members(&self, context: &Context<'_>) -> Result<Option<Vec<Member>>, Error> {
        let actor = &request(context).actor;
        if !self.joined && !read::may_see_members(actor, &self.stored) {
            return Ok(None);
        }
        let key = MembersOf(self.stored.id);
        let found = request(context).loader.load_one(key).await;
        let members = found.map_err(loading)?.unwrap_or_default();
        Ok(Some(members.into_iter().map(Member).collect()))
    }

    /// Rules of the buyer for its own members; the defaults for suppliers, which open no tenders.
    async fn opening_rules(&self, context: &Context<'_>) -> Result<Option<OpeningRules>, Error> {
        OpeningRules::of(context, &self.stored).await
    }

    /// Invitations of the buyer to joint procurements, the latest 100, newest first.
    #[graphql(complexity = "20 + 20 * child_complexity")]
    async fn joint_invitations(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<JointInvitation>>, Error> {
        let actor = &request(context).actor;
        if !read::may_see_joint_invitations(actor, &self.stored) {
            return Ok(None);
        }
        if !actor.belongs_to(self.stored.id) {
            return Ok(Some(Vec::new()));
        }
        let key = JointInvitationsOf(self.stored.id);
        let found = request(context).loader.load_one(key).await;
        let found = found.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(Some(found.map(JointInvitation).collect()))
    }

    /// Invitations to become a member, newest first, including accepted, expired and revoked ones.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn invitations(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Invitation>, Error> {
        let id = self.stored.id;
        let listed = listed(INVITATIONS, &id, (first, after, last, before))?;
        let (database, actor) = (&backend(context).database, &request(context).actor);
        let page = listed.page;
        let found = async {
            let found = invite::of_organisation(database, actor, id, page).await;
            found.map_err(failed)
        };
        let memo = &request(context).memo;
        let slice = page.slice(memo.once(INVITATIONS, &(id, page), found).await?);
        let (database, actor) = (database.clone(), actor.clone());
        let total = Total::counted(INVITATIONS, &id, move || {
            let (database, actor) = (database.clone(), actor.clone());
            async move { invite::count(&database, &actor, id).await.map_err(failed) }
        });
        Ok(listed.connection(slice.map(Invitation), total, |one| one.0.id))
    }

    /// API keys with which the organisation's systems act for it, newest first, including expired
    /// and revoked ones.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn api_keys(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<ApiKey>, Error> {
        let id = self.stored.id;
        let listed = listed(API_KEYS, &id, (first, after, last, before))?;
        let (database, actor) = (&backend(context).database, &request(context).actor);
        let page = listed.page;
        let found = async {
            let found = api_key::of_organisation(database, actor, id, page).await;
            found.map_err(failed)
        };
        let memo = &request(context).memo;
        let slice = page.slice(memo.once(API_KEYS, &(id, page), found).await?);
        let (database, actor) = (database.clone(), actor.clone());
        let total = Total::counted(API_KEYS, &id, move || {
            let (database, actor) = (database.clone(), actor.clone());
            async move { api_key::count(&database, &actor, id).await.map_err(failed) }
        });
        Ok(listed.connection(slice.map(ApiKey), total, |one| one.0.id))
    }
}
