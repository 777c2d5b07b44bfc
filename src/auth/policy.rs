//! What actors may do: one pure table of actions, the roles they need, and the scopes that API keys need beside them; and
//! one of whom each field of the schema is for.

mod audience;
pub mod rule;
pub mod table;

pub use rule::{Rule, Subject};

use super::{
    actor::{Actor, Membership, OrganisationKind, Person, Role},
    key::Scope,
};
use crate::kernel::{
    ids::OrganisationId,
    refusal::{Code, Refusal},
};

/// What a buyer's member does with the buyer's own procurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuyerAction {
    /// Start or edit a draft.
    Edit,
    /// Publish a notice, end a procurement.
    Publish,
    /// Open or run a dialogue, answer in it.
    RunDialogue,
    /// Open the tenders.
    OpenTenders,
    /// Read opened tenders.
    ReadTenders,
    /// Decide who wins.
    Award,
}

impl BuyerAction {
    /// One of these roles is needed.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Edit | Self::RunDialogue => &[Role::Editor, Role::Publisher],
            Self::Publish | Self::Award => &[Role::Publisher],
            Self::OpenTenders => &[Role::Opener],
            Self::ReadTenders => &[Role::Opener, Role::Publisher, Role::Editor],
        }
    }

    /// An API key needs this scope beside the role.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Edit | Self::Publish => &[Scope::Procurement],
            Self::RunDialogue => &[Scope::Dialogue],
            Self::OpenTenders | Self::ReadTenders | Self::Award => &[Scope::Tender],
        }
    }
}

/// What a supplier's member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupplierAction {
    /// Ask in a dialogue.
    Ask,
    /// Answer a dialogue's questionnaire; it binds nobody.
    Contribute,
    /// Submit or withdraw a tender.
    Tender,
    /// Say in public that it would bid with others.
    SeekPartners,
}

impl SupplierAction {
    /// One of these roles is needed.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Ask | Self::Contribute | Self::SeekPartners => {
                &[Role::Owner, Role::Signatory, Role::Contributor]
            }
            Self::Tender => &[Role::Owner, Role::Signatory],
        }
    }

    /// An API key needs this scope beside the role.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Ask | Self::Contribute => &[Scope::Dialogue],
            Self::Tender | Self::SeekPartners => &[Scope::Tender],
        }
    }
}

/// The signed-in person or API key, or the refusal that asks for a token.
pub fn signed_in(actor: &Actor) -> Result<&Person, Refusal> {
    actor.person().ok_or_else(|| {
        Refusal::new(
            Code::NotAuthenticated,
            "sign in first: send `Authorization: Bearer <token>`",
        )
    })
}

/// The signed-in person. An API key is its organisation's, and does nothing that is a person's own.
pub fn in_person(actor: &Actor) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if person.key.is_none() {
        return Ok(person);
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "an API key cannot do this; a person has to, with a token of their own",
    ))
}

/// May the actor do this for this buyer? Answers the person.
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
            "the marketplace has not verified this buyer yet; drafts can be written meanwhile. Ask its administrators \
             to verify the buyer, and publish then",
        ));
    }
    Ok(person)
}

/// May the actor manage this organisation, its members and its API keys? Its owners may, acting for it and in person.
/// Answers the person.
pub fn owner(actor: &Actor, organisation: OrganisationId) -> Result<&Person, Refusal> {
    in_person(actor)?;
    describer(actor, organisation)
}

/// May the actor write what this organisation says of itself? Its owners may, acting for it. Answers the person.
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
            "you act for another organisation; say so with the header `Torg-Acting-For: <organisation ID>`",
        ));
    }
    require(person, membership, &[Role::Owner], &[Scope::Organisation])
}

/// Does the actor administer the marketplace? Answers the person.
pub fn admin(actor: &Actor) -> Result<&Person, Refusal> {
    let person = signed_in(actor)?;
    if person.admin {
        return Ok(person);
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "only the marketplace's administrators may do this; ask them",
    ))
}

/// May the actor do this for a buyer of their own? Answers the person and the buyer.
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

/// May the actor do this for a supplier of their own? Answers the person and the supplier.
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

/// May the actor upload documents for the organisation they act for, of whatever kind? Answers the person and the
/// organisation. Those may who write for it: a buyer's drafts, a supplier's part in a dialogue.
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
            "you belong to no organisation here; accept an invitation of its owner's, or create your own"
        } else {
            "you belong to several organisations; say for which you act with the header `Torg-Acting-For: <organisation ID>`"
        };
        Refusal::new(Code::NotAllowed, message)
    })
}

/// One of the roles is needed; and of an API key one of the scopes too.
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
            "this needs an API key with the scope {}; an owner of the organisation can make one",
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

    /// A key with every role and this scope beside READ.
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
