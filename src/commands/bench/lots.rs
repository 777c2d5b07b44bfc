//! The page of a procurement with thousands of lots.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use super::{Client, CommandError, Market, Times};

/// Query of a frontend's page: the procurement, and 100 lots with the labels of their codes.
const PAGE: &str = "query($id: ID!, $after: String) { procurement(id: $id) {
    title { text } description { text } phase tenderDeadline buyer { name region { code label } }
    documents { title url } cpv { code label } nuts { code label }
    lots(first: 100, after: $after) {
        totalCount
        nodes { id lotId title { text } description { text } cpv { code label } nuts { code label } value { min max currency } }
        pageInfo { hasNextPage endCursor }
    }
} }";
/// Number of requests for a page.
const TIMES: usize = 200;
/// Number of times that all pages are requested.
const WALKS: usize = 10;
/// Word that finds only this procurement.
const TITLE: &str = "Läromedelsramavtalet";

/// CPV codes of the lots, in turn.
const CPV: [&str; 6] = [
    "22111000", "22112000", "22114000", "39162100", "48190000", "80100000",
];
/// NUTS codes of the lots, in turn.
const NUTS: [&str; 4] = ["SE110", "SE121", "SE224", "SE232"];

/// Imports the procurement, requests its pages and prints the times.
pub async fn run(market: &Market, folder: &Path, count: u16) -> Result<(), CommandError> {
    let file = folder.join("lots.json");
    std::fs::write(&file, release(count).to_string())?;
    println!("lots        a release with {count} of them:");
    market.import(&[file]).await?;
    let client = &market.client;
    let search = "query($q: String) { searchProcurements(query: $q, first: 1) { nodes { id } } }";
    let (found, _) = client.ask(search, json!({ "q": TITLE })).await?;
    let id = &found["searchProcurements"]["nodes"][0]["id"];

    let (mut walks, mut last) = (Times::default(), Value::Null);
    for _ in 0..WALKS {
        let (elapsed, lots, begins) = walk(client, id).await?;
        if lots != usize::from(count) {
            return Err(format!("its pages have {lots} lots of {count}").into());
        }
        walks.0.push(elapsed);
        last = begins;
    }
    for (which, after) in [("first page", Value::Null), ("last page ", last)] {
        let mut times = Times::default();
        for _ in 0..TIMES {
            let variables = json!({ "id": id, "after": after });
            times.0.push(client.ask(PAGE, variables).await?.1);
        }
        println!("{which}  {TIMES} times: {times}");
    }
    println!("all pages   {WALKS} times: {walks}");
    Ok(())
}

/// Requests all pages of lots; returns the time, the number of lots and the cursor before the last
/// page.
async fn walk(client: &Client, id: &Value) -> Result<(Duration, usize, Value), CommandError> {
    let (mut total, mut lots, mut after) = (Duration::ZERO, 0, Value::Null);
    loop {
        let (data, elapsed) = client
            .ask(PAGE, json!({ "id": id, "after": after }))
            .await?;
        let page = &data["procurement"]["lots"];
        total += elapsed;
        lots += page["nodes"].as_array().map_or(0, Vec::len);
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok((total, lots, after));
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Returns an OCDS release package with one release, whose lots each have an item, a place and a
/// value.
fn release(count: u16) -> Value {
    let numbers = || (0..usize::from(count)).map(|number| (number, format!("LOT-{number:04}")));
    let lot = |(number, id): (usize, String)| {
        json!({
            "id": id,
            "title": format!("Läromedel, delområde {number}"),
            "title_en": format!("Teaching materials, part {number}"),
            "description": format!("Delområde {number} omfattar böcker, lekmaterial och digitala läromedel för en årskurs. \
                Leverans sker till skolorna i kommunen under hela läsåret, första gången i augusti."),
            "status": "active",
            "value": { "amount": 100_000 + number * 500, "currency": "SEK" },
        })
    };
    let item = |(number, id): (usize, String)| {
        json!({
            "id": number.to_string(),
            "relatedLot": id,
            "classification": { "scheme": "CPV", "id": CPV[number % CPV.len()] },
            "additionalClassifications": [{ "scheme": "CPV", "id": CPV[(number + 1) % CPV.len()] }],
            "deliveryAddresses": [{ "region": NUTS[number % NUTS.len()] }],
        })
    };
    let document = |number: usize| {
        json!({
            "id": number.to_string(),
            "title": format!("Bilaga {number}"),
            "documentType": "biddingDocuments",
            "url": format!("https://ekby.example/ramavtal/{number}"),
        })
    };
    json!({ "version": "1.1", "publisher": { "name": "Bench" }, "releases": [{
        "ocid": "ocds-bench0-lots",
        "id": "1",
        "date": "2026-01-15T09:00:00Z",
        "tag": ["tender"],
        "language": "sv",
        "parties": [{ "id": "1", "name": "Ekby kommun", "roles": ["buyer"], "address": { "region": "SE121" } }],
        "buyer": { "id": "1", "name": "Ekby kommun" },
        "tender": {
            "id": "1",
            "title": TITLE,
            "description": "Ramavtal om läromedel i många delar, så att också små leverantörer kan lämna anbud.",
            "status": "active",
            "mainProcurementCategory": "goods",
            "tenderPeriod": { "endDate": "2036-03-01T23:59:00Z" },
            "items": numbers().map(item).collect::<Vec<_>>(),
            "lots": numbers().map(lot).collect::<Vec<_>>(),
            "documents": (1..=20).map(document).collect::<Vec<_>>(),
        },
    }] })
}
