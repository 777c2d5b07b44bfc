//! Rules: who may do or read something, and how that is said to those who read the schema.

use super::{
    BuyerAction, SupplierAction, admin, any_buyer, buyer, describer, in_person, owner, supplier,
};
use crate::{
    auth::{
        actor::{Actor, Role},
        key::Scope,
    },
    kernel::ids::{OrganisationId, PersonId},
};

/// Who may do or read something. What each means of a thing is [`Rule::admits`]; [`Rule::audience`] says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A field at the root: everyone. A field of a thing: whoever reads the thing.
    Everyone,
    /// Anybody with a token or an API key.
    SignedIn,
    /// Anybody with a token of their own.
    InPerson,
    /// The marketplace's administrators.
    Administrator,
    /// The person it is about.
    Oneself,
    /// The person it is about, and administrators; in person.
    OneselfOrAdministrator,
    /// Members of the organisation, whichever they act for.
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
    /// Everyone if the organisation chose so, else nobody.
    Named,
    /// Members of the organisation whose it is, acting for it.
    Own,
    /// Members of the supplier whose it is, with a role.
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
    /// Everyone once it is published, before that members of the organisation whose it is.
    Thing,
    /// Everyone once it is published, before that [`Rule::Buyer`].
    Published(BuyerAction),
    /// Everyone once the round has ended, before that [`Rule::Buyer`].
    Ended(BuyerAction),
    /// Everyone once the buyer released it, before that who asked and the buyer's members.
    Released,
    /// What is no business secret: whoever reads the thing. What is: [`Rule::Buyer`].
    Secret(BuyerAction),
    /// Everyone if nobody has to register, else the buyer's members and those of whoever registered.
    Registered,
}

/// Of what a rule is asked: whose it is, and whether it is out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The buyer whose procurement it belongs to.
    pub buyer: Option<OrganisationId>,
    /// The joint buyers that the draft or the notice in force names.
    pub joint: &'a [OrganisationId],
    /// Those that the notice in force names.
    pub joint_in_force: &'a [OrganisationId],
    /// The organisation itself; or those whose it is: who asked, contributed, tendered, registered.
    pub whose: &'a [OrganisationId],
    /// The person it is about.
    pub person: Option<PersonId>,
    /// Is it out: published, released, ended, made public by choice, as the rule has it?
    pub out: bool,
}

impl Rule {
    /// Does the rule let the actor do or read it?
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

    /// For whom it is, to follow the word "For". For what is for everyone, `None`.
    pub fn audience(self) -> Option<String> {
        let with = |whose: &str, roles: &[Role], scopes: &[Scope]| {
            let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            let roles = match roles.as_slice() {
                [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
                few => few.concat(),
            };
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            let scopes = scopes.join(" or ");
            format!(
                "members of {whose} with the role {roles}, acting for it (API keys with the scope {scopes})"
            )
        };
        let of_buyer = |action: BuyerAction| with("the buyer", action.roles(), action.scopes());
        let of_supplier =
            |whose: &str, action: SupplierAction| with(whose, action.roles(), action.scopes());
        let describers = || with("the organisation", &[Role::Owner], &[Scope::Organisation]);
        let administrators = "administrators of the marketplace";
        let members = "members of the organisation, whichever they act for";
        Some(match self {
            Self::Everyone => return None,
            Self::SignedIn => "anybody who is signed in".to_owned(),
            Self::InPerson => "anybody who is signed in; API keys excepted".to_owned(),
            Self::Administrator => administrators.to_owned(),
            Self::Oneself => "oneself".to_owned(),
            Self::OneselfOrAdministrator => {
                format!("oneself, and for {administrators}; API keys excepted")
            }
            Self::Member => members.to_owned(),
            Self::MemberInPerson => format!("{members}; API keys excepted"),
            Self::MemberOrAdministrator => format!("{members}, and for {administrators}"),
            Self::Owner => {
                "members of the organisation with the role OWNER, acting for it; API keys excepted"
                    .to_owned()
            }
            Self::Describer => describers(),
            Self::DescriberOrAdministrator => format!("{}, and for {administrators}", describers()),
            Self::Profile => format!(
                "everyone, where the profile is public; else for {members}, and for {administrators}"
            ),
            Self::Named => "everyone, where the organisation chose to be named".to_owned(),
            Self::Own => "members of the organisation whose it is, acting for it".to_owned(),
            Self::OwnWith(action) => of_supplier("the supplier whose it is", action),
            Self::Supplier(action) => {
                of_supplier("a company, nonprofit or social enterprise", action)
            }
            Self::AnyBuyer(action) => with("a buyer", action.roles(), action.scopes()),
            Self::JointBuyer(action) => with("a joint buyer", action.roles(), action.scopes()),
            Self::Buyer(BuyerAction::Publish) => format!(
                "{}; the marketplace has to have verified it (NOT_VERIFIED)",
                of_buyer(BuyerAction::Publish)
            ),
            Self::Buyer(action) => of_buyer(action),
            Self::BuyerMember => "members of the buyer, acting for it".to_owned(),
            Self::Buyers => "members of the buyer and of joint buyers, acting for it".to_owned(),
            Self::BuyersWith(action) => with(
                "the buyer, and of joint buyers that the notice in force names,",
                action.roles(),
                action.scopes(),
            ),
            Self::Notice => {
                "everyone once it is published; before, for members of the buyer and of joint buyers, acting for it"
                    .to_owned()
            }
            Self::Thing => {
                "everyone once it is published; before, for members of the organisation whose it is, acting for it"
                    .to_owned()
            }
            Self::Published(action) => format!(
                "everyone once they are published; before, for {}",
                of_buyer(action)
            ),
            Self::Ended(action) => format!(
                "everyone once the round has ended; before, for {}",
                of_buyer(action)
            ),
            Self::Released => {
                "everyone once the question is released; before, for members of the buyer and of the organisation that \
                 asked, acting for it"
                    .to_owned()
            }
            Self::Secret(action) => format!(
                "whoever reads the contribution; business secrets for {}",
                of_buyer(action)
            ),
            Self::Registered => {
                "everyone, where nobody has to register; else for members of the buyer and of organisations that \
                 registered, acting for it"
                    .to_owned()
            }
        })
    }
}
