//! Creating, changing and verifying organisations; nonprofit status.

use serde_json::{Value, json};
use torg::kernel::ids::OrganisationId;

use super::{Case, check, with};
use crate::{
    organisation::api_keys,
    policy::{Scenes, own},
    support::{
        app::TestApp,
        cast::{
            BUYER,
            Person::{self, Admin, Both, Chair, Mayor, Nobody},
        },
        stage::{content, english, organisation_revision},
    },
};

/// Returns invalid profiles, each with the code and the field inside `profile`.
fn bad_profiles() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let identifier = |scheme: &str, value: &str| json!({ "identifiers": [{ "scheme": scheme, "value": value }] });
    let same = json!({ "scheme": "DK-CVR", "value": "64942212" });
    vec![
        ("no name", json!({ "name": " " }), "REQUIRED", "name"),
        (
            "a long name",
            json!({ "name": "x".repeat(201) }),
            "TOO_LONG",
            "name",
        ),
        (
            "an empty text",
            json!({ "description": english(" ") }),
            "REQUIRED",
            "description",
        ),
        (
            "a long text",
            json!({ "partnerText": english(&"x".repeat(10_001)) }),
            "TOO_LONG",
            "partnerText",
        ),
        (
            "an odd language",
            json!({ "description": [{ "language": "swedish", "text": "x" }] }),
            "INVALID",
            "description",
        ),
        (
            "an unknown country",
            json!({ "address": { "country": "XX" } }),
            "UNKNOWN_CODE",
            "address.country",
        ),
        (
            "an unknown region",
            json!({ "address": { "nuts": "SE119" } }),
            "UNKNOWN_CODE",
            "address.nuts",
        ),
        (
            "an odd street",
            json!({ "address": { "street": "a\u{7}b" } }),
            "INVALID",
            "address.street",
        ),
        (
            "an address that is none",
            json!({ "contact": { "email": "hej" } }),
            "INVALID",
            "contact.email",
        ),
        (
            "a name in it",
            json!({ "contact": { "email": "Eva <eva@example.org>" } }),
            "INVALID",
            "contact.email",
        ),
        (
            "a script",
            json!({ "contact": { "website": "javascript:x" } }),
            "INVALID",
            "contact.website",
        ),
        (
            "an unknown CPV code",
            json!({ "cpv": ["90919301"] }),
            "UNKNOWN_CODE",
            "cpv",
        ),
        (
            "too many codes",
            json!({ "cpv": vec!["90919300"; 101] }),
            "TOO_LONG",
            "cpv",
        ),
        (
            "an unknown area",
            json!({ "areas": ["SE119"] }),
            "UNKNOWN_CODE",
            "areas",
        ),
        (
            "a size of imports",
            json!({ "size": "SME" }),
            "INVALID",
            "size",
        ),
        (
            "looking in hiding",
            json!({ "lookingForPartners": true }),
            "REQUIRED",
            "publicProfile",
        ),
        (
            "an unknown register",
            identifier("XX", "1"),
            "UNKNOWN_CODE",
            "identifiers.0.scheme",
        ),
        (
            "a wrong check digit",
            identifier("SE-ORGNR", "8020024281"),
            "INVALID",
            "identifiers.0.value",
        ),
        (
            "a person's number",
            identifier("SE-ORGNR", "8112189876"),
            "INVALID",
            "identifiers.0.value",
        ),
        (
            "a number twice",
            json!({ "identifiers": [same, same] }),
            "INVALID",
            "identifiers.1",
        ),
    ]
}

fn profile_cases(person: Person, input: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, changes, code, field) in bad_profiles() {
        let profile = with(json!({ "name": "A name" }), changes);
        let field: &'static str = format!("profile.{field}").leak();
        let input = with(input.clone(), json!({ "profile": profile }));
        cases.push((what, Some(person), input, code, field));
    }
    cases
}

#[tokio::test]
async fn create_organisation() {
    let app = TestApp::without_search().await;
    let input = json!({ "kind": "COMPANY", "profile": { "name": "A name" } });
    let mut cases = profile_cases(Nobody, &input);
    let buyer = json!({ "kind": "BUYER", "profile": { "name": "A", "publicProfile": true, "lookingForPartners": true } });
    cases.extend([(
        "a buyer that seeks partners",
        Some(Nobody),
        buyer,
        "INVALID",
        "profile.lookingForPartners",
    )]);
    check(&app, "createOrganisation", cases).await;
    for _ in 0..20 {
        app.as_(Nobody)
            .mutate("createOrganisation", input.clone())
            .await
            .id();
    }
    let cases = vec![("the 21st", Some(Nobody), input, "LIMIT_REACHED", "")];
    check(&app, "createOrganisation", cases).await;
}

