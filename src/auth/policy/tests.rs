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

const ALL_ROLES: [Role; 7] = [
    Role::Owner,
    Role::Editor,
    Role::Publisher,
    Role::Opener,
    Role::Auditor,
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
        BuyerAction::Evaluate,
        BuyerAction::ReadRecord,
        BuyerAction::ReadAudit,
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
