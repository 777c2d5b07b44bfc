//! The declaration of a mutation: its name, who may call it, how a repeated request is answered.
//!
//! Each use case declares its mutation once, as a typed value next to its code. The type of the
//! value decides what the use case knows about its caller.

use super::{
    BuyerAction, Rule, SupplierAction, admin, any_buyer, buyer, describer, in_person, owner,
    signed_in, supplier,
};
use crate::{
    auth::actor::{Actor, OrganisationKind, Person},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::Refusal,
    },
};

/// The name, rule and replay scope of a mutation.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// Name of the field of the schema's `Mutation` type.
    pub name: &'static str,
    /// Rule that decides who may call it.
    pub rule: Rule,
    /// Scope within which an idempotency key identifies a request.
    pub replay: ReplayScope,
}

/// Scope within which an idempotency key identifies a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayScope {
    /// The person and the organisation they act for.
    Organisation,
    /// The person alone: the mutation may change the organisation they act for.
    Person,
    /// None: the mutation takes no key, because repeating it changes nothing.
    Unkeyed,
}

/// A mutation and the check that its caller must pass before a transaction begins.
#[derive(Clone, Copy, Debug)]
pub struct Mutation<A> {
    declaration: Declaration,
    access: A,
}

impl<A: Access> Mutation<A> {
    const fn new(name: &'static str, rule: Rule, access: A) -> Self {
        Self {
            declaration: Declaration {
                name,
                rule,
                replay: ReplayScope::Organisation,
            },
            access,
        }
    }

    /// Returns the same mutation with the replay scope [`ReplayScope::Person`].
    pub const fn replayed_per_person(mut self) -> Self {
        self.declaration.replay = ReplayScope::Person;
        self
    }

    /// Returns the same mutation with the replay scope [`ReplayScope::Unkeyed`].
    pub const fn unkeyed(mut self) -> Self {
        self.declaration.replay = ReplayScope::Unkeyed;
        self
    }

    /// Returns the untyped declaration, for lists of mutations.
    pub const fn declaration(&self) -> Declaration {
        self.declaration
    }

    /// Checks the actor and returns the caller, or refuses.
    pub fn authorise(&self, actor: &Actor) -> Result<A::Caller, Refusal> {
        self.access.authorise(actor)
    }
}

impl Mutation<BySupplier> {
    /// Declares a mutation for members of any supplier.
    pub const fn supplier(name: &'static str, action: SupplierAction) -> Self {
        Self::new(name, Rule::Supplier(action), BySupplier(action))
    }

    /// Declares a mutation for members of the supplier that the target belongs to. The use case
    /// compares [`Member::organisation`] with the target's.
    pub const fn owning_supplier(name: &'static str, action: SupplierAction) -> Self {
        Self::new(name, Rule::OwnWith(action), BySupplier(action))
    }
}

impl Mutation<ByAnyBuyer> {
    /// Declares a mutation for members of any buyer.
    pub const fn any_buyer(name: &'static str, action: BuyerAction) -> Self {
        Self::new(name, Rule::AnyBuyer(action), ByAnyBuyer(action))
    }

    /// Declares a mutation for members of a joint buyer that the target names. The use case
    /// compares [`Member::organisation`] with the target's joint buyers.
    pub const fn joint_buyer(name: &'static str, action: BuyerAction) -> Self {
        Self::new(name, Rule::JointBuyer(action), ByAnyBuyer(action))
    }
}

impl Mutation<ByBuyer> {
    /// Declares a mutation for members of the buyer of the target, which is checked once the target
    /// is locked.
    pub const fn buyer(name: &'static str, action: BuyerAction) -> Self {
        Self::new(name, Rule::Buyer(action), ByBuyer(action))
    }
}

impl Mutation<ByOrganisation> {
    /// Declares a mutation for owners of the target organisation, in person.
    pub const fn owner(name: &'static str) -> Self {
        Self::of_organisation(name, Rule::Owner)
    }

    /// Declares a mutation for owners of the target organisation.
    pub const fn describer(name: &'static str) -> Self {
        Self::of_organisation(name, Rule::Describer)
    }

    /// Declares a mutation for owners of the target organisation and for administrators.
    pub const fn describer_or_administrator(name: &'static str) -> Self {
        Self::of_organisation(name, Rule::DescriberOrAdministrator)
    }

    const fn of_organisation(name: &'static str, rule: Rule) -> Self {
        Self::new(name, rule, ByOrganisation(rule))
    }
}

impl Mutation<InPerson> {
    /// Declares a mutation for any signed-in person, but not for API keys.
    pub const fn in_person(name: &'static str) -> Self {
        Self::new(name, Rule::InPerson, InPerson)
    }

    /// Declares a mutation for members of the target organisation, in person. The use case checks
    /// the membership.
    pub const fn member_in_person(name: &'static str) -> Self {
        Self::new(name, Rule::MemberInPerson, InPerson)
    }

