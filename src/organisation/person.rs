//! A person's own data (Regulation (EU) 2016/679): handing it out (art. 15 and 20) and erasing it (art. 17). What the
//! law of procurement wants kept, such as the audit log, tenders and questions, is kept without saying whose it is
//! (art. 17(3)(b)).

use serde::Serialize;
use serde_json::{Value, json};

use super::store::{self, Locked, members::Member, persons};
use crate::{
    auth::{Actor, policy},
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// All that is stored of the person who asks.
pub async fn data(database: &Database, actor: &Actor) -> Fallible<Value> {
    let person = policy::in_person(actor)?.id;
    let data = persons::personal_data(&database.pool, person).await?;
    Ok(data.unwrap_or_default())
}

/// An erasure.
#[derive(Debug, Serialize)]
pub struct Erase {
    /// Who; `None`: the actor.
    pub person: Option<PersonId>,
}

/// Erases a person: oneself, or anybody if one administers the marketplace. Organisations of which they are the only
/// member are closed; the last owner of one with other members is refused.
pub async fn erase(
    database: &Database,
    actor: &Actor,
    command: Erase,
    key: Option<&IdempotencyKey>,
) -> Fallible<PersonId> {
    let own = policy::in_person(actor)?.id;
    let person = command.person.unwrap_or(own);
    if person != own {
        policy::admin(actor)?;
    }
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay_own("erasePerson", key, &command).await? {
        return Ok(first);
    }
    if !persons::lock(work.connection(), person).await? {
        return Err(Refusal::not_found("personId", "person").into());
    }
    let closed = close_empty(&mut work, person).await?;
    let now = work.now().await?;
    persons::erase(work.connection(), person, now).await?;
    work.audit("person.erase", person.0, json!({ "closed": closed }))
        .await?;
    work.commit(&person).await?;
    Ok(person)
}

/// Closes the organisations that nobody else belongs to. Refused when another would be left without an owner.
async fn close_empty(work: &mut UnitOfWork, person: PersonId) -> Fallible<Vec<OrganisationId>> {
    let mut ownerless = Vec::new();
    let mut closed = Vec::new();
    for id in persons::organisations_of(work.connection(), person).await? {
        let Some(organisation) = store::lock(work.connection(), id).await? else {
            continue;
        };
        let members = store::members::of_locked(work.connection(), id).await?;
        match fate(&members, person) {
            Fate::Stays => {}
            Fate::Ownerless => ownerless.push(organisation),
            Fate::Closes => {
                let now = work.now().await?;
                store::close(work.connection(), id, now).await?;
                work.audit("organisation.close", id.0, json!({})).await?;
                closed.push(id);
            }
        }
    }
    check_owners(&ownerless)?;
    Ok(closed)
}

fn check_owners(ownerless: &[Locked]) -> Result<(), Refusal> {
    if ownerless.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = ownerless.iter().map(|found| found.name.as_str()).collect();
    let message = format!(
        "nobody else owns {}; make another member an owner there first",
        names.join(", ")
    );
    Err(Refusal::new(Code::LastOwner, message))
}

/// What becomes of an organisation when a member goes.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    Closes,
    Ownerless,
}

fn fate(members: &[Member], leaving: PersonId) -> Fate {
    let owned = members
        .iter()
        .any(|member| member.person == leaving && member.is_owner());
    let mut others = members
        .iter()
        .filter(|member| member.person != leaving)
        .peekable();
    if others.peek().is_none() {
        return Fate::Closes;
    }
    match owned && !others.any(Member::is_owner) {
        true => Fate::Ownerless,
        false => Fate::Stays,
    }
}
