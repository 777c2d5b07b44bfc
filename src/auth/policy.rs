//! What actors may do: the roles that each action needs, the scopes that API keys need in addition,
//! the declarations of mutations ([`mutation`]), and the table of who may read each field of the
//! schema ([`table`]). Everything here is pure.

mod audience;
pub mod mutation;
pub mod rule;
pub mod table;

pub use mutation::{Declaration, Mutation};
pub use rule::{Rule, Subject};

use super::{
    actor::{Actor, Membership, OrganisationKind, Person, Role},
    key::Scope,
};
use crate::kernel::{
    ids::OrganisationId,
    refusal::{Code, Refusal},
};

/// Action of a buyer's member on the buyer's own procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuyerAction {
    /// Create or edit a draft.
    Edit,
    /// Publish a notice, end a procurement.
    Publish,
    /// Open or run a dialogue, answer questions in it.
    RunDialogue,
    /// Open the tenders.
    OpenTenders,
    /// Read opened tenders.
    ReadTenders,
    /// Award a lot.
    Award,
}

impl BuyerAction {
    /// Returns the roles of which the action needs one.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Edit | Self::RunDialogue => &[Role::Editor, Role::Publisher],
            Self::Publish | Self::Award => &[Role::Publisher],
            Self::OpenTenders => &[Role::Opener],
            Self::ReadTenders => &[Role::Opener, Role::Publisher, Role::Editor],
        }
    }

    /// Returns the scopes of which an API key needs one in addition to the role.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Edit | Self::Publish => &[Scope::Procurement],
            Self::RunDialogue => &[Scope::Dialogue],
            Self::OpenTenders | Self::ReadTenders | Self::Award => &[Scope::Tender],
        }
    }
}

/// Action of a supplier's member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupplierAction {
    /// Ask a question in a dialogue.
    Ask,
    /// Answer a dialogue's questionnaire, which is not binding.
    Contribute,
    /// Submit or withdraw a tender.
    Tender,
    /// Declare in public an interest in joint bids.
    SeekPartners,
}

impl SupplierAction {
    /// Returns the roles of which the action needs one.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Ask | Self::Contribute | Self::SeekPartners => {
                &[Role::Owner, Role::Signatory, Role::Contributor]
            }
            Self::Tender => &[Role::Owner, Role::Signatory],
        }
    }

    /// Returns the scopes of which an API key needs one in addition to the role.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Ask | Self::Contribute => &[Scope::Dialogue],
            Self::Tender | Self::SeekPartners => &[Scope::Tender],
        }
    }
}

/// Returns the signed-in person or API key, or refuses.
pub fn signed_in(actor: &Actor) -> Result<&Person, Refusal> {
    actor.person().ok_or_else(|| {
        Refusal::new(
            Code::NotAuthenticated,
            "sign in first: send `Authorization: Bearer <token>`",
        )
    })
}

/// Returns the signed-in person, or refuses. An API key belongs to its organisation and must not
/// act for a person.
pub fn in_person(actor: &Actor) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if person.key.is_none() {
        return Ok(person);
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "an API key cannot do this; sign in as a person and send that token",
    ))
}

/// Returns the person if they may do this for this buyer, or refuses.
pub fn buyer(
    actor: &Actor,
    buyer: OrganisationId,
    action: BuyerAction,
) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    if membership.organisation != buyer {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only members of the procurement's buyer may do this, acting for the buyer",
        ));
    }
    require(person, membership, action.roles(), action.scopes())?;
    if action == BuyerAction::Publish && !membership.verified {
        return Err(Refusal::new(
            Code::NotVerified,
            "the marketplace has not verified this buyer yet; save drafts, ask the marketplace's \
             administrators to verify the buyer, and publish then",
        ));
    }
    Ok(person)
}

/// Returns the person if they may manage this organisation, its members and its API keys, or refuses.
/// Its owners may, acting for it and in person.
pub fn owner(actor: &Actor, organisation: OrganisationId) -> Result<&Person, Refusal> {
    in_person(actor)?;
    describer(actor, organisation)
}

