//! Finding organisations.

use std::collections::HashSet;

use async_graphql::{
    Context, Error, Object,
    connection::{Connection, EmptyFields},
};

use super::types::{Organisation, OrganisationKind};
use crate::{
    auth,
    graphql::{
        connection::connection,
        context::{backend, request},
        errors::{failed, loading, refused},
    },
    kernel::{
        ids::OrganisationId,
        paging::{Page, Slice},
        refusal::{Code, Refusal},
    },
    organisation::{
        listing::{Search, search},
        store::listing::Place,
    },
};

/// Organisations.
#[derive(Default)]
pub struct OrganisationQueries;

#[Object]
impl OrganisationQueries {
    /// Buyers, and suppliers that made their profile public, by name. Nobody is found here who did not choose to be.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    #[allow(
        clippy::too_many_arguments,
        reason = "each is an argument of the field"
    )]
    async fn organisations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A part of the name, in any case; at most 100 characters.")]
        search: Option<String>,
        #[graphql(desc = "One of these kinds; leave out for all.")] kinds: Option<
            Vec<OrganisationKind>,
        >,
        #[graphql(
            desc = "Does this: a CPV code. Those with a wider or a narrower code are found as well."
        )]
        cpv: Option<String>,
        #[graphql(
            desc = "Works or has its seat here: a NUTS code. Those with a wider or a narrower code are found as well."
        )]
        nuts: Option<String>,
        #[graphql(desc = "True: looks for others to bid with.")] looking_for_partners: Option<bool>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, Organisation, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let after = page.after.as_deref().map(read_place).transpose()?;
        let wanted = Search {
            name: search,
            kinds: kinds.map(distinct).unwrap_or_default(),
            cpv,
            nuts,
            looking_for_partners,
        };
        let found = search_page(context, wanted, after.as_ref(), page.first);
        let slice = found.await?;
        Ok(connection(
            slice,
            after.is_some(),
            EmptyFields,
            Organisation::place,
        ))
    }
}

/// Each kind once: there are four of them, however many are named.
fn distinct(kinds: Vec<OrganisationKind>) -> Vec<auth::OrganisationKind> {
    let kinds: HashSet<auth::OrganisationKind> = kinds.into_iter().map(Into::into).collect();
    kinds.into_iter().collect()
}

/// A page of those that are found, loaded at once.
async fn search_page(
    context: &Context<'_>,
    wanted: Search,
    after: Option<&Place>,
    first: i64,
) -> Result<Slice<Organisation>, Error> {
    let places = search(&backend(context).database, wanted, after, first);
    let places = Slice::from_overfetch(places.await.map_err(failed)?, first);
    let ids = places.items.iter().map(|(_, id)| *id);
    let mut found = request(context)
        .loader
        .load_many(ids)
        .await
        .map_err(loading)?;
    let items = places
        .items
        .iter()
        .filter_map(|(_, id)| found.remove(id))
        .map(Organisation::new)
        .collect();
    Ok(Slice {
        items,
        more: places.more,
    })
}

/// Reads what [`Organisation::place`] wrote.
fn read_place(place: &str) -> Result<Place, Error> {
    let read = || {
        let (id, name) = place.split_once(' ')?;
        let name = (!name.contains('\0')).then(|| name.to_owned())?;
        Some((name, OrganisationId(id.parse().ok()?)))
    };
    read().ok_or_else(|| {
        let message = "`after` is not a cursor of this list";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}
