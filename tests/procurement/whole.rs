//! Everything that a buyer writes can be read back: in the draft, in the procurement and in the
//! notice.

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person::{Editor, Opener, Publisher, Signatory, Stranger},
    client::Client,
    stage::{LOT, content, content_with, english},
};

/// Returns a content with every field.
pub fn full(app: &TestApp) -> Value {
    content_with(
        app,
        json!({
            "description": english("Two schools, every evening."),
            "frameworkAgreement": "WITHOUT_REOPENING",
            "dynamicPurchasingSystem": "NONE",
            "suitsSme": true,
            "reservedParticipation": ["SHELTERED_WORKSHOP"],
            "reservationRule": "directive-art-20",
            "aims": {
                "strategicAims": ["ENVIRONMENT", "SOCIAL"], "environmentalImpacts": ["CIRCULAR_ECONOMY"],
                "socialObjectives": ["EMPLOYMENT"], "innovativeAcquisitions": ["PROCESS"], "sustainableDevelopmentGoals": [8, 12],
            },
            "jointBidsWelcome": true,
            "subcontractingWelcome": false,
            "severalTendersAllowed": true,
            "minTurnover": { "amount": "250000", "currency": "SEK" },
            "referencesAsked": 1,
            "effortHours": 12,
            "submissionLanguages": ["sv", "en"],
            "awardCriteria": [
                { "criterionId": "AWC-1", "kind": "PRICE", "name": english("Price"), "weight": "40" },
                { "criterionId": "AWC-2", "kind": "QUALITY", "name": english("Care"), "description": english("How."), "weight": "60", "lotIds": [] },
            ],
            "requirements": [{
                "requirementId": "REQ-1", "kind": "SELECTION", "code": "slc-abil-ref-services",
                "description": english("One."), "minimum": { "value": "1", "unit": "reference" },
                "evidence": english("A name."), "lotIds": [LOT],
            }],
            "maxLotsPerTenderer": 2,
            "combinationsAllowed": true,
            "maxLotsAwarded": 1,
            "tenderDeadlineZone": "Europe/Helsinki",
            "expectedPublication": "2030-01-01",
            "expectedDialogue": "2030-02-01",
            "expectedTendering": "2030-03-01",
            "contractStart": "2190-06-01",
            "contractMonths": 24,
            "renewals": 2,
            "contact": { "name": "Inköp", "email": "inkop@kommun.example" },
            "lots": [
                {
                    "lotId": LOT, "title": english("North"), "options": english("A third school."), "suitsSme": true,
                    "suitsVcse": true, "reservedParticipation": ["SHELTERED_WORKSHOP"],
                    "reservationRule": "directive-art-20", "contractStart": "2190-07-01", "contractMonths": 12,
                },
                { "lotId": "LOT-0002" },
            ],
        }),
    )
}

