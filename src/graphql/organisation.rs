//! Organisations in the graph.

use async_graphql::{Context, Enum, Error, ID, Object};

use super::{
    codes::ClassificationCode,
    context::request,
    errors::{internal, loading},
    scalars::{Localized, non_empty},
};
use crate::{
    auth,
    kernel::{codes::Scheme, ids::OrganisationId},
    organisation,
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

/// A buyer, company, nonprofit or social enterprise.
#[derive(Clone)]
pub struct Organisation(pub organisation::Organisation);

impl Organisation {
    /// An organisation that a foreign key says is there.
    pub async fn load(context: &Context<'_>, id: OrganisationId) -> Result<Self, Error> {
        let found = request(context)
            .loader
            .load_one(id)
            .await
            .map_err(loading)?;
        found
            .map(Self)
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
        Ok(in_order.map(Self).collect())
    }
}

/// A buyer, company, nonprofit or social enterprise. Public.
#[Object]
impl Organisation {
    /// Opaque, for `node`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// What it is.
    async fn kind(&self) -> OrganisationKind {
        self.0.kind.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it does; null when it does not say.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.0.description)
    }

    /// ISO 3166-1 alpha-2, where known.
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// Where its seat is (NUTS), where known.
    async fn region(&self) -> Option<ClassificationCode> {
        let code = self.0.nuts.as_deref()?;
        Some(ClassificationCode::new(Scheme::Nuts, code))
    }

    /// The register its identifier is from: `SE-ORGNR`.
    async fn identifier_scheme(&self) -> Option<&str> {
        self.0.identifier_scheme.as_deref()
    }

    /// Its number in that register; null for those without.
    async fn identifier(&self) -> Option<&str> {
        self.0.identifier.as_deref()
    }
}
