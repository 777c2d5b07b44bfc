//! The query that lists organisations with a public profile.

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Context, Error, Object};

use super::types::{Organisation, OrganisationKind};
use crate::{
    auth,
    graphql::{
        connection::{List, Total, cost, listed},
        context::{backend, request},
        errors::{failed, loading, refused},
    },
    kernel::paging::{Page, Slice},
    organisation::{
        listing::{Search, count, search},
        store::listing::{ListingFilter, OrganisationPosition},
    },
};

/// Name of the list in its cursors.
const LIST: &str = "organisations";

/// Queries for organisations.
#[derive(Default)]
pub struct OrganisationQueries;

#[Object]
impl OrganisationQueries {
    /// Buyers, and suppliers with a public profile, ordered by name. A supplier without a public
    /// profile is never listed.
    #[graphql(complexity = "500 + cost(first, last, child_complexity)")]
    #[allow(
        clippy::too_many_arguments,
        reason = "each is an argument of the field"
    )]
    async fn organisations(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Part of the name, at most 100 characters; case and accents are ignored. Null: any name."
        )]
        search: Option<String>,
        #[graphql(desc = "Kinds of organisation to return. Null or empty: all kinds.")]
        kinds: Option<Vec<OrganisationKind>>,
        #[graphql(
            desc = "CPV code of the organisation's goods, services or works. Organisations with a broader or narrower code match, too. Null: any."
        )]
        cpv: Option<String>,
        #[graphql(
            desc = "NUTS code of where the organisation works or has its seat. Organisations with a broader or narrower code match, too. Null: any."
        )]
        nuts: Option<String>,
        #[graphql(desc = "Whether the organisation looks for others to bid with. Null: both.")]
        looking_for_partners: Option<bool>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Organisation>, Error> {
        let mut kinds: Vec<_> = kinds.map(distinct).unwrap_or_default();
        kinds.sort_by_key(|kind| kind.as_str());
        let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let chosen = (&search, names, &cpv, &nuts, looking_for_partners);
        let listed = listed(LIST, &chosen, (first, after, last, before))?;
        let wanted = Search {
            name: search,
            kinds,
            cpv,
            nuts,
            looking_for_partners,
        };
        let wanted = Arc::new(wanted.filter().map_err(refused)?);
        let page = search_page(context, &wanted, &listed.page);
        let memo = &request(context).memo;
        let slice = memo.once(LIST, &(&wanted, &listed.page), page).await?;
        let database = backend(context).database.clone();
        let searched = wanted.clone();
        let total = Total::counted(LIST, &wanted, move || {
            let (database, wanted) = (database.clone(), searched.clone());
            async move { count(&database, &wanted).await.map_err(failed) }
        });
        Ok(listed.connection(slice, total, Organisation::position))
    }
}

/// Returns each kind once, so that a long list cannot grow the query.
fn distinct(kinds: Vec<OrganisationKind>) -> Vec<auth::OrganisationKind> {
    let kinds: HashSet<auth::OrganisationKind> = kinds.into_iter().map(Into::into).collect();
    kinds.into_iter().collect()
}

/// Loads a page of the organisations that match.
async fn search_page(
    context: &Context<'_>,
    wanted: &ListingFilter,
    page: &Page<OrganisationPosition>,
) -> Result<Slice<Organisation>, Error> {
    let found = search(&backend(context).database, wanted, page);
    let matches = page.slice(found.await.map_err(failed)?);
    let ids = matches.items.iter().map(|(_, id)| *id);
    let loaded = request(context).loader.load_many(ids).await;
    let mut loaded = loaded.map_err(loading)?;
    let matched = matches.items.iter();
    let found = matched.filter_map(|(_, id)| loaded.remove(id));
    Ok(Slice {
        items: found.map(Organisation::new).collect(),
        has_next: matches.has_next,
        has_previous: matches.has_previous,
    })
}