/// Returns the person if they may change this organisation's description, or refuses. Its owners may,
/// acting for it.
pub fn describer(actor: &Actor, organisation: OrganisationId) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if !actor.belongs_to(organisation) {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only an owner of the organisation may do this",
        ));
    }
    let membership = acting(person)?;
    if membership.organisation != organisation {
        return Err(Refusal::new(
            Code::NotAllowed,
            "you act for another organisation; send the header `Torg-Acting-For: <organisation ID>`",
        ));
    }
    require(person, membership, &[Role::Owner], &[Scope::Organisation])
}

/// Returns the person if they administer the marketplace, or refuses.
pub fn admin(actor: &Actor) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if person.admin {
        return Ok(person);
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "only administrators of the marketplace may do this; ask one of them",
    ))
}

/// Returns the person and the buyer they act for if they may do this for it, or refuses.
pub fn any_buyer(actor: &Actor, action: BuyerAction) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    if membership.kind != OrganisationKind::Buyer {
        return Err(Refusal::new(
            Code::NotAllowed,
            "only members of a buyer may do this, acting for the buyer",
        ));
    }
    require(person, membership, action.roles(), action.scopes())
        .map(|p| (p, membership.organisation))
}

/// Returns the person and the supplier they act for if they may do this for it, or refuses.
pub fn supplier(
    actor: &Actor,
    action: SupplierAction,
) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    if membership.kind == OrganisationKind::Buyer {
        return Err(Refusal::new(
            Code::NotAllowed,
            "buyers do not ask or tender here; act for a company, nonprofit or social enterprise",
        ));
    }
    require(person, membership, action.roles(), action.scopes())
        .map(|p| (p, membership.organisation))
}

/// Returns the person and the organisation they act for if they may upload documents for it, or
/// refuses. Members who write for an organisation may: a buyer's drafts, a supplier's part in a
/// dialogue.
pub fn uploader(actor: &Actor) -> Result<(&Person, OrganisationId), Refusal> {
    let person = signed_in(actor)?;
    let membership = acting(person)?;
    let (roles, scopes): (_, &[Scope]) = match membership.kind {
        OrganisationKind::Buyer => {
            let scopes = &[Scope::Procurement, Scope::Dialogue];
            (BuyerAction::Edit.roles(), scopes)
        }
        _ => (
            SupplierAction::Ask.roles(),
            &[Scope::Dialogue, Scope::Tender],
        ),
    };
    require(person, membership, roles, scopes).map(|p| (p, membership.organisation))
}

fn acting(person: &Person) -> Result<&Membership, Refusal> {
    person.acting().ok_or_else(|| {
        let message = if person.memberships.is_empty() {
            "you belong to no organisation; accept an invitation from an owner, or create an organisation"
        } else {
            "you belong to several organisations; name the one you act for in the header `Torg-Acting-For: <organisation ID>`"
        };
        Refusal::new(Code::NotAllowed, message)
    })
}

/// Refuses a member without one of the roles, and an API key without one of the scopes.
fn require<'a>(
    person: &'a Person,
    membership: &Membership,
    needed: &[Role],
    scopes: &[Scope],
) -> Result<&'a Person, Refusal> {
    if membership.has_any(needed) {
        return require_scope(person, scopes);
    }
    let names: Vec<&str> = needed.iter().map(|role| role.as_str()).collect();
    Err(Refusal::new(
        Code::NotAllowed,
        format!(
            "this needs the role {} in the organisation you act for",
            names.join(" or ")
        ),
    ))
}