const CONTENT: &str = "fragment All on ProcurementContent {
    title { translations { language text } } description { text } summary { text } language category procedure
    frameworkAgreement dynamicPurchasingSystem cpv { code } nuts { code } value { min max currency } suitsSme suitsVcse
    reservedParticipation reservationRule { ruleId basis }
    aims { strategicAims environmentalImpacts socialObjectives innovativeAcquisitions sustainableDevelopmentGoals { number label(language: \"sv\") } }
    jointBidsWelcome subcontractingWelcome severalTendersAllowed minTurnover { amount currency } referencesAsked effortHours
    submissionLanguages awardCriteria { criterionId kind name { text } description { text } weight lotIds }
    requirements { requirementId kind code { code label(language: \"sv\") } description { text }
        minimum { value unit } evidence { text } lotIds }
    maxLotsPerTenderer maxLotsAwarded combinationsAllowed tenderDeadline tenderDeadlineZone tenderDeadlineLocal tenderDeadlineTimeStated
    expectedPublication expectedDialogue expectedTendering
    contractStart contractMonths renewals contact { name email }
}";

const LOTS: &str = "fragment Lots on LotConnection { totalCount nodes {
    lotId title { text } options { text } suitsSme suitsVcse reservedParticipation reservationRule { ruleId }
    contractStart contractMonths } }";

/// Returns the draft as an object of the content's fields and `lots`.
async fn read_draft(client: &Client<'_>, id: &str) -> Value {
    let fields = CONTENT.replace("ProcurementContent", "ProcurementDraft");
    let query = format!(
        "query($id: ID!) {{ procurement(id: $id) {{ draft {{ ...All lots {{ ...Lots }} }} }} }} {fields} {LOTS}"
    );
    let data = client.ask(&query, json!({ "id": id })).await;
    data["procurement"]["draft"].clone()
}

/// Returns the notice in force, read as the procurement's own fields and as its last notice.
async fn read_published(client: &Client<'_>, id: &str) -> (Value, Value) {
    let of_procurement = CONTENT.replace("ProcurementContent", "Procurement");
    let query = format!(
        "query($id: ID!) {{ procurement(id: $id) {{ ...All lots {{ ...Lots }} }} }} {of_procurement} {LOTS}"
    );
    let procurement = client.ask(&query, json!({ "id": id })).await;
    let query = format!(
        "query($id: ID!) {{ procurement(id: $id) {{ notices {{ nodes {{ content {{ ...All }} lots {{ ...Lots }} }} }} }} }} {CONTENT} {LOTS}"
    );
    let notices = client.ask(&query, json!({ "id": id })).await;
    let last = notices["procurement"]["notices"]["nodes"]
        .as_array()
        .and_then(|nodes| nodes.last().cloned())
        .unwrap();
    let mut frozen = last["content"].clone();
    frozen["lots"] = last["lots"].clone();
    (procurement["procurement"].clone(), frozen)
}

#[tokio::test]
async fn complete_content_is_read_back() {
    let app = TestApp::without_search().await;
    let input = json!({ "content": full(&app) });
    let id = app
        .as_(Editor)
        .mutate("createProcurement", input.clone())
        .await
        .id();
    let drafted = read_draft(&app.as_(Editor), &id).await;
    let unsaid: Vec<&String> = drafted
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| value.is_null() || **value == json!([]))
        .map(|(field, _)| field)
        .collect();
    assert_eq!(unsaid, Vec::<&String>::new());
    assert_eq!(drafted["awardCriteria"][1]["weight"], "60");
    assert_eq!(
        drafted["aims"]["sustainableDevelopmentGoals"][1],
        json!({ "number": 12, "label": "Hållbar konsumtion och produktion" })
    );
    assert_eq!(drafted["lots"]["nodes"][0]["contractMonths"], 12);
    assert_eq!(drafted["lots"]["totalCount"], 2);
    for (field, given) in input["content"].as_object().unwrap() {
        // Values other than objects and lists are read back unchanged.
        let simple = given.is_number() || given.is_boolean() || given.is_string();
        if simple && !["reservationRule", "tenderDeadline"].contains(&field.as_str()) {
            assert_eq!(&drafted[field], given, "{field}");
        }
    }

    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    let (procurement, notice) = read_published(&app.anonymous(), &id).await;
    assert_eq!(procurement, drafted);
    assert_eq!(notice, drafted);
    assert_eq!(read_draft(&app.as_(Editor), &id).await, Value::Null);
}

#[tokio::test]
async fn draft_is_for_the_buyers_members_only() {
    let app = TestApp::without_search().await;
    let id = crate::support::stage::published(&app, "UPCOMING").await;
    let secret = "Something nobody shall know yet";
    let content = content_with(&app, json!({ "description": english(secret) }));
    let update = json!({ "procurementId": id, "revision": 2, "content": content });
    app.as_(Editor)
        .mutate("updateProcurement", update)
        .await
        .id();
    for member in [Editor, Publisher, Opener] {
        let draft = read_draft(&app.as_(member), &id).await;
        assert_eq!(draft["description"]["text"], secret, "{member:?}");
    }
    for client in [app.anonymous(), app.as_(Stranger), app.as_(Signatory)] {
        assert_eq!(read_draft(&client, &id).await, Value::Null);
        let (procurement, notice) = read_published(&client, &id).await;
        assert_eq!(procurement["description"], Value::Null);
        assert_eq!(notice["description"], Value::Null);
    }
}

#[tokio::test]
async fn codes_and_rules_are_public() {
    let app = TestApp::without_search().await;
    let query = "{ reservationRules { ruleId reserves basis title { text } countries cpv kinds registered maxMonths }
        requirementCodes(kind: EXCLUSION) { code label(language: \"da\") } }";
    let data = app.anonymous().ask(query, json!({})).await;
    let rules = data["reservationRules"].as_array().unwrap();
    let registered: Vec<&Value> = rules
        .iter()
        .filter(|rule| rule["registered"] == true)
        .map(|rule| &rule["ruleId"])
        .collect();
    assert_eq!(registered, ["lou-19-25a"]);
    assert!(rules.iter().any(|rule| {
        rule["cpv"]
            .as_array()
            .unwrap()
            .contains(&json!("85000000..85323000"))
    }));
    let codes = data["requirementCodes"].as_array().unwrap();
    let fraud = codes.iter().find(|code| code["code"] == "exg-crim-fraud");
    assert_eq!(fraud.unwrap()["label"], "Svig");
    // The complete content uses every code that buyers choose from.
    let all: Vec<Value> = codes
        .iter()
        .zip(0..)
        .map(|(code, number)| {
            json!({ "requirementId": format!("REQ-{number}"), "kind": "EXCLUSION", "code": code["code"] })
        })
        .collect();
    let mut content = content(&app);
    content["requirements"] = json!(all);
    let input = json!({ "content": content });
    app.as_(Editor)
        .mutate("createProcurement", input)
        .await
        .id();
}
