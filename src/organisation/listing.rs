//! The use case that lists organisations with a public profile.

use super::store::listing::{self, Branch, ListingFilter, OrganisationPosition};
use crate::{
    auth::OrganisationKind,
    database::Database,
    kernel::{
        codes::{Code as ListCode, cpv, nuts},
        message::Parameter,
        paging::Page,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Maximum length of the searched part of a name, in characters.
const NAME_LIMIT: usize = 100;

/// Filters as the client sent them. `None` or empty: no filter.
#[derive(Debug, Default)]
pub struct Search {
    /// Part of the name.
    pub name: Option<String>,
    /// Kinds of organisation.
    pub kinds: Vec<OrganisationKind>,
    /// CPV code.
    pub cpv: Option<String>,
    /// NUTS code.
    pub nuts: Option<String>,
    /// Whether the organisation looks for partners.
    pub looking_for_partners: Option<bool>,
}

impl Search {
    /// Checks the filters.
    pub fn filter(self) -> Result<ListingFilter, Refusal> {
        filter(self)
    }
}

/// Returns a page of the organisations with a public profile that match, ordered by name, with one
/// more than the page has if there are more.
pub async fn search(
    database: &Database,
    wanted: &ListingFilter,
    page: &Page<OrganisationPosition>,
) -> Fallible<Vec<OrganisationPosition>> {
    Ok(listing::public(&database.pool, wanted, page).await?)
}

/// Returns the number of organisations with a public profile that match.
pub async fn count(database: &Database, wanted: &ListingFilter) -> Fallible<i64> {
    Ok(listing::count(&database.pool, wanted).await?)
}

fn filter(search: Search) -> Result<ListingFilter, Refusal> {
    Ok(ListingFilter {
        name: search.name.map(part_of_a_name).transpose()?,
        kinds: search.kinds,
        cpv: search.cpv.as_deref().map(cpv_branch).transpose()?,
        nuts: search.nuts.as_deref().map(nuts_branch).transpose()?,
        looking_for_partners: search.looking_for_partners,
    })
}

fn part_of_a_name(text: String) -> Result<String, Refusal> {
    if text.chars().count() > NAME_LIMIT || text.contains('\0') {
        let message = message!(
            "`search` must have at most {limit} characters and no NUL character (U+0000)",
            limit = NAME_LIMIT,
        );
        return Err(Refusal::at(Code::Invalid, &["search"], message));
    }
    Ok(text.trim().to_owned())
}

fn cpv_branch(code: &str) -> Result<Branch, Refusal> {
    let above = cpv::branch(code);
    let own = above
        .last()
        .ok_or_else(|| unknown(code, "cpv", &cpv::nearest(code, 3)))?;
    // Trailing zeros of a CPV code include all codes below it. The code of a division has two
    // digits.
    let digits = own.code.trim_end_matches('0');
    let prefix = own.code.get(..digits.len().max(2)).unwrap_or(own.code);
    Ok(branch(&above, prefix))
}

fn nuts_branch(code: &str) -> Result<Branch, Refusal> {
    let above = nuts::branch(code);
    let own = above
        .last()
        .ok_or_else(|| unknown(code, "nuts", &nuts::nearest(code, 3)))?;
    Ok(branch(&above, own.code))
}

fn branch(above: &[&'static ListCode], prefix: &str) -> Branch {
    Branch {
        above: above.iter().map(|code| code.code.to_owned()).collect(),
        prefix: prefix.to_owned(),
    }
}

fn unknown(code: &str, field: &str, nearest: &[&'static ListCode]) -> Refusal {
    let near: Vec<&str> = nearest.iter().map(|code| code.code).collect();
    let message = message!(
        "`{field}` must be a code of its list, and `{code}` is not; the nearest codes are {allowed}",
        field,
        code,
        allowed = Parameter::list(near),
    );
    Refusal::at(Code::UnknownCode, &[field], message)
}
