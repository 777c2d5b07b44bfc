//! Rules: who may do or read something.

use super::{
    BuyerAction, SupplierAction, admin, any_buyer, buyer, describer, in_person, owner, supplier,
};
use crate::{
    auth::actor::Actor,
    kernel::ids::{OrganisationId, PersonId},
};

/// Rule that decides who may do or read something. [`Rule::admits`] evaluates it,
/// [`Rule::audience`] describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Everyone; for a field of an object, any reader of the object.
    Everyone,
    /// Any actor with a token or an API key.
    SignedIn,
    /// Any person with a token; no API keys.
    InPerson,
    /// The marketplace's administrators.
    Administrator,
    /// The person it is about.
    Oneself,
    /// The person it is about, and administrators; in person.
    OneselfOrAdministrator,
    /// Members of the organisation, whichever organisation they act for.
    Member,
    /// The same, in person.
    MemberInPerson,
    /// [`Rule::Member`], and administrators.
    MemberOrAdministrator,
    /// Owners of the organisation, acting for it in person.
    Owner,
    /// Owners of the organisation, acting for it.
    Describer,
    /// The same, and administrators.
    DescriberOrAdministrator,
    /// Everyone if the organisation chose so, else its members and administrators.
    Profile,
    /// Everyone if the organisation chose so, else no one.
    Named,
    /// Members of the organisation that it belongs to, acting for it.
    Own,
    /// Members of the supplier that it belongs to, with a role.
    OwnWith(SupplierAction),
    /// Members of any supplier, with a role.
    Supplier(SupplierAction),
    /// Members of any buyer, with a role.
    AnyBuyer(BuyerAction),
    /// Members of a joint buyer that it names, with a role.
    JointBuyer(BuyerAction),
    /// Members of its buyer, with a role.
    Buyer(BuyerAction),
    /// Members of its buyer.
    BuyerMember,
    /// Members of its buyer and of all joint buyers, of the draft's too.
    Buyers,
    /// Members of its buyer and of the joint buyers that the notice in force names, with a role.
    BuyersWith(BuyerAction),
    /// Everyone once it is published, before that [`Rule::Buyers`].
    Notice,
    /// Everyone once it is published, before that members of the organisation that it belongs to.
    Thing,
    /// Everyone once it is published, before that [`Rule::Buyer`].
    Published(BuyerAction),
    /// Everyone once the round has ended, before that [`Rule::Buyer`].
    Ended(BuyerAction),
    /// Everyone once the buyer released it, before that the asker's and the buyer's members.
    Released,
    /// Business secrets: [`Rule::Buyer`]. Everything else: any reader of the object.
    Secret(BuyerAction),
    /// Everyone if no registration is needed, else members of the buyer and of registered
    /// organisations.
    Registered,
}

/// The resource that a rule is evaluated against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// Buyer of the procurement that it belongs to.
    pub buyer: Option<OrganisationId>,
    /// Joint buyers that the draft or the notice in force names.
    pub joint: &'a [OrganisationId],
    /// Joint buyers that the notice in force names.
    pub joint_in_force: &'a [OrganisationId],
    /// The organisation itself, or the organisations that it belongs to: askers, contributors,
    /// tenderers, registered organisations.
    pub whose: &'a [OrganisationId],
    /// Person it is about.
    pub person: Option<PersonId>,
    /// Whether it is public: published, released, ended or made public by choice, as the rule
    /// needs.
    pub out: bool,
}

impl Rule {
    /// Returns whether the rule allows the actor to do or read it.
    pub fn admits(self, actor: &Actor, of: &Subject<'_>) -> bool {
        let acts = |organisation: &OrganisationId| actor.acts_for(*organisation);
        let belongs = |organisation: &OrganisationId| actor.belongs_to(*organisation);
        let person = actor.person().map(|person| person.id);
        match self {
            Self::Everyone => true,
            Self::SignedIn => person.is_some(),
            Self::InPerson => in_person(actor).is_ok(),
            Self::Administrator => admin(actor).is_ok(),
            Self::Oneself => person.is_some() && person == of.person,
            Self::OneselfOrAdministrator => {
                in_person(actor).is_ok()
                    && (Self::Oneself.admits(actor, of) || admin(actor).is_ok())
            }
            Self::Member => of.whose.iter().any(belongs),
            Self::MemberInPerson => in_person(actor).is_ok() && Self::Member.admits(actor, of),
            Self::MemberOrAdministrator => Self::Member.admits(actor, of) || admin(actor).is_ok(),
            Self::Owner => of.whose.iter().any(|one| owner(actor, *one).is_ok()),
            Self::Describer => of.whose.iter().any(|one| describer(actor, *one).is_ok()),
            Self::DescriberOrAdministrator => {
                Self::Describer.admits(actor, of) || admin(actor).is_ok()
            }
            Self::Profile => of.out || Self::MemberOrAdministrator.admits(actor, of),
            Self::Named => of.out,
            Self::Own => of.whose.iter().any(acts),
            Self::OwnWith(action) => {
                supplier(actor, action).is_ok_and(|(_, acting)| of.whose.contains(&acting))
            }
            Self::Supplier(action) => supplier(actor, action).is_ok(),
            Self::AnyBuyer(action) => any_buyer(actor, action).is_ok(),
            Self::JointBuyer(action) => {
                any_buyer(actor, action).is_ok_and(|(_, acting)| of.joint.contains(&acting))
            }
            Self::Buyer(action) => of
                .buyer
                .is_some_and(|one| buyer(actor, one, action).is_ok()),
            Self::BuyerMember => of.buyer.is_some_and(|one| acts(&one)),
            Self::Buyers => of.buyer.iter().chain(of.joint).any(acts),
            Self::BuyersWith(action) => {
                let mut buyers = of.buyer.iter().chain(of.joint_in_force);
                buyers.any(|one| buyer(actor, *one, action).is_ok())
            }
            Self::Notice => of.out || Self::Buyers.admits(actor, of),
            Self::Thing => of.out || Self::Buyers.admits(actor, of) || Self::Own.admits(actor, of),
            Self::Published(action) | Self::Ended(action) | Self::Secret(action) => {
                of.out || Self::Buyer(action).admits(actor, of)
            }
            Self::Released | Self::Registered => {
                of.out || Self::BuyerMember.admits(actor, of) || Self::Own.admits(actor, of)
            }
        }
    }
}
