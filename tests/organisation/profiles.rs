//! Profiles of organisations, and who reads them.

use futures::future::join;
use serde_json::{Value, json};

use super::{codes, create, guest, read};
use crate::support::{app::TestApp, cast::Person, client::Client};

const FIELDS: &str = "id kind name publicProfile revision description { text } country region { code }
    address { street city } contact { email } cpv { code } areas { code } size identifiers { scheme value }
    lookingForPartners partnerText { text } nonprofitStatus { status } nonprofitHistory { status } members { name }";

fn whole_profile() -> Value {
    json!({
        "name": "Kompaniet Hela Bilden AB",
        "description": [{ "language": "sv", "text": "Vi målar skolor." }],
        "address": { "street": "Storgatan 1", "postalCode": "123 45", "city": "Ekby", "country": "SE", "nuts": "SE110" },
        "contact": { "name": "Expeditionen", "email": "hej@example.org", "phone": "+46 8 123", "website": "https://example.org/" },
        "cpv": ["45442110"],
        "areas": ["SE1"],
        "size": "MICRO",
        "identifiers": [{ "scheme": "SE-ORGNR", "value": "556012-5790" }, { "scheme": "EU-VAT", "value": "SE556012579001" }],
    })
}

/// ID, kind and name are public; the other fields belong to the organisation until it publishes its
/// profile.
#[tokio::test]
async fn profile_is_read_by_its_audience() {
    let app = TestApp::without_search().await;
    let owner = guest(&app, "owner");
    let id = create(&owner, "COMPANY", whole_profile()).await;
    let strangers: Vec<(&str, Client<'_>)> = vec![
        ("anyone", app.anonymous()),
        ("a buyer", app.as_(Person::Mayor)),
        ("another supplier", app.as_(Person::Signatory)),
    ];
    for (who, reader) in &strangers {
        let seen = read(reader, &id, FIELDS).await;
        let visible: Vec<&str> = seen
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(field, _)| field.as_str())
            .collect();
        assert_eq!(
            visible,
            ["id", "kind", "name", "publicProfile"],
            "{who}: {seen}"
        );
    }
    for (who, reader) in [("the owner", &owner), ("an admin", &app.as_(Person::Admin))] {
        let seen = read(reader, &id, FIELDS).await;
        assert_eq!(seen["contact"]["email"], "hej@example.org", "{who}");
        assert_eq!(
            seen["identifiers"],
            json!([
                { "scheme": "SE-ORGNR", "value": "5560125790" },
                { "scheme": "EU-VAT", "value": "SE556012579001" },
            ]),
            "{who}"
        );
    }
    let mut profile = whole_profile();
    profile["publicProfile"] = json!(true);
    let input = json!({ "organisationId": id, "revision": 1, "profile": profile });
    owner.mutate("updateOrganisation", input).await.id();
    for (who, reader) in &strangers {
        let seen = read(reader, &id, FIELDS).await;
        assert_eq!(seen["address"]["street"], "Storgatan 1", "{who}");
        assert_eq!(seen["size"], "MICRO", "{who}");
        assert_eq!(seen["region"]["code"], "SE110", "{who}");
        // Names of persons are visible to members only.
        assert_eq!(seen["members"], Value::Null, "{who}");
    }
    // The profiles of buyers are public whatever `publicProfile` says.
    let buyer = app.organisations.buyer.to_global();
    let seen = read(&app.anonymous(), &buyer, "country publicProfile").await;
    assert_eq!(seen, json!({ "country": "SE", "publicProfile": true }));
}

#[tokio::test]
async fn concurrent_updates_of_one_revision_conflict() {
    let app = TestApp::without_search().await;
    let owner = guest(&app, "owner");
    let id = create(&owner, "COMPANY", json!({ "name": "Ett AB" })).await;
    let change =
        |name: &str| json!({ "organisationId": id, "revision": 1, "profile": { "name": name } });
    let (a, b) = join(
        codes(&owner, "updateOrganisation", change("Två AB")),
        codes(&owner, "updateOrganisation", change("Tre AB")),
    )
    .await;
    let mut both = [a.concat(), b.concat()];
    both.sort();
    assert_eq!(both, ["", "CONFLICT"]);
}

/// Several organisations may claim a number, until it is verified for one of them.
#[tokio::test]
async fn a_verified_number_belongs_to_one_organisation() {
    let app = TestApp::without_search().await;
    let numbered = |kind: &str, name: &str, value: &str| {
        let identifiers = json!([{ "scheme": "SE-ORGNR", "value": value }]);
        json!({ "kind": kind, "profile": { "name": name, "identifiers": identifiers } })
    };
    let (one, other) = (guest(&app, "one"), guest(&app, "other"));
    let (first, second) = join(
        one.mutate(
            "createOrganisation",
            numbered("BUYER", "Ettköping", "5560125790"),
        ),
        other.mutate(
            "createOrganisation",
            numbered("COMPANY", "Två AB", "165560125790"),
        ),
    )
    .await;
    let (first, second) = (first.id(), second.id());
    let numbers = "identifiers { value verified }";
    let admin = app.as_(Person::Admin);
    let seen = read(&admin, &second, numbers).await["identifiers"].clone();
    assert_eq!(
        seen,
        json!([{ "value": "5560125790", "verified": false }]),
        "a claim excludes no other"
    );
    let verify = json!({ "organisationId": first, "expectedRevision": 1 });
    admin.mutate("verifyOrganisation", verify).await.id();
    let seen = read(&admin, &second, numbers).await["identifiers"].clone();
    assert_eq!(seen, json!([]));
    let third = guest(&app, "third");
    let claim = numbered("COMPANY", "Tre AB", "556012-5790");
    assert_eq!(codes(&third, "createOrganisation", claim).await, ["TAKEN"]);
    // The refused organisation is not stored, and one without a number is accepted.
    let input = json!({ "kind": "NONPROFIT", "profile": { "name": "Utan nummer" } });
    assert_eq!(codes(&third, "createOrganisation", input).await, [""; 0]);
    let stored: i64 = sqlx::query_scalar("select count(*) from organisation where name = 'Tre AB'")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(stored, 0);
}

