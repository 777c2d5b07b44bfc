//! The query that lists organisations with a public profile.

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
        store::listing::OrganisationCursor,
    },
};

/// Queries for organisations.
#[derive(Default)]
pub struct OrganisationQueries;

#[Object]
impl OrganisationQueries {
    /// Buyers, and suppliers with a public profile, ordered by name. A supplier without a public
    /// profile is never listed.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    #[allow(
        clippy::too_many_arguments,
        reason = "each is an argument of the field"
    )]
    async fn organisations(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Part of the name, case-insensitive, at most 100 characters. Null: any name."
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
        #[graphql(desc = "Maximum number of items on the page, 1 to 100.", default = 20)]
        first: i32,
        #[graphql(
            desc = "Cursor: `pageInfo.endCursor` of the previous page. Null: the first page."
        )]
        after: Option<String>,
    ) -> Result<Connection<String, Organisation, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let after = page.after.as_deref().map(read_cursor).transpose()?;
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
            Organisation::cursor,
        ))
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
    wanted: Search,
    after: Option<&OrganisationCursor>,
    first: i64,
) -> Result<Slice<Organisation>, Error> {
    let found = search(&backend(context).database, wanted, after, first);
    let matches = Slice::from_overfetch(found.await.map_err(failed)?, first);
    let ids = matches.items.iter().map(|(_, id)| *id);
    let mut loaded = request(context)
        .loader
        .load_many(ids)
        .await
        .map_err(loading)?;
    let items = matches
        .items
        .iter()
        .filter_map(|(_, id)| loaded.remove(id))
        .map(Organisation::new)
        .collect();
    Ok(Slice {
        items,
        more: matches.more,
    })
}

/// Reads a cursor that [`Organisation::cursor`] wrote.
fn read_cursor(cursor: &str) -> Result<OrganisationCursor, Error> {
    let read = || {
        let (id, name) = cursor.split_once(' ')?;
        let name = (!name.contains('\0')).then(|| name.to_owned())?;
        Some((name, OrganisationId(id.parse().ok()?)))
    };
    read().ok_or_else(|| {
        let message = "`after` must be a cursor of this list: `pageInfo.endCursor` of an earlier page, unchanged";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}
