//! A person's own data (Regulation (EU) 2016/679): its export (art. 15 and 20) and its erasure
//! (art. 17). Records that procurement law requires to be kept, such as the audit log, tenders and
//! questions, are kept without the person's name (art. 17(3)(b)).

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    members::owners,
    rules::members::{Departure, departure},
    store::{self, Locked, members::Member, persons},
};
use crate::{
    auth::{
        Actor,
        policy::{self, Mutation, mutation::InPerson},
    },
    database::{Database, UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, PersonId},
        message::Parameter,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Returns all data stored about the person who asks.
pub async fn data(database: &Database, actor: &Actor) -> Fallible<Value> {
    let person = policy::in_person(actor)?.id;
    let data = persons::personal_data(&database.pool, person).await?;
    Ok(data.unwrap_or_default())
}

/// Erases a person: the actor, or any person if the actor is an administrator. Organisations of
/// which they are the only member are closed; the last owner of an organisation with other members
/// is refused.
#[derive(Debug, Serialize)]
pub struct ErasePerson {
    /// The person; `None`: the actor.
    pub person: Option<PersonId>,
    /// The word `ERASE`, against mistakes.
    #[serde(skip)]
    pub confirm: String,
}

/// An organisation that the person is a member of, and its members.
type Membership = (OrganisationId, Locked, Vec<Member>);

impl UseCase for ErasePerson {
    type Access = InPerson;
    const MUTATION: Mutation<InPerson> =
        Mutation::oneself_or_administrator("erasePerson").replayed_per_person();
    type Target = Vec<Membership>;
    type Output = PersonId;

    fn validate(&self, actor: &Actor, own: &PersonId) -> Fallible<()> {
        if self.confirm != "ERASE" {
            let message = "an erasure cannot be undone; write ERASE to confirm it";
            return Err(Refusal::at(Code::Invalid, &["confirm"], message).into());
        }
        if self.person.is_some_and(|person| person != *own) {
            policy::admin(actor)?;
        }
        Ok(())
    }

    async fn lock(&self, work: &mut UnitOfWork, own: &PersonId) -> Fallible<Vec<Membership>> {
        let person = self.person.unwrap_or(*own);
        if !persons::lock(work.connection(), person).await? {
            return Err(Refusal::not_found("personId", "person").into());
        }
        let mut locked = Vec::new();
        for id in persons::organisations_of(work.connection(), person).await? {
            if let Some(organisation) = store::lock(work.connection(), id).await? {
                let members = store::members::of_locked(work.connection(), id).await?;
                locked.push((id, organisation, members));
            }
        }
        Ok(locked)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        own: &PersonId,
        memberships: Vec<Membership>,
        now: DateTime<Utc>,
    ) -> Fallible<PersonId> {
        let person = self.person.unwrap_or(*own);
        let closing = closing(&memberships, person)?;
        for id in &closing {
            store::close(work.connection(), *id, now).await?;
            work.audit("organisation.close", id.0, json!({}));
        }
        persons::erase(work.connection(), person, now).await?;
        let detail = json!({ "closed": closing });
        work.audit("person.erase", person.0, detail);
        Ok(person)
    }
}

/// Returns the organisations that have no other member, or refuses if another organisation would
/// have no owner.
fn closing(memberships: &[Membership], person: PersonId) -> Result<Vec<OrganisationId>, Refusal> {
    let mut ownerless = Vec::new();
    let mut closing = Vec::new();
    for (id, organisation, members) in memberships {
        let all: Vec<PersonId> = members.iter().map(|member| member.person).collect();
        match departure(&all, &owners(members), person) {
            Departure::Continues => {}
            Departure::Closes => closing.push(*id),
            Departure::LeavesNoOwner => ownerless.push(organisation.name.as_str()),
        }
    }
    if ownerless.is_empty() {
        return Ok(closing);
    }
    let message = message!(
        "{allowed} would have no owner; make another member an owner there first",
        allowed = Parameter::list(ownerless),
    );
    Err(Refusal::new(Code::LastOwner, message))
}
