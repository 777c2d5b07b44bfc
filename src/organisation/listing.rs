//! The public list of organisations: who can be found, and by what.

use super::store::listing::{self, Branch, Place, Wanted};
use crate::{
    auth::OrganisationKind,
    database::Database,
    kernel::{
        codes::{Code as ListCode, cpv, nuts},
        refusal::{Code, Fallible, Refusal},
    },
};

/// The longest part of a name that is looked for, in characters.
const NAME_LIMIT: usize = 100;

/// What somebody looks for, as they typed it.
#[derive(Debug, Default)]
pub struct Search {
    /// A part of the name.
    pub name: Option<String>,
    /// One of these kinds.
    pub kinds: Vec<OrganisationKind>,
    /// A CPV code.
    pub cpv: Option<String>,
    /// A NUTS code.
    pub nuts: Option<String>,
    /// Looks for partners, or does not.
    pub looking_for_partners: Option<bool>,
}

/// Organisations with a public profile, by name: one more than `first`, if there are.
pub async fn search(
    database: &Database,
    search: Search,
    after: Option<&Place>,
    first: i64,
) -> Fallible<Vec<Place>> {
    let wanted = Wanted {
        name: search.name.map(part_of_a_name).transpose()?,
        kinds: search.kinds,
        cpv: search.cpv.as_deref().map(cpv_branch).transpose()?,
        nuts: search.nuts.as_deref().map(nuts_branch).transpose()?,
        looking_for_partners: search.looking_for_partners,
    };
    Ok(listing::public(&database.pool, &wanted, after, first + 1).await?)
}

fn part_of_a_name(text: String) -> Result<String, Refusal> {
    if text.chars().count() > NAME_LIMIT || text.contains('\0') {
        let message =
            format!("a part of a name has at most {NAME_LIMIT} characters, none of them U+0000");
        return Err(Refusal::at(Code::Invalid, &["search"], message));
    }
    Ok(text.trim().to_owned())
}

fn cpv_branch(code: &str) -> Result<Branch, Refusal> {
    let above = cpv::branch(code);
    let own = above
        .last()
        .ok_or_else(|| unknown(code, "cpv", &cpv::nearest(code, 3)))?;
    // A CPV code's trailing zeros stand for "all of it"; a division has two digits at least.
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
    let message = format!(
        "`{code}` is no code of this list; the nearest: {}",
        near.join(", ")
    );
    Refusal::at(Code::UnknownCode, &[field], message)
}
