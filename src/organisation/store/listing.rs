//! The SQL of the public list of organisations.

use sqlx::PgPool;

use crate::{auth::OrganisationKind, kernel::ids::OrganisationId};

/// Which organisations are looked for; what is `None` or empty does not narrow.
#[derive(Debug, Default)]
pub struct Wanted {
    /// A part of the name, as typed.
    pub name: Option<String>,
    /// One of these kinds.
    pub kinds: Vec<OrganisationKind>,
    /// Does something of this branch of the CPV.
    pub cpv: Option<Branch>,
    /// Works, or has its seat, somewhere in this branch of the NUTS.
    pub nuts: Option<Branch>,
    /// Looks for partners, or does not.
    pub looking_for_partners: Option<bool>,
}

/// A code of a tree: a wider code covers it, a narrower one is a part of it.
#[derive(Debug)]
pub struct Branch {
    /// The code and those above it.
    pub above: Vec<String>,
    /// What the code and all below it begin with.
    pub prefix: String,
}

/// A place in the list: the name and ID of the last that was seen.
pub type Place = (String, OrganisationId);

/// Organisations whose profile is everyone's to read, by name: at most `first` after a place.
pub async fn public(
    pool: &PgPool,
    wanted: &Wanted,
    after: Option<&Place>,
    first: i64,
) -> Result<Vec<Place>, sqlx::Error> {
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

/// The pattern of SQL's `like` for texts that hold this one: its wildcards mean themselves.
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