#[tokio::test]
async fn update_organisation() {
    let app = TestApp::without_search().await;
    let id = app.organisations.nonprofit.to_global();
    let input = json!({ "organisationId": id, "revision": 1, "profile": { "name": "A name" } });
    let mut cases = profile_cases(Chair, &input);
    let absent = OrganisationId::new().to_global();
    let absent = with(input.clone(), json!({ "organisationId": absent }));
    let old = with(input.clone(), json!({ "revision": 0 }));
    cases.extend([
        (
            "a member who does not say for whom",
            Some(Both),
            input,
            "NOT_ALLOWED",
            "",
        ),
        (
            "no such organisation",
            Some(Chair),
            absent,
            "NOT_FOUND",
            "organisationId",
        ),
        (
            "an older revision",
            Some(Chair),
            old,
            "CONFLICT",
            "revision",
        ),
    ]);
    check(&app, "updateOrganisation", cases).await;
    let verified = json!({ "name": BUYER.to_uppercase() });
    let verified = json!({ "organisationId": id, "revision": 1, "profile": verified });
    let cases = vec![(
        "a verified buyer's name",
        Some(Chair),
        verified,
        "TAKEN",
        "profile.name",
    )];
    check(&app, "updateOrganisation", cases).await;
    let numbered = |name: &str| json!({ "name": name, "identifiers": [{ "scheme": "DK-CVR", "value": "64942212" }] });
    let first = json!({ "kind": "BUYER", "profile": numbered("The first") });
    let first = app
        .as_(Nobody)
        .mutate("createOrganisation", first)
        .await
        .id();
    let verify = json!({ "organisationId": first, "expectedRevision": 1 });
    app.as_(Admin)
        .mutate("verifyOrganisation", verify)
        .await
        .id();
    let second = json!({ "organisationId": id, "revision": 1, "profile": numbered("The second") });
    let field = "profile.identifiers.0.value";
    let cases = vec![("another's number", Some(Chair), second, "TAKEN", field)];
    check(&app, "updateOrganisation", cases).await;
}

#[tokio::test]
async fn verify_organisation_and_publish() {
    let app = TestApp::without_search().await;
    let town = json!({ "kind": "BUYER", "profile": { "name": "A town" } });
    let id = app
        .as_(Nobody)
        .mutate("createOrganisation", town)
        .await
        .id();
    let content = json!({ "content": content(&app) });
    let draft = app
        .as_(Nobody)
        .mutate("createProcurement", content)
        .await
        .id();
    let publish = json!({ "procurementId": draft, "phase": "UPCOMING" });
    let cases = vec![("unverified", Some(Nobody), publish, "NOT_VERIFIED", "")];
    check(&app, "publishNotice", cases).await;

    let verify = |id: String| json!({ "organisationId": id, "expectedRevision": 1 });
    let stale = with(verify(id.clone()), json!({ "expectedRevision": 2 }));
    let long = with(verify(id.clone()), json!({ "note": "x".repeat(1_001) }));
    let cases = vec![
        (
            "its owner",
            Some(Nobody),
            verify(id.clone()),
            "NOT_ALLOWED",
            "",
        ),
        (
            "a supplier",
            Some(Admin),
            verify(app.organisations.company.to_global()),
            "INVALID",
            "organisationId",
        ),
        (
            "verified before",
            Some(Admin),
            verify(app.organisations.buyer.to_global()),
            "ALREADY_DONE",
            "",
        ),
        (
            "no such",
            Some(Admin),
            verify("nonsense".into()),
            "NOT_FOUND",
            "organisationId",
        ),
        ("a long note", Some(Admin), long, "TOO_LONG", "note"),
        (
            "another revision",
            Some(Admin),
            stale,
            "CONFLICT",
            "expectedRevision",
        ),
    ];
    check(&app, "verifyOrganisation", cases).await;
}