fn require_scope<'a>(person: &'a Person, needed: &[Scope]) -> Result<&'a Person, Refusal> {
    let has = |scopes: &[Scope]| needed.iter().any(|scope| scopes.contains(scope));
    if person.key.as_ref().is_none_or(|key| has(&key.scopes)) {
        return Ok(person);
    }
    let names: Vec<&str> = needed.iter().map(|scope| scope.as_str()).collect();
    Err(Refusal::new(
        Code::NotAllowed,
        format!(
            "this needs an API key with the scope {}; an owner of the organisation can create one",
            names.join(" or ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::{key::Key, permission::Permission},
        kernel::ids::{ApiKeyId, PersonId},
    };

    fn member(kind: OrganisationKind, roles: &[Role]) -> (Actor, OrganisationId) {
        let organisation = OrganisationId::new();
        let person = Person {
            id: PersonId::new(),
            name: "Test".into(),
            admin: false,
            memberships: vec![Membership {
                organisation,
                kind,
                roles: roles.to_vec(),
                verified: true,
            }],
            acting_for: Some(organisation),
            key: None,
        };
        (Actor::Person(person), organisation)
    }

    const ALL_ROLES: [Role; 6] = [
        Role::Owner,
        Role::Editor,
        Role::Publisher,
        Role::Opener,
        Role::Signatory,
        Role::Contributor,
    ];

    #[test]
    fn each_buyer_action_needs_one_of_its_roles_and_no_other() {
        for action in [
            BuyerAction::Edit,
            BuyerAction::Publish,
            BuyerAction::RunDialogue,
            BuyerAction::OpenTenders,
            BuyerAction::ReadTenders,
            BuyerAction::Award,
        ] {
            for role in ALL_ROLES {
                let (actor, own) = member(OrganisationKind::Buyer, &[role]);
                let allowed = action.roles().contains(&role);
                assert_eq!(
                    buyer(&actor, own, action).is_ok(),
                    allowed,
                    "{action:?} {role:?}"
                );
                assert!(buyer(&actor, OrganisationId::new(), action).is_err());
            }
            assert!(buyer(&Actor::Anonymous, OrganisationId::new(), action).is_err());
        }
    }

    #[test]
    fn those_upload_who_write_for_their_organisation() {
        let buyers = [Role::Editor, Role::Publisher];
        let suppliers = [Role::Owner, Role::Signatory, Role::Contributor];
        for (kind, roles) in [
            (OrganisationKind::Buyer, buyers.as_slice()),
            (OrganisationKind::Company, &suppliers),
            (OrganisationKind::Nonprofit, &suppliers),
            (OrganisationKind::SocialEnterprise, &suppliers),
        ] {
            for role in ALL_ROLES {
                let (actor, own) = member(kind, &[role]);
                let may = uploader(&actor).ok().map(|(_, organisation)| organisation);
                assert_eq!(
                    may,
                    roles.contains(&role).then_some(own),
                    "{kind:?} {role:?}"
                );
            }
        }
        assert!(uploader(&Actor::Anonymous).is_err());
    }

    #[test]
    fn each_supplier_action_needs_one_of_its_roles_and_a_supplier() {
        for action in [
            SupplierAction::Ask,
            SupplierAction::Contribute,
            SupplierAction::Tender,
            SupplierAction::SeekPartners,
        ] {
            for role in ALL_ROLES {
                for kind in [
                    OrganisationKind::Company,
                    OrganisationKind::Nonprofit,
                    OrganisationKind::SocialEnterprise,
                ] {
                    let (actor, _) = member(kind, &[role]);
                    assert_eq!(
                        supplier(&actor, action).is_ok(),
                        action.roles().contains(&role)
                    );
                }
                let (of_buyer, _) = member(OrganisationKind::Buyer, &[role]);
                assert!(supplier(&of_buyer, action).is_err());
            }
            assert!(supplier(&Actor::Anonymous, action).is_err());
        }
    }

    #[test]
    fn an_unverified_buyer_does_all_but_publish() {
        let (actor, own) = member(OrganisationKind::Buyer, &ALL_ROLES);
        let Actor::Person(mut person) = actor else {
            panic!("a person acts")
        };
        person.memberships[0].verified = false;
        let actor = Actor::Person(person);
        for (action, code) in [
            (BuyerAction::Edit, None),
            (BuyerAction::RunDialogue, None),
            (BuyerAction::Publish, Some(Code::NotVerified)),
        ] {
            let refused = buyer(&actor, own, action).err();
            assert_eq!(refused.map(|refusal| refusal.code), code, "{action:?}");
        }
    }

    #[test]
    fn owners_manage_the_organisation_they_act_for() {
        for role in ALL_ROLES {
            let (actor, own) = member(OrganisationKind::Nonprofit, &[role]);
            assert_eq!(owner(&actor, own).is_ok(), role == Role::Owner, "{role:?}");
            assert!(owner(&actor, OrganisationId::new()).is_err());
        }
        let (actor, own) = member(OrganisationKind::Nonprofit, &[Role::Owner]);
        let Actor::Person(mut person) = actor else {
            panic!("a person acts")
        };
        person.acting_for = None;
        assert!(owner(&Actor::Person(person), own).is_err());
        assert!(owner(&Actor::Anonymous, own).is_err());
    }

    #[test]
    fn administering_takes_more_than_any_role() {
        let (actor, _) = member(OrganisationKind::Buyer, &ALL_ROLES);
        assert!(admin(&actor).is_err());
        assert!(admin(&Actor::Anonymous).is_err());
        let Actor::Person(mut person) = actor else {
            panic!("a person acts")
        };
        person.admin = true;
        assert!(admin(&Actor::Person(person)).is_ok());
    }

    /// An API key with every role, the scope READ and this scope.
    fn key(kind: OrganisationKind, scope: Scope) -> Actor {
        let (actor, _) = member(kind, Role::of(kind));
        let Actor::Person(mut person) = actor else {
            panic!("a key acts as a person does")
        };
        person.key = Some(Key {
            id: ApiKeyId::new(),
            scopes: vec![Scope::Read, scope],
        });
        Actor::Person(person)
    }

    #[test]
    fn each_scope_covers_its_own_and_no_scope_what_is_a_persons() {
        use Permission::*;
        let of_buyers = [
            (Scope::Read, vec![]),
            (
                Scope::Procurement,
                vec![EditProcurements, PublishNotices, UploadDocuments],
            ),
            (Scope::Dialogue, vec![RunDialogues, UploadDocuments]),
            (Scope::Tender, vec![OpenTenders, ReadTenders, AwardLots]),
            (Scope::Organisation, vec![DescribeOrganisation]),
        ];
        let of_suppliers = [
            (Scope::Read, vec![]),
            (Scope::Procurement, vec![]),
            (
                Scope::Dialogue,
                vec![AskQuestions, Contribute, UploadDocuments],
            ),
            (
                Scope::Tender,
                vec![SubmitTenders, SeekPartners, UploadDocuments],
            ),
            (Scope::Organisation, vec![DescribeOrganisation]),
        ];
        for (scope, may) in of_buyers {
            let key = key(OrganisationKind::Buyer, scope);
            assert_eq!(Permission::of(&key), may, "{scope:?}");
        }
        for (scope, may) in of_suppliers {
            let key = key(OrganisationKind::Nonprofit, scope);
            assert_eq!(Permission::of(&key), may, "{scope:?}");
        }
    }

    #[test]
    fn what_one_may_is_what_the_policy_lets_one() {
        use Permission::*;
        let of = |kind, roles: &[Role]| Permission::of(&member(kind, roles).0);
        let (buyer, company) = (OrganisationKind::Buyer, OrganisationKind::Company);
        assert_eq!(
            of(buyer, &[Role::Opener]),
            [OpenTenders, ReadTenders, ActInPerson]
        );
        assert_eq!(
            of(buyer, &[Role::Owner]),
            [DescribeOrganisation, ManageOrganisation, ActInPerson]
        );
        assert_eq!(
            of(company, &[Role::Contributor]),
            [
                AskQuestions,
                Contribute,
                SeekPartners,
                UploadDocuments,
                ActInPerson
            ]
        );
        assert_eq!(Permission::of(&Actor::Anonymous), []);
    }
}
