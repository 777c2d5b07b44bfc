//! The SQL that lists organisations with a public profile.

use sqlx::PgPool;

use crate::{
    auth::OrganisationKind,
    kernel::{ids::OrganisationId, paging::Page},
};

/// Filters of the list. `None` or empty: no filter.
#[derive(Debug, Default)]
pub struct ListingFilter {
    /// Part of the name as entered.
    pub name: Option<String>,
    /// Kinds of organisation.
    pub kinds: Vec<OrganisationKind>,
    /// Goods, services or works in this branch of the CPV.
    pub cpv: Option<Branch>,
    /// Area of work or seat in this branch of the NUTS.
    pub nuts: Option<Branch>,
    /// Whether the organisation looks for partners.
    pub looking_for_partners: Option<bool>,
}

/// A code of a hierarchical list: matches broader and narrower codes.
#[derive(Debug)]
pub struct Branch {
    /// The code and all broader codes.
    pub above: Vec<String>,
    /// Prefix of the code and all narrower codes.
    pub prefix: String,
}

/// Position in the list: name and ID of an organisation.
pub type OrganisationPosition = (String, OrganisationId);

/// Loads a page of the organisations with a public profile, ordered by name, with one organisation
/// more than the page has if there are more.
pub async fn public(
    pool: &PgPool,
    wanted: &ListingFilter,
    page: &Page<OrganisationPosition>,
) -> Result<Vec<OrganisationPosition>, sqlx::Error> {
    let kinds: Vec<String> = wanted
        .kinds
        .iter()
        .map(|kind| kind.as_str().into())
        .collect();
    let (cpv, cpv_prefix) = parts(wanted.cpv.as_ref());
    let (nuts, nuts_prefix) = parts(wanted.nuts.as_ref());
    let rows = sqlx::query!(
        r#"select id as "id!: OrganisationId", name as "name!" from (select id, name from organisation
           where (kind = 'BUYER' or public_profile) and closed_at is null
             and ($1::text is null or position(search_fold($1) in folded_name) > 0)
             and ($2::text[] = '{}' or kind = any($2))
             and ($4::text is null
                  or exists (select from unnest(cpv) code where code = any($3) or starts_with(code, $4)))
             and ($6::text is null
                  or exists (select from unnest(areas || nuts) code where code = any($5) or starts_with(code, $6)))
             and ($7::bool is null or looking_for_partners = $7)
             and ($8::text is null or (name, id) > ($8, $9))
             and ($10::text is null or (name, id) < ($10, $11))
           order by case when $12::bool then name end desc, case when $12 then id end desc,
                    case when not $12 then name end, case when not $12 then id end limit $13
           ) page order by name, id"#,
        wanted.name.as_deref(),
        &kinds,
        cpv,
        cpv_prefix,
        nuts,
        nuts_prefix,
        wanted.looking_for_partners,
        page.after.as_ref().map(|(name, _)| name.as_str()),
        page.after.as_ref().map(|(_, id)| id.0),
        page.before.as_ref().map(|(name, _)| name.as_str()),
        page.before.as_ref().map(|(_, id)| id.0),
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}

/// Returns the number of organisations that match.
pub async fn count(pool: &PgPool, wanted: &ListingFilter) -> Result<i64, sqlx::Error> {
    let kinds: Vec<String> = wanted
        .kinds
        .iter()
        .map(|kind| kind.as_str().into())
        .collect();
    let (cpv, cpv_prefix) = parts(wanted.cpv.as_ref());
    let (nuts, nuts_prefix) = parts(wanted.nuts.as_ref());
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from organisation
           where (kind = 'BUYER' or public_profile) and closed_at is null
             and ($1::text is null or position(search_fold($1) in folded_name) > 0)
             and ($2::text[] = '{}' or kind = any($2))
             and ($4::text is null
                  or exists (select from unnest(cpv) code where code = any($3) or starts_with(code, $4)))
             and ($6::text is null
                  or exists (select from unnest(areas || nuts) code where code = any($5) or starts_with(code, $6)))
             and ($7::bool is null or looking_for_partners = $7)"#,
        wanted.name.as_deref(),
        &kinds,
        cpv,
        cpv_prefix,
        nuts,
        nuts_prefix,
        wanted.looking_for_partners,
    )
    .fetch_one(pool)
    .await
}

fn parts(branch: Option<&Branch>) -> (&[String], Option<&str>) {
    match branch {
        Some(branch) => (&branch.above, Some(&branch.prefix)),
        None => (&[], None),
    }
}
