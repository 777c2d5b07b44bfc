//! An organisation is made, changes what it says of itself, and is verified.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    identifier::Identifier,
    nonprofit::Record,
    profile::Description,
    rules,
    store::{self, Locked, Organisation, nonprofit, persons},
};
use crate::{
    auth::{Actor, OrganisationKind, Role, policy},
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal, Refusals},
    },
};

/// A new organisation.
#[derive(Debug, Serialize)]
pub struct Create {
    /// What it is, for good.
    pub kind: OrganisationKind,
    /// What it says of itself.
    pub description: Description,
}

/// Makes an organisation; any signed-in person may, and has all roles in it. One of kind NONPROFIT is self-declared
/// with that; a buyer waits to be verified.
pub async fn create(
    database: &Database,
    actor: &Actor,
    command: Create,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let person = policy::in_person(actor)?.id;
    let identifiers = rules::check(command.kind, &command.description)?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay_own("createOrganisation", key, &command).await? {
        return Ok(first);
    }
    check_count(&mut work, person).await?;
    let now = work.now().await?;
    let organisation = Organisation {
        id: OrganisationId::new(),
        kind: command.kind,
        name: command.description.name,
        profile: command.description.profile,
        revision: 1,
        verified_at: None,
        closed_at: None,
    };
    let id = organisation.id;
    insert(&mut work, &organisation, person, now).await?;
    set_identifiers(&mut work, id, &identifiers).await?;
    work.audit("organisation.create", id.0, json!({ "kind": command.kind }))
        .await?;
    work.commit(&id).await?;
    Ok(id)
}

/// So that nobody fills the lists by a script.
async fn check_count(work: &mut UnitOfWork, person: PersonId) -> Fallible<()> {
    lock_person(work, person).await?;
    let made = persons::created_count(work.connection(), person).await?;
    if made < rules::CREATED_LIMIT {
        return Ok(());
    }
    let message = format!(
        "you have made {made} organisations, and one person may make {}; ask the marketplace's administrators if you \
         need more",
        rules::CREATED_LIMIT
    );
    Err(Refusal::new(Code::LimitReached, message).into())
}

/// Locks the person who acts; one who was erased since the request began acts no more.
pub(super) async fn lock_person(work: &mut UnitOfWork, person: PersonId) -> Fallible<()> {
    match persons::lock(work.connection(), person).await? {
        true => Ok(()),
        false => Err(Refusal::new(
            Code::NotAuthenticated,
            "your account was erased meanwhile; sign in again",
        )
        .into()),
    }
}

async fn insert(
    work: &mut UnitOfWork,
    organisation: &Organisation,
    owner: PersonId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    store::insert(work.connection(), organisation).await?;
    let roles = Role::of(organisation.kind);
    store::set_roles(work.connection(), organisation.id, owner, roles).await?;
    if organisation.kind == OrganisationKind::Nonprofit {
        let record = Record::self_declared();
        nonprofit::insert(
            work.connection(),
            organisation.id,
            &record,
            Some(owner),
            now,
        )
        .await?;
    }
    Ok(())
}

async fn set_identifiers(
    work: &mut UnitOfWork,
    id: OrganisationId,
    identifiers: &[Identifier],
) -> Fallible<()> {
    let Some(taken) = store::set_identifiers(work.connection(), id, identifiers).await? else {
        return Ok(());
    };
    let position = taken.to_string();
    let number = identifiers
        .get(taken)
        .map(|identifier| format!("{} {}", identifier.scheme, identifier.value))
        .unwrap_or_default();
    let message = format!(
        "another organisation here has {number} already; ask its owner for an invitation, or tell the marketplace's \
         administrators if it is yours"
    );
    let field = ["profile", "identifiers", &position, "value"];
    Err(Refusal::at(Code::Taken, &field, message).into())
}