#[tokio::test]
async fn nonprofit_status() {
    let app = TestApp::without_search().await;
    let id = app.organisations.nonprofit.to_global();
    let declare = json!({ "organisationId": id });
    app.as_(Chair)
        .mutate("declareNonprofit", declare.clone())
        .await
        .id();
    let of_buyer = json!({ "organisationId": app.organisations.buyer.to_global() });
    let cases = vec![
        ("twice", Some(Chair), declare.clone(), "ALREADY_DONE", ""),
        (
            "a buyer",
            Some(Mayor),
            of_buyer,
            "INVALID",
            "organisationId",
        ),
    ];
    check(&app, "declareNonprofit", cases).await;
    let record = with(
        declare.clone(),
        json!({ "status": "REGISTERED", "source": "https://register.example", "asOf": "2024-01-02",
            "expectedRevision": organisation_revision(&app, &id).await }),
    );
    let but = |changes: Value| with(record.clone(), changes);
    let cases = vec![
        ("its owner", Some(Chair), record.clone(), "NOT_ALLOWED", ""),
        (
            "declared by an admin",
            Some(Admin),
            but(json!({ "status": "SELF_DECLARED" })),
            "INVALID",
            "status",
        ),
        (
            "never registered",
            Some(Admin),
            but(json!({ "status": "DEREGISTERED" })),
            "INVALID",
            "status",
        ),
        (
            "no source",
            Some(Admin),
            but(json!({ "source": " " })),
            "REQUIRED",
            "source",
        ),
        (
            "of tomorrow",
            Some(Admin),
            but(json!({ "asOf": "2999-01-01" })),
            "OUT_OF_RANGE",
            "asOf",
        ),
        (
            "another revision",
            Some(Admin),
            but(json!({ "expectedRevision": 7 })),
            "CONFLICT",
            "expectedRevision",
        ),
    ];
    check(&app, "recordNonprofitStatus", cases).await;
    app.as_(Admin)
        .mutate("recordNonprofitStatus", record)
        .await
        .id();
    let cases = vec![(
        "over the register's word",
        Some(Chair),
        declare,
        "NOT_ALLOWED",
        "",
    )];
    check(&app, "declareNonprofit", cases).await;
}

/// The input with which the policy matrix calls a mutation of organisations. It is refused for no
/// other reason than who calls it.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Option<Value> {
    let app = scenes.app;
    let buyer = app.organisations.buyer.to_global();
    let of_buyer = json!({ "organisationId": buyer });
    let input = match mutation {
        "createOrganisation" => json!({ "kind": "COMPANY", "profile": { "name": "A name" } }),
        "updateOrganisation" => {
            let revision = own(app, Person::Mayor, "revision").await;
            let profile = json!({ "name": BUYER });
            json!({ "organisationId": buyer, "revision": revision, "profile": profile })
        }
        "verifyOrganisation" => {
            // A verified name cannot be taken by another town.
            let name = format!("Town {}", OrganisationId::new().0.simple());
            let input = json!({ "kind": "BUYER", "profile": { "name": name } });
            let town = scenes.guest().mutate("createOrganisation", input).await;
            json!({ "organisationId": town.id(), "expectedRevision": 1 })
        }
        "declareNonprofit" => {
            json!({ "organisationId": app.organisations.nonprofit.to_global() })
        }
        "recordNonprofitStatus" => {
            let input = json!({ "kind": "NONPROFIT", "profile": { "name": "An association" } });
            let association = scenes.guest().mutate("createOrganisation", input).await;
            json!({
                "organisationId": association.id(), "status": "REGISTERED", "source": "A register.",
                "asOf": "2024-01-02", "expectedRevision": 1,
            })
        }
        "inviteMember" => json!({ "organisationId": buyer, "roles": ["EDITOR"] }),
        "revokeInvitation" => {
            let input = json!({ "organisationId": buyer, "roles": ["EDITOR"] });
            let invitation = app.as_(Person::Mayor).mutate("inviteMember", input).await;
            json!({ "invitationId": invitation.id() })
        }
        "acceptInvitation" => json!({ "code": scenes.code_of_a_new_organisation().await }),
        "setMemberRoles" | "removeMember" => {
            let mut input = json!({ "organisationId": buyer, "personId": scenes.member().await });
            if mutation == "setMemberRoles" {
                input["roles"] = json!(["EDITOR"]);
            }
            input
        }
        "leaveOrganisation" => of_buyer,
        "createApiKey" => api_keys::input(app, &buyer, &["EDITOR"], &["READ"]),
        "revokeApiKey" => {
            let input = api_keys::input(app, &buyer, &["EDITOR"], &["READ"]);
            json!({ "apiKeyId": app.as_(Person::Mayor).mutate("createApiKey", input).await.id() })
        }
        "erasePerson" => {
            let data = scenes.guest().ask("{ viewer { id } }", json!({})).await;
            json!({ "confirm": "ERASE", "personId": data["viewer"]["id"] })
        }
        _ => return None,
    };
    Some(input)
}
