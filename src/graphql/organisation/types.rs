//! Organisations as they are read.

use async_graphql::{
    Context, Enum, Error, ID, Object, SimpleObject,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::{
    api_keys::{self, ApiKey},
    loaders::{IdentifiersOf, MembersOf, NonprofitStatusesOf},
    people::{Invitation, Member, read_place},
};
use crate::{
    auth,
    graphql::{
        codes::ClassificationCode,
        connection::connection,
        context::{backend, request},
        errors::{failed, internal, loading, refused},
        procurement::{cpv_codes, nuts_codes},
        scalars::{Date, Localized, non_empty},
    },
    kernel::{
        ids::OrganisationId,
        paging::{Page, Slice},
    },
    organisation::{
        self, api_key, identifier::Identifier, invite, profile, read, rules::nonprofit::Status,
        store::nonprofit::NonprofitStatus as Recorded,
    },
};

/// What an organisation is.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "auth::OrganisationKind")]
pub enum OrganisationKind {
    /// A contracting authority: a municipality, region or agency.
    Buyer,
    /// A business.
    Company,
    /// An association or foundation without profit as its aim.
    Nonprofit,
    /// A business with a social aim (Directive 2014/24/EU art. 20).
    SocialEnterprise,
}

/// How large an economic operator is (eForms BT-165; Recommendation 2003/361/EC).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "profile::Size")]
pub enum OrganisationSize {
    /// Fewer than 10 people, at most 2 million euros a year.
    Micro,
    /// Fewer than 50 people, at most 10 million euros a year.
    Small,
    /// Fewer than 250 people, at most 50 million euros a year.
    Medium,
    /// Larger.
    Large,
    /// One of the three smaller, not known which: in imported notices only, refused in inputs.
    Sme,
}

/// What is known of an organisation's being nonprofit.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Status")]
pub enum NonprofitStatusCode {
    /// It says so itself.
    SelfDeclared,
    /// The register of nonprofit organisations has it (SFS 2022:900), as an administrator of the
    /// marketplace saw.
    Registered,
    /// The register had it, and has it no longer.
    Deregistered,
}

/// One entry of the history of an organisation's nonprofit status.
pub struct NonprofitStatus {
    recorded: Recorded,
    /// May the reader know who recorded it?
    named: bool,
}

/// One entry of the history of an organisation's nonprofit status. It is asked for by reserved lots
/// alone: browsing, dialogue and all other tenders need none.
#[Object]
impl NonprofitStatus {
    /// What is known.
    async fn status(&self) -> NonprofitStatusCode {
        self.recorded.status.into()
    }

    /// Did an administrator of the marketplace look at a source? False where the organisation says
    /// so itself.
    async fn verified(&self) -> bool {
        self.recorded.source.is_some()
    }

    /// The register or document that was looked at; null when self-declared.
    async fn source(&self) -> Option<&str> {
        self.recorded.source.as_deref()
    }

    /// Of when the source is; null when self-declared.
    async fn as_of(&self) -> Option<Date> {
        self.recorded.as_of.map(Date)
    }

    /// A note for the record.
    async fn note(&self) -> Option<&str> {
        self.recorded.note.as_deref().filter(|_| self.named)
    }

    /// Who recorded it, by name.
    async fn recorded_by(&self) -> Option<&str> {
        self.recorded.recorded_by.as_deref().filter(|_| self.named)
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded.recorded_at
    }
}

/// An organisation's number in a register.
#[derive(SimpleObject)]
pub struct OrganisationIdentifier {
    /// The register: `SE-ORGNR`, `FI-PRO`, `NO-BRC`, `DK-CVR`, `EU-VAT`, or as an imported notice
    /// has it.
    scheme: String,
    /// The number, as the register writes it.
    value: String,
}

impl From<Identifier> for OrganisationIdentifier {
    fn from(identifier: Identifier) -> Self {
        Self {
            scheme: identifier.scheme,
            value: identifier.value,
        }
    }
}

/// Where an organisation's seat is.
#[derive(SimpleObject)]
pub struct OrganisationAddress {
    /// Street and number, or a post box.
    street: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// Town.
    city: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
}

/// Whom to write to at an organisation.
#[derive(SimpleObject)]
pub struct OrganisationContact {
    /// A person or an office.
    name: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Telephone number.
    phone: Option<String>,
    /// Web address, `http` or `https`.
    website: Option<String>,
}

/// A buyer, company, nonprofit or social enterprise.
#[derive(Clone)]
pub struct Organisation {
    stored: organisation::Organisation,
    /// The reader has just become a member: their memberships were looked up before that.
    joined: bool,
}

impl Organisation {
    /// As the reader meets it.
    pub fn new(stored: organisation::Organisation) -> Self {
        Self {
            stored,
            joined: false,
        }
    }

    /// As somebody sees it whom this very request has let in.
    pub(super) fn joined(self) -> Self {
        Self {
            joined: true,
            ..self
        }
    }

    /// An organisation that a foreign key says is there.
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

    /// Several such, in their order.
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

    /// The ID that the rooms know it by.
    pub fn key(&self) -> OrganisationId {
        self.stored.id
    }

    pub(super) fn place(&self) -> String {
        format!("{} {}", self.stored.id.0, self.stored.name)
    }

    /// What it says of itself, if the reader may read that.
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

/// A buyer, company, nonprofit or social enterprise. ID, kind and name are public, since they stand
/// in notices and awards. The other fields are the profile: public for buyers, and for suppliers
/// that chose so (`publicProfile`); null to everyone else but members and the marketplace's
/// administrators.
#[Object]
impl Organisation {
    /// Opaque, for `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.stored.id.to_global().into()
    }

    /// What it is.
    async fn kind(&self) -> OrganisationKind {
        self.stored.kind.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.stored.name
    }

    /// When it was closed: nobody acts for it any more, and its profile is gone. Null while it is
    /// open.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.stored.closed_at
    }

    /// Is what follows here public? Buyers' profiles always are. Suppliers choose; theirs is then
    /// found by `organisations` as well.
    async fn public_profile(&self) -> bool {
        let buyer = self.stored.kind == auth::OrganisationKind::Buyer;
        buyer || self.stored.profile.public
    }

    /// Counts the changes; `updateOrganisation` takes it.
    async fn revision(&self, context: &Context<'_>) -> Option<i32> {
        self.profile(context).map(|_| self.stored.revision)
    }

    /// When the marketplace found the buyer to be what it says; null until then, when it publishes
    /// nothing, and for suppliers, who need it for nothing.
    async fn verified_at(&self) -> Option<DateTime<Utc>> {
        self.stored.verified_at
    }

    /// What it does, in words; null when it does not say.
    async fn description(&self, context: &Context<'_>) -> Option<Localized> {
        non_empty(&self.profile(context)?.description)
    }

    /// Country of its seat (ISO 3166-1 alpha-2); null where unknown.
    async fn country(&self, context: &Context<'_>) -> Option<&str> {
        self.profile(context)?.address.country.as_deref()
    }

    /// Where its seat is (NUTS); null where unknown.
    async fn region(&self, context: &Context<'_>) -> Option<ClassificationCode> {
        let code = self.profile(context)?.address.nuts.as_ref()?;
        nuts_codes(std::slice::from_ref(code)).into_iter().next()
    }

    /// Where its seat is.
    async fn address(&self, context: &Context<'_>) -> Option<OrganisationAddress> {
        let address = self.profile(context)?.address.clone();
        Some(OrganisationAddress {
            street: address.street,
            postal_code: address.postal_code,
            city: address.city,
            country: address.country,
        })
    }

    /// Whom to write to.
    async fn contact(&self, context: &Context<'_>) -> Option<OrganisationContact> {
        let contact = self.profile(context)?.contact.clone();
        Some(OrganisationContact {
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
            website: contact.website,
        })
    }

    /// What it does (CPV).
    async fn cpv(&self, context: &Context<'_>) -> Option<Vec<ClassificationCode>> {
        Some(cpv_codes(&self.profile(context)?.cpv))
    }

    /// Where it works (NUTS).
    async fn areas(&self, context: &Context<'_>) -> Option<Vec<ClassificationCode>> {
        Some(nuts_codes(&self.profile(context)?.areas))
    }

    /// How large it is (BT-165); null when it does not say.
    async fn size(&self, context: &Context<'_>) -> Option<OrganisationSize> {
        self.profile(context)?.size.map(Into::into)
    }

    /// Its numbers in registers; an association without one has none.
    async fn identifiers(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<OrganisationIdentifier>>, Error> {
        if self.profile(context).is_none() {
            return Ok(None);
        }
        let key = IdentifiersOf(self.stored.id);
        let found = request(context).loader.load_one(key).await;
        let identifiers = found.map_err(loading)?.unwrap_or_default();
        Ok(Some(identifiers.into_iter().map(Into::into).collect()))
    }

    /// Does it look for others to bid with?
    async fn looking_for_partners(&self, context: &Context<'_>) -> Option<bool> {
        Some(self.profile(context)?.looking_for_partners)
    }

    /// Which others it looks for; null when it does not say.
    async fn partner_text(&self, context: &Context<'_>) -> Option<Localized> {
        non_empty(&self.profile(context)?.partner_text)
    }

    /// Its nonprofit status now; null when there is none.
    async fn nonprofit_status(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<NonprofitStatus>, Error> {
        if self.profile(context).is_none() {
            return Ok(None);
        }
        Ok(self.nonprofit(context).await?.into_iter().next())
    }

    /// All that was ever recorded of its nonprofit status, the latest first.
    async fn nonprofit_history(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<NonprofitStatus>>, Error> {
        if self.profile(context).is_none() {
            return Ok(None);
        }
        Ok(Some(self.nonprofit(context).await?))
    }

    /// Who belongs to it, by name.
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

    /// Its invitations, newest first, accepted and revoked ones too.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn invitations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, Invitation, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let before = page.after.as_deref().map(read_place).transpose()?;
        let found = invite::of_organisation(
            &backend(context).database,
            &request(context).actor,
            self.stored.id,
            before,
            page.first,
        );
        let found = found.await.map_err(failed)?;
        let items = found.into_iter().map(Invitation).collect();
        let slice = Slice::from_overfetch(items, page.first);
        Ok(connection(
            slice,
            before.is_some(),
            EmptyFields,
            Invitation::place,
        ))
    }

    /// The keys by which its systems act for it, newest first, expired and revoked ones too.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn api_keys(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, ApiKey, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let before = page
            .after
            .as_deref()
            .map(api_keys::read_place)
            .transpose()?;
        let found = api_key::of_organisation(
            &backend(context).database,
            &request(context).actor,
            self.stored.id,
            before,
            page.first,
        );
        let items = found.await.map_err(failed)?.into_iter().map(ApiKey);
        let slice = Slice::from_overfetch(items.collect(), page.first);
        let place = ApiKey::place;
        Ok(connection(slice, before.is_some(), EmptyFields, place))
    }
}
