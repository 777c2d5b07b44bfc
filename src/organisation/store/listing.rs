//! The SQL that lists organisations with a public profile.

use sqlx::PgPool;

use crate::{auth::OrganisationKind, kernel::ids::OrganisationId};

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

/// Pagination cursor: name and ID of the last organisation of a page.
pub type OrganisationCursor = (String, OrganisationId);

/// Loads organisations with a public profile, ordered by name: at most `first` after the cursor.
pub async fn public(
    pool: &PgPool,
    wanted: &ListingFilter,
    after: Option<&OrganisationCursor>,
    first: i64,
) -> Result<Vec<OrganisationCursor>, sqlx::Error> {
    let kinds: Vec<String> = wanted
        .kinds
        .iter()
        .map(|kind| kind.as_str().into())
        .collect();
    let name = wanted.name.as_deref().map(pattern);
    let (cpv, cpv_prefix) = parts(wanted.cpv.as_ref());
    let (nuts, nuts_prefix) = parts(wanted.nuts.as_ref());
    let rows = sqlx::query!(
        r#"select id as "id: OrganisationId", name from organisation
           where (kind = 'BUYER' or public_profile) and closed_at is null
             and ($1::text is null or search_name like $1)
             and ($2::text[] = '{}' or kind = any($2))
             and ($4::text is null
                  or exists (select from unnest(cpv) code where code = any($3) or starts_with(code, $4)))
             and ($6::text is null
                  or exists (select from unnest(areas || nuts) code where code = any($5) or starts_with(code, $6)))
             and ($7::bool is null or looking_for_partners = $7)
             and ($8::text is null or (name, id) > ($8, $9))
           order by name, id limit $10"#,
        name,
        &kinds,
        cpv,
        cpv_prefix,
        nuts,
        nuts_prefix,
        wanted.looking_for_partners,
        after.map(|(name, _)| name.as_str()),
        after.map(|(_, id)| id.0),
        first,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}

fn parts(branch: Option<&Branch>) -> (&[String], Option<&str>) {
    match branch {
        Some(branch) => (&branch.above, Some(&branch.prefix)),
        None => (&[], None),
    }
}

/// Returns a `like` pattern for texts that contain `part`, with its wildcards escaped.
fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
