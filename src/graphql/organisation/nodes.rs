//! Loads organisations and what belongs to them by global ID, for `node`. Each is `None` when it
//! does not exist or when the reader may not see it.

use async_graphql::{Context, Error};

use super::{ApiKey, Invitation, Member, Organisation, loaders::MembersOf};
use crate::{
    graphql::{context::request, errors::loading},
    kernel::ids::{ApiKeyId, InvitationId, OrganisationId, PersonId},
    organisation::{api_key, invite, read},
};

impl Organisation {
    /// Loads the organisation with this ID.
    pub async fn resolve(context: &Context<'_>, id: OrganisationId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self::new))
    }
}

impl Member {
    /// Loads the membership of a person, for the organisation's members.
    pub async fn resolve(
        context: &Context<'_>,
        (organisation, person): (OrganisationId, PersonId),
    ) -> Result<Option<Self>, Error> {
        let request = request(context);
        let found = request.loader.load_one(organisation).await;
        let readable = found
            .map_err(loading)?
            .is_some_and(|found| read::may_see_members(&request.actor, &found));
        if !readable {
            return Ok(None);
        }
        let members = request.loader.load_one(MembersOf(organisation)).await;
        let mut members = members.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(members.find(|member| member.person == person).map(Self))
    }
}

impl Invitation {
    /// Loads the invitation with this ID, for the organisation's owners.
    pub async fn resolve(context: &Context<'_>, id: InvitationId) -> Result<Option<Self>, Error> {
        let found = Self::load(context, id).await?;
        let actor = &request(context).actor;
        Ok(found.filter(|found| invite::may_list(actor, found.0.organisation)))
    }
}

impl ApiKey {
    /// Loads the API key with this ID, for the organisation's owners and the key itself.
    pub async fn resolve(context: &Context<'_>, id: ApiKeyId) -> Result<Option<Self>, Error> {
        let found = Self::load(context, id).await?;
        let actor = &request(context).actor;
        let key = actor.person().and_then(|person| person.key.as_ref());
        let own = key.is_some_and(|key| key.id == id);
        Ok(found.filter(|found| own || api_key::may_list(actor, found.0.organisation)))
    }
}