    /// Declares a mutation for the person it is about and for administrators, in person. The use
    /// case checks which.
    pub const fn oneself_or_administrator(name: &'static str) -> Self {
        Self::new(name, Rule::OneselfOrAdministrator, InPerson)
    }
}

impl Mutation<ByAdministrator> {
    /// Declares a mutation for administrators of the marketplace.
    pub const fn administrator(name: &'static str) -> Self {
        Self::new(name, Rule::Administrator, ByAdministrator)
    }
}

/// A check that a caller must pass before a transaction begins.
pub trait Access: Copy + Send + Sync + 'static {
    /// Caller as the use case knows it after the check.
    type Caller: Send + Sync;

    /// Checks the actor and returns the caller, or refuses.
    fn authorise(self, actor: &Actor) -> Result<Self::Caller, Refusal>;
}

/// A member of an organisation with a role that allows the mutation, acting for that organisation.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The person or API key.
    pub person: PersonId,
    /// The organisation they act for.
    pub organisation: OrganisationId,
    /// Kind of the organisation.
    pub kind: OrganisationKind,
}

impl Member {
    fn new(person: &Person) -> Result<Self, Refusal> {
        let acting = super::acting(person)?;
        Ok(Self {
            person: person.id,
            organisation: acting.organisation,
            kind: acting.kind,
        })
    }
}

/// Access for members of a supplier.
#[derive(Clone, Copy, Debug)]
pub struct BySupplier(SupplierAction);

impl Access for BySupplier {
    type Caller = Member;

    fn authorise(self, actor: &Actor) -> Result<Member, Refusal> {
        Member::new(supplier(actor, self.0)?.0)
    }
}

/// Access for members of any buyer.
#[derive(Clone, Copy, Debug)]
pub struct ByAnyBuyer(BuyerAction);

impl Access for ByAnyBuyer {
    type Caller = Member;

    fn authorise(self, actor: &Actor) -> Result<Member, Refusal> {
        Member::new(any_buyer(actor, self.0)?.0)
    }
}

/// Access for members of the target's buyer.
#[derive(Clone, Copy, Debug)]
pub struct ByBuyer(BuyerAction);

impl Access for ByBuyer {
    type Caller = BuyerCaller;

    fn authorise(self, actor: &Actor) -> Result<BuyerCaller, Refusal> {
        Ok(BuyerCaller {
            person: signed_in(actor)?.id,
            action: self.0,
        })
    }
}

/// A signed-in caller who must be a member of the target's buyer. The use case calls
/// [`BuyerCaller::check`] once it has locked the target.
#[derive(Clone, Copy, Debug)]
pub struct BuyerCaller {
    /// The person or API key.
    pub person: PersonId,
    action: BuyerAction,
}

impl BuyerCaller {
    /// Refuses the actor unless they may do this for the buyer.
    pub fn check(&self, actor: &Actor, of: OrganisationId) -> Result<(), Refusal> {
        buyer(actor, of, self.action).map(drop)
    }
}

/// Access for owners of the target organisation.
#[derive(Clone, Copy, Debug)]
pub struct ByOrganisation(Rule);

impl Access for ByOrganisation {
    type Caller = OrganisationCaller;

    fn authorise(self, actor: &Actor) -> Result<OrganisationCaller, Refusal> {
        Ok(OrganisationCaller {
            person: signed_in(actor)?.id,
            rule: self.0,
        })
    }
}

/// A signed-in caller who must own the target organisation. The use case calls
/// [`OrganisationCaller::check`] once it has locked the organisation.
#[derive(Clone, Copy, Debug)]
pub struct OrganisationCaller {
    /// The person or API key.
    pub person: PersonId,
    rule: Rule,
}

impl OrganisationCaller {
    /// Refuses the actor unless they may do this with the organisation.
    pub fn check(&self, actor: &Actor, organisation: OrganisationId) -> Result<(), Refusal> {
        match self.rule {
            Rule::Describer => describer(actor, organisation).map(drop),
            Rule::DescriberOrAdministrator if actor.is_admin() => Ok(()),
            Rule::DescriberOrAdministrator => describer(actor, organisation).map(drop),
            _ => owner(actor, organisation).map(drop),
        }
    }
}

/// Access for any signed-in person; API keys are refused.
#[derive(Clone, Copy, Debug)]
pub struct InPerson;

impl Access for InPerson {
    type Caller = PersonId;

    fn authorise(self, actor: &Actor) -> Result<PersonId, Refusal> {
        Ok(in_person(actor)?.id)
    }
}

/// Access for administrators of the marketplace.
#[derive(Clone, Copy, Debug)]
pub struct ByAdministrator;

impl Access for ByAdministrator {
    type Caller = PersonId;

    fn authorise(self, actor: &Actor) -> Result<PersonId, Refusal> {
        Ok(admin(actor)?.id)
    }
}
