//! What an offer has: prices lot by lot, price lists, answers, and the name of the tenderer.

use serde_json::{Value, json};

use super::{read, requirements, tendering};
use crate::support::{
    app::TestApp,
    cast::Person::{Chair, Opener, Publisher, Signatory},
    stage::{
        LOT, OTHER_LOT, TENDERING, approve_opening, award_input, english, lot_tender_input,
        organisation_revision,
    },
};

const TENDERS: &str = "tenders(first: 10) { nodes { id supplierName supplierIdentifiers { value } lotIds price { amount }
    supplier { name }
    offer { text lots { lotId text price { amount currency } priceList { item quantity unit unitPrice { amount } amount } }
        answers { questionId businessSecret yesNo number money { amount } text }
        subcontractors { name identifier country share lotIds } validity { days months until }
        businessSecrets selfDeclaration } } }";

/// Opens the tenders and returns them as the opener reads them.
async fn opened(app: &TestApp, id: &str) -> Value {
    app.advance(TENDERING);
    approve_opening(app, id).await;
    crate::policy::staged::opened(app, id).await;
    read(&app.as_(Opener), id, TENDERS).await["tenders"]["nodes"].clone()
}

/// Returns an offer that uses every field.
fn full() -> Value {
    json!({
        "lots": [
            { "lotId": LOT, "text": "Every evening.", "priceList": [
                { "item": "Hour", "quantity": "1.5", "unit": "h", "unitPrice": { "amount": "400.125", "currency": "SEK" } },
                { "item": "Key", "quantity": "2", "unit": "each", "unitPrice": { "amount": "50", "currency": "SEK" } },
            ] },
            { "lotId": OTHER_LOT, "price": { "amount": "1000.50", "currency": "SEK" } },
        ],
        "text": "We clean.",
        "answers": [
            { "questionId": "REQ-1", "value": { "yesNo": false } },
            { "questionId": "REQ-2", "value": { "money": { "amount": "200000", "currency": "SEK" } }, "businessSecret": true },
            { "questionId": "REQ-3", "value": { "number": "4" } },
            { "questionId": "AWC-2", "value": { "text": "With care." } },
        ],
        "subcontractors": [
            { "name": "Windows Ltd", "identifier": "556012-5790", "country": "SE", "share": "12.5", "lotIds": [LOT] },
            { "name": "Floors Ltd" },
        ],
        "validity": { "months": 4 },
        "businessSecrets": ["PRICE_LISTS", "SUBCONTRACTORS"],
    })
}

fn criteria() -> Value {
    json!([
        { "criterionId": "AWC-1", "kind": "PRICE", "name": english("Price"), "description": english("Low."), "weight": "40" },
        { "criterionId": "AWC-2", "kind": "QUALITY", "name": english("Care"), "description": english("How."), "weight": "60" },
    ])
}

#[tokio::test]
async fn the_buyer_reads_the_whole_offer_after_the_opening() {
    let app = TestApp::without_search().await;
    let changes = json!({ "requirements": requirements(), "awardCriteria": criteria() });
    let id = tendering(&app, changes).await;
    let types = "requirements { answerType } awardCriteria { answerType }";
    let types = read(&app.anonymous(), &id, types).await;
    let answered = |one: Value| json!({ "answerType": one });
    let of_requirements = ["YES_NO", "MONEY", "NUMBER"].map(|kind| answered(json!(kind)));
    assert_eq!(types["requirements"], json!(of_requirements));
    let of_criteria = [answered(Value::Null), answered(json!("TEXT"))];
    assert_eq!(types["awardCriteria"], json!(of_criteria));
    let input = json!({ "procurementId": id, "offer": full() });
    let tender = app.as_(Signatory).mutate("submitTender", input).await.id();
    let tenders = opened(&app, &id).await;
    let found = &tenders[0];
    assert_eq!(found["lotIds"], json!([LOT, OTHER_LOT]));
    assert_eq!(found["price"]["amount"], "1700.6875");
    let offer = &found["offer"];
    assert_eq!(offer["text"], "We clean.");
    assert_eq!(
        offer["lots"][0]["price"],
        json!({ "amount": "700.1875", "currency": "SEK" })
    );
    assert_eq!(offer["lots"][0]["priceList"][0]["amount"], "600.1875");
    assert_eq!(offer["lots"][1]["price"]["amount"], "1000.50");
    assert_eq!(offer["answers"][1]["money"]["amount"], "200000");
    assert_eq!(offer["answers"][1]["businessSecret"], true);
    assert_eq!(offer["answers"][3]["text"], "With care.");
    assert_eq!(offer["subcontractors"][0]["share"], "12.5");
    assert_eq!(offer["subcontractors"][1]["lotIds"], json!([]));
    assert_eq!(
        offer["validity"],
        json!({ "days": null, "months": 4, "until": null })
    );
    assert_eq!(
        offer["businessSecrets"],
        json!(["PRICE_LISTS", "SUBCONTRACTORS"])
    );
    let award = award_input(&id, &tender, OTHER_LOT);
    app.as_(Publisher).mutate("decideAward", award).await.id();
    let awards = "awards { lotId price { amount } }";
    let awards = read(&app.anonymous(), &id, awards).await["awards"].clone();
    let price = json!({ "amount": "1000.50" });
    assert_eq!(awards, json!([{ "lotId": OTHER_LOT, "price": price }]));
}

#[tokio::test]
async fn a_later_name_does_not_change_an_opened_tender() {
    let app = TestApp::without_search().await;
    let id = tendering(&app, json!({})).await;
    let chair = app.as_(Chair);
    let tender = chair
        .mutate("submitTender", lot_tender_input(&id, LOT))
        .await
        .id();
    let nonprofit = app.organisations.nonprofit.to_global();
    let rename = json!({
        "organisationId": nonprofit, "revision": organisation_revision(&app, &nonprofit).await,
        "profile": { "name": "Another name" },
    });
    chair.mutate("updateOrganisation", rename).await.id();
    let tenders = opened(&app, &id).await;
    assert_eq!(tenders[0]["supplier"]["name"], "Another name");
    assert_eq!(tenders[0]["supplierName"], crate::support::cast::NONPROFIT);
    let award = award_input(&id, &tender, LOT);
    app.as_(Publisher).mutate("decideAward", award).await.id();
    let awards = read(&app.anonymous(), &id, "awards { winnerName }").await;
    let name = crate::support::cast::NONPROFIT;
    assert_eq!(awards["awards"], json!([{ "winnerName": name }]));
}