async fn found(app: &TestApp, arguments: &str) -> Vec<String> {
    let query = format!("{{ organisations({arguments}) {{ nodes {{ name }} }} }}");
    let data = app.anonymous().ask(&query, json!({})).await;
    let nodes = data["organisations"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn list_filters_public_profiles() {
    let app = TestApp::without_search().await;
    for (number, (name, public, cpv, areas, looking)) in [
        (
            "100% Rent AB",
            true,
            json!(["90919300"]),
            json!(["SE110"]),
            true,
        ),
        (
            "Allrent_AB",
            true,
            json!(["90900000"]),
            json!(["SE"]),
            false,
        ),
        (
            "Dolda rent AB",
            false,
            json!(["90919300"]),
            json!(["SE110"]),
            false,
        ),
        (
            r"Malmö\Måleri",
            true,
            json!(["45442110"]),
            json!(["SE224"]),
            false,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let profile = json!({
            "name": name, "publicProfile": public, "cpv": cpv, "areas": areas, "lookingForPartners": looking,
        });
        create(&guest(&app, &format!("owner-{number}")), "COMPANY", profile).await;
    }
    for (arguments, names) in [
        (
            "kinds: [COMPANY]",
            vec!["100% Rent AB", "Allrent_AB", r"Malmö\Måleri"],
        ),
        (
            "search: \"rent\", kinds: [COMPANY]",
            vec!["100% Rent AB", "Allrent_AB"],
        ),
        ("search: \"MÅLERI\"", vec![r"Malmö\Måleri"]),
        // Wildcards of SQL are matched literally.
        ("search: \"%\"", vec!["100% Rent AB"]),
        ("search: \"_\"", vec!["Allrent_AB"]),
        (r#"search: "\\""#, vec![r"Malmö\Måleri"]),
        ("search: \"dolda\"", vec![]),
        // Broader and narrower codes match.
        ("cpv: \"90919300\"", vec!["100% Rent AB", "Allrent_AB"]),
        ("cpv: \"90000000\"", vec!["100% Rent AB", "Allrent_AB"]),
        ("cpv: \"45000000\"", vec![r"Malmö\Måleri"]),
        (
            "kinds: [COMPANY], nuts: \"SE11\"",
            vec!["100% Rent AB", "Allrent_AB"],
        ),
        (
            "kinds: [COMPANY], nuts: \"SE22\"",
            vec!["Allrent_AB", r"Malmö\Måleri"],
        ),
        ("lookingForPartners: true", vec!["100% Rent AB"]),
        (
            "kinds: [BUYER], search: \"provk\"",
            vec![crate::support::cast::BUYER],
        ),
    ] {
        assert_eq!(found(&app, arguments).await, names, "{arguments}");
    }
}

#[tokio::test]
async fn list_is_paged_by_name() {
    let app = TestApp::without_search().await;
    let owner = guest(&app, "owner");
    for number in 0..5 {
        // Two organisations have the same name.
        let name = format!("Sida {}", number / 2);
        create(
            &owner,
            "COMPANY",
            json!({ "name": name, "publicProfile": true }),
        )
        .await;
    }
    let query = "query($after: String) { organisations(search: \"sida\", first: 2, after: $after) {
        nodes { id name } pageInfo { hasNextPage endCursor } } }";
    let mut after = Value::Null;
    let mut seen = Vec::new();
    loop {
        let data = app.anonymous().ask(query, json!({ "after": after })).await;
        let page = &data["organisations"];
        for node in page["nodes"].as_array().unwrap() {
            seen.push((node["name"].to_string(), node["id"].to_string()));
        }
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen.len(), 5);
    let mut distinct = seen.clone();
    distinct.dedup();
    assert_eq!(distinct, seen);
    let names: Vec<&str> = seen
        .iter()
        .map(|(name, _)| name.trim_matches('"'))
        .collect();
    assert_eq!(names, ["Sida 0", "Sida 0", "Sida 1", "Sida 1", "Sida 2"]);
}

#[tokio::test]
async fn invalid_filters_are_refused() {
    let app = TestApp::without_search().await;
    for (arguments, code) in [
        ("first: 0", "OUT_OF_RANGE"),
        ("cpv: \"90919301\"", "UNKNOWN_CODE"),
        ("nuts: \"SE119\"", "UNKNOWN_CODE"),
        ("after: \"bm9uc2Vuc2U\"", "INVALID"),
        (r#"search: "\u0000""#, "INVALID"),
    ] {
        let query = format!("{{ organisations({arguments}) {{ nodes {{ name }} }} }}");
        let response = app.anonymous().respond(&query, json!({})).await;
        assert_eq!(
            response["errors"][0]["extensions"]["code"], code,
            "{arguments}: {response}"
        );
    }
}
