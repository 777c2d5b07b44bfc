//! Names and numbers: what is verified belongs to one organisation, and a claim excludes no other.
//!
//! - An administrator verifies the name and the numbers of a buyer (`verifyOrganisation`), and the
//!   numbers of a nonprofit that the register lists (`recordNonprofitStatus`).
//! - A verified name, or one that looks like it ([`super::name`]), and a verified number cannot be
//!   taken by another organisation. The earlier names of a verified buyer are kept for it as well.
//! - Unverified claims exclude no other organisation. When a number is verified, the claims of others to it are
//!   removed. An organisation whose name looks like one that was verified later keeps it until its
//!   next change; until then its name is shown as contested.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    identifier::Identifier,
    name,
    store::{self, identity},
};
use crate::{
    database::UnitOfWork,
    kernel::{
        ids::OrganisationId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Refuses a name that is verified for another organisation, and one that looks like it.
pub(super) async fn check_name(
    work: &mut UnitOfWork,
    id: OrganisationId,
    wanted: &str,
    field: &[&str],
) -> Fallible<()> {
    let key = name::key(wanted);
    if !identity::is_name_verified_elsewhere(work.connection(), &key, id).await? {
        return Ok(());
    }
    let message = "a verified organisation has this name or one that looks like it; use another name, ask its owner for \
                   an invitation, or contact the marketplace's administrators if the name is yours";
    Err(Refusal::at(Code::Taken, field, message).into())
}

/// Refuses numbers that are verified for another organisation. `field` is the path of the list, if
/// the input has it.
pub(super) async fn check_numbers(
    work: &mut UnitOfWork,
    id: OrganisationId,
    identifiers: &[Identifier],
    field: &[&str],
) -> Fallible<()> {
    let taken = identity::verified_elsewhere(work.connection(), identifiers, id).await?;
    let Some((place, taken)) = taken.and_then(|place| Some((place, identifiers.get(place)?)))
    else {
        return Ok(());
    };
    let message = message!(
        "{number} is verified for another organisation here; ask its owner for an invitation, or contact the marketplace's \
         administrators if the number is yours",
        number = format!("{} {}", taken.scheme, taken.value),
    );
    let place = place.to_string();
    let path = match field {
        ["profile", ..] => [field, &[place.as_str(), "value"]].concat(),
        field => field.to_vec(),
    };
    Err(Refusal::at(Code::Taken, &path, message).into())
}

/// Verifies the numbers of an organisation, and removes the claims of others to them.
pub(super) async fn verify_numbers(
    work: &mut UnitOfWork,
    id: OrganisationId,
    identifiers: &[Identifier],
    now: DateTime<Utc>,
) -> Fallible<()> {
    identity::set_verified_numbers(work.connection(), id, identifiers, now).await?;
    let others = identity::remove_claims_of_others(work.connection(), identifiers, id).await?;
    for other in others {
        let detail = json!({ "reason": "verified for another organisation" });
        work.audit("organisation.identifier.removed", other.0, detail);
    }
    Ok(())
}

/// Replaces the numbers of an organisation. Refuses one that is verified for another.
pub(super) async fn set_numbers(
    work: &mut UnitOfWork,
    id: OrganisationId,
    identifiers: &[Identifier],
) -> Fallible<()> {
    check_numbers(work, id, identifiers, &["profile", "identifiers"]).await?;
    Ok(store::set_identifiers(work.connection(), id, identifiers).await?)
}