/// What an organisation says of itself from now on.
#[derive(Debug, Serialize)]
pub struct Update {
    /// Which organisation.
    pub organisation: OrganisationId,
    /// The revision the editor saw.
    pub revision: i32,
    /// What it says, all of it.
    pub description: Description,
}

/// Replaces name, profile and identifiers, unless somebody else changed them since the stated revision. Needs the role
/// OWNER, or an administrator. A verified buyer keeps its name and identifiers, which only an administrator changes:
/// nobody becomes another by renaming.
pub async fn update(
    database: &Database,
    actor: &Actor,
    command: Update,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let id = command.organisation;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("updateOrganisation", key, &command).await? {
        return Ok(first);
    }
    let organisation = lock(&mut work, id).await?;
    let admin = policy::admin(actor).is_ok();
    if !admin {
        policy::describer(actor, id)?;
    }
    check_revision(&organisation, command.revision)?;
    let identifiers = rules::check(organisation.kind, &command.description)?;
    let earlier = store::claimed(work.connection(), id).await?;
    let description = &command.description;
    if organisation.verified && !admin {
        check_kept("name", organisation.name == description.name)?;
        check_kept("identifiers", earlier == identifiers)?;
    }
    store::write_profile(
        work.connection(),
        id,
        &description.name,
        &description.profile,
    )
    .await?;
    store::count_change(work.connection(), id).await?;
    set_identifiers(&mut work, id, &identifiers).await?;
    let detail = json!({ "revision": command.revision + 1 });
    work.audit("organisation.update", id.0, detail).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// What a verified buyer published under stays.
fn check_kept(field: &str, kept: bool) -> Result<(), Refusal> {
    if kept {
        return Ok(());
    }
    let message = "a verified buyer keeps its name and numbers, under which it published; ask an administrator of the marketplace";
    Err(Refusal::at(Code::NotAllowed, &["profile", field], message))
}

/// The organisation, locked; one that is closed is as if it were not there.
pub(super) async fn lock(work: &mut UnitOfWork, id: OrganisationId) -> Fallible<Locked> {
    let found = store::lock(work.connection(), id).await?;
    found.ok_or_else(|| Refusal::not_found("organisationId", "organisation").into())
}

fn check_revision(organisation: &Locked, seen: i32) -> Result<(), Refusal> {
    if organisation.revision == seen {
        return Ok(());
    }
    let message = format!(
        "somebody changed this organisation meanwhile (revision {}, you saw {seen}); load it again and repeat your \
         change",
        organisation.revision
    );
    Err(Refusal::at(Code::Conflict, &["revision"], message))
}

/// A buyer found to be what it says.
#[derive(Debug, Serialize)]
pub struct Verify {
    /// Which buyer.
    pub organisation: OrganisationId,
    /// How that was found, for the record.
    pub note: Option<String>,
}

/// Notes that a buyer is what it says; from then on it publishes. Needs an administrator of the marketplace.
pub async fn verify(
    database: &Database,
    actor: &Actor,
    command: Verify,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let admin = policy::admin(actor)?.id;
    check_note(command.note.as_deref())?;
    let id = command.organisation;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("verifyOrganisation", key, &command).await? {
        return Ok(first);
    }
    let organisation = lock(&mut work, id).await?;
    if organisation.kind != OrganisationKind::Buyer {
        let message = "only buyers are verified; suppliers need it for nothing";
        return Err(Refusal::at(Code::Invalid, &["organisationId"], message).into());
    }
    if organisation.verified {
        return Err(Refusal::new(Code::AlreadyDone, "this buyer is verified already").into());
    }
    let now = work.now().await?;
    store::set_verified(work.connection(), id, admin, command.note.as_deref(), now).await?;
    work.audit("organisation.verify", id.0, json!({})).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// A note for the record is a text like any other.
pub(super) fn check_note(note: Option<&str>) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    rules::check_note(note, &["note"], &mut refusals);
    refusals.into_result()
}
