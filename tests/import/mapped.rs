//! How the values of releases are stored.

use serde_json::{Value, json};
use torg::interop::import::Options;

use super::{Market, lines};

const DAY: &str = "2026-11-01T08:00:00Z";

/// Returns a release of a tender with these fields of the release and of its tender.
fn tender(ocid: &str, fields: Value, tender: Value) -> Value {
    let mut release = json!({
        "ocid": ocid, "id": "1", "date": DAY, "language": "sv", "tag": ["tender"],
        "buyer": { "name": "Provby kommun" },
        "tender": { "title": "Prov", "status": "active", "tenderPeriod": { "endDate": "2031-05-20T12:00:00Z" } },
    });
    for (field, value) in fields.as_object().unwrap() {
        release[field] = value.clone();
    }
    for (field, value) in tender.as_object().unwrap() {
        release["tender"][field] = value.clone();
    }
    release
}

impl Market {
    /// Imports releases with all warnings. Imports them again and checks that nothing changes.
    async fn import_twice(&self, releases: &[Value]) -> String {
        let file = self.file("mapped.jsonl", &lines(releases));
        let options = || Options {
            warnings: true,
            ..Options::default()
        };
        let (summary, messages) = self
            .import_files(std::slice::from_ref(&file), options())
            .await
            .unwrap();
        assert_eq!(summary.notices as usize, releases.len(), "{messages}");
        let stored = self.everything().await;
        let (again, _) = self.import_files(&[file], options()).await.unwrap();
        assert_eq!(again.unchanged as usize, releases.len());
        assert_eq!(self.everything().await, stored);
        messages
    }

    /// Returns the content of the notice in force.
    async fn stored_content(&self, ocid: &str) -> Value {
        sqlx::query_scalar(
            "select n.content from procurement p join notice n on n.id = p.notice_id where p.ocid = $1",
        )
        .bind(ocid)
        .fetch_one(&self.database.pool)
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn strangers_with_a_placeholder_are_different_buyers() {
    let market = Market::new().await;
    let placeholders = ["N/A", "0", "00000000", "-", "Not known", "xxx", "123456789"];
    let releases: Vec<Value> = placeholders
        .iter()
        .flat_map(|placeholder| ["Alderley Parish", "Port of Sandmouth"].map(|name| (placeholder, name)))
        .zip(0..)
        .map(|((placeholder, name), number)| {
            let party = json!({
                "id": "b", "name": name, "roles": ["buyer"], "address": { "countryName": "United Kingdom" },
                "identifier": { "scheme": "GB-COH", "id": placeholder },
            });
            let fields = json!({ "buyer": { "id": "b", "name": name }, "parties": [party] });
            tender(&format!("ocds-a-{number}"), fields, json!({}))
        })
        .collect();
    let messages = market.import_twice(&releases).await;
    assert_eq!(market.count("organisation").await, 2, "{messages}");
    assert_eq!(market.count("organisation_identifier").await, 0);
    assert_eq!(
        messages
            .matches("is a placeholder for a missing number")
            .count(),
        releases.len()
    );
}

#[tokio::test]
async fn spellings_of_one_number_are_one_buyer() {
    let market = Market::new().await;
    let spellings = [
        ("SE-ORGNR", "556012-5790"),
        ("SE-ON", "5560125790"),
        ("organisationsnummer", "16 556012 5790"),
        ("VAT", "SE556012579001"),
    ];
    let releases: Vec<Value> = spellings
        .iter()
        .zip(0..)
        .map(|((scheme, id), number)| {
            let party = json!({
                "id": "b", "name": format!("Namn {number}"), "roles": ["buyer"],
                "address": { "countryName": "Sverige" }, "identifier": { "scheme": scheme, "id": id },
            });
            tender(&format!("ocds-a-{number}"), json!({ "parties": [party], "buyer": { "id": "b" } }), json!({}))
        })
        .collect();
    market.import_twice(&releases).await;
    let stored: Vec<(String, String)> =
        sqlx::query_as("select scheme, value from organisation_identifier")
            .fetch_all(&market.database.pool)
            .await
            .unwrap();
    assert_eq!(stored, [("SE-ORGNR".to_owned(), "5560125790".to_owned())]);
}

#[tokio::test]
async fn languages_have_one_normal_form() {
    let market = Market::new().await;
    let written = [
        ("swe", "sv"),
        ("SWE", "sv"),
        ("ger", "de"),
        ("nob", "nb"),
        ("fil", "fil"),
        ("sv_FI", "sv"),
        ("Svenska", "sv"),
        ("mul", "und"),
    ];
    let releases: Vec<Value> = written
        .iter()
        .zip(0..)
        .map(|((language, _), number)| {
            let texts = json!({ "title": "Vinterväghållning", "title_eng": "Winter roads", "title_xx": "Okänt" });
            tender(&format!("ocds-a-{number}"), json!({ "language": language }), texts)
        })
        .collect();
    let messages = market.import_twice(&releases).await;
    for ((_, normal), number) in written.iter().zip(0..) {
        let content = market.stored_content(&format!("ocds-a-{number}")).await;
        assert_eq!(content["language"], *normal);
        assert_eq!(content["title"][normal], "Vinterväghållning");
        assert_eq!(content["title"]["en"], "Winter roads");
    }
    for reported in ["\"Svenska\" is not", "\"mul\" is not", "\"xx\" is not"] {
        assert!(messages.contains(reported), "{reported}: {messages}");
    }
}

#[tokio::test]
async fn a_day_ends_in_the_zone_of_the_buyer() {
    let market = Market::new().await;
    let places = [
        (
            "CA",
            "British Columbia",
            "2031-05-01",
            "2031-05-02T06:59:59Z",
            "America/Vancouver",
            false,
        ),
        (
            "CA",
            "Newfoundland",
            "2031-05-01T14:00:00",
            "2031-05-01T16:30:00Z",
            "America/St_Johns",
            true,
        ),
        (
            "Finland",
            "",
            "2031-05-01",
            "2031-05-01T20:59:59Z",
            "Europe/Helsinki",
            false,
        ),
        (
            "",
            "",
            "2031-05-01",
            "2031-05-01T21:59:59Z",
            "Europe/Stockholm",
            false,
        ),
        (
            "GB",
            "UKM82",
            "2031-05-01T10:00:00Z",
            "2031-05-01T10:00:00Z",
            "Europe/London",
            true,
        ),
    ];
    let releases: Vec<Value> = places
        .iter()
        .zip(0..)
        .map(|((country, region, end, ..), number)| {
            let address = json!({ "countryName": country, "region": region });
            let party =
                json!({ "id": "b", "name": "Works", "roles": ["buyer"], "address": address });
            let fields = json!({ "buyer": { "id": "b" }, "parties": [party] });
            tender(
                &format!("ocds-a-{number}"),
                fields,
                json!({ "tenderPeriod": { "endDate": end } }),
            )
        })
        .collect();
    market.import_twice(&releases).await;
    for ((.., at, zone, stated), number) in places.iter().zip(0..) {
        let content = market.stored_content(&format!("ocds-a-{number}")).await;
        assert_eq!(
            (
                &content["tender_deadline"],
                &content["tender_deadline_zone"],
                &content["tender_deadline_time_stated"]
            ),
            (&json!(at), &json!(zone), &json!(stated))
        );
    }
}

#[tokio::test]
async fn dates_for_an_unknown_date_are_missing() {
    let market = Market::new().await;
    let dates = [
        "1970-01-01T00:00:00Z",
        "1980-01-01",
        "1899-12-30T00:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2099-12-31",
        "2062-05-20T12:00:00Z",
    ];
    let releases: Vec<Value> = dates
        .iter()
        .zip(0..)
        .map(|(date, number)| {
            let period = json!({ "startDate": date });
            let lots = json!([{ "id": "1", "contractPeriod": period }]);
            let awards = json!([{ "id": "1", "date": date, "suppliers": [{ "name": "A" }] }]);
            let tender_fields =
                json!({ "tenderPeriod": { "endDate": date }, "contractPeriod": period, "lots": lots });
            tender(&format!("ocds-a-{number}"), json!({ "awards": awards }), tender_fields)
        })
        .collect();
    let messages = market.import_twice(&releases).await;
    for (number, date) in dates.iter().enumerate() {
        let content = market.stored_content(&format!("ocds-a-{number}")).await;
        for field in ["tender_deadline", "tender_deadline_zone", "contract_start"] {
            assert_eq!(content[field], Value::Null, "{date} {field}");
        }
        assert_eq!(content["past_awards"][0]["date"], Value::Null);
    }
    assert_eq!(
        messages.matches("it is treated as missing").count(),
        4 * dates.len(),
        "{messages}"
    );
}

#[tokio::test]
async fn lots_keep_their_status_and_the_procedure_its_words() {
    let market = Market::new().await;
    let words = ["active", "Cancelled", "unsuccessful", "complete", "paused"];
    let lots: Vec<Value> = words
        .iter()
        .map(|word| json!({ "id": word, "title": "Del", "status": word }))
        .collect();
    let fields = json!({ "lots": lots, "procurementMethodDetails": "Öppet förfarande, förenklat" });
    let messages = market
        .import_twice(&[tender("ocds-a-1", json!({}), fields)])
        .await;
    let stored: Vec<Option<String>> =
        sqlx::query_scalar("select content->>'status' from lot order by position")
            .fetch_all(&market.database.pool)
            .await
            .unwrap();
    let stored: Vec<Option<&str>> = stored.iter().map(Option::as_deref).collect();
    let expected = [
        Some("active"),
        Some("cancelled"),
        Some("unsuccessful"),
        Some("complete"),
        None,
    ];
    assert_eq!(stored, expected);
    assert!(
        messages.contains("\"paused\" is not an OCDS tender status"),
        "{messages}"
    );
    let content = market.stored_content("ocds-a-1").await;
    assert_eq!(
        content["procedure_details"]["sv"],
        "Öppet förfarande, förenklat"
    );
    assert_eq!(content["procedure"], "open");
}

#[tokio::test]
async fn engagements_are_rounds_of_dialogue() {
    let market = Market::new().await;
    let planning = |milestones: Value| json!({ "tag": ["planning"], "planning": { "milestones": milestones } });
    let open = json!({
        "id": "e1", "type": "engagement", "title": "Leverantörsträff", "description": "Digitalt.",
        "dueDate": "2031-02-01",
    });
    let past = json!({ "id": "e2", "type": "engagement", "dueDate": "2026-10-01T12:00:00+02:00" });
    let other = json!({ "id": "m", "type": "delivery", "dueDate": "2031-02-01" });
    let undated = json!({ "id": "e3", "type": "engagement" });
    let first = tender(
        "ocds-a-1",
        planning(json!([open, past, other, undated])),
        json!({ "status": "planned" }),
    );
    let messages = market.import_twice(&[first]).await;
    assert!(
        messages.contains("planning/milestones/3/dueDate: is missing"),
        "{messages}"
    );
    let rounds = async || -> Vec<(i32, String, String, bool, bool)> {
        sqlx::query_as(
            "select number, title->>'sv', to_char(closes_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS'),
                    now() between opens_at and closes_at or opens_at > now(), questions_until > now()
             from dialogue order by number",
        )
        .fetch_all(&market.database.pool)
        .await
        .unwrap()
    };
    let row = |number, title: &str, closes: &str, is_open| {
        (number, title.to_owned(), closes.to_owned(), is_open)
    };
    let plain = |rounds: Vec<(i32, String, String, bool, bool)>| -> Vec<_> {
        rounds
            .into_iter()
            .map(|(number, title, closes, is_open, _)| (number, title, closes, is_open))
            .collect()
    };
    assert_eq!(
        plain(rounds().await),
        [
            row(1, "Leverantörsträff", "2031-02-01 22:59:59", true),
            row(2, "Prov", "2026-10-01 10:00:00", false),
        ]
    );

    // A later release moves the first one and adds another.
    let mut moved = open.clone();
    moved["dueDate"] = json!("2031-01-15T12:00:00+01:00");
    let added = json!({ "id": "e4", "type": "engagement", "title": "Ny", "dueDate": "2031-03-01" });
    let mut later = tender(
        "ocds-a-1",
        planning(json!([moved, past, added])),
        json!({ "status": "planned" }),
    );
    later["id"] = json!("2");
    later["date"] = json!("2026-12-01T08:00:00Z");
    market.import_twice(&[later]).await;
    assert_eq!(
        plain(rounds().await),
        [
            row(1, "Leverantörsträff", "2031-01-15 11:00:00", true),
            row(2, "Prov", "2026-10-01 10:00:00", false),
            row(3, "Ny", "2031-03-01 22:59:59", true),
        ]
    );
}

#[tokio::test]
async fn a_release_of_an_unknown_date_is_published_at_the_import() {
    let market = Market::new().await;
    let undated = tender(
        "ocds-a-1",
        json!({ "date": "1970-01-01T00:00:00Z" }),
        json!({}),
    );
    let messages = market.import_twice(&[undated]).await;
    assert!(
        messages.contains("date: \"1970-01-01T00:00:00Z\""),
        "{messages}"
    );
    let recent: bool =
        sqlx::query_scalar("select published_at > now() - interval '1 hour' from notice")
            .fetch_one(&market.database.pool)
            .await
            .unwrap();
    assert!(recent);
    let content = market.stored_content("ocds-a-1").await;
    assert_eq!(content["tender_deadline"], "2031-05-20T12:00:00Z");
}

#[tokio::test]
async fn amounts_are_exact() {
    let market = Market::new().await;
    let amounts = [
        (json!(0.1), Some("0.1")),
        (json!("1 250 000,50"), Some("1250000.50")),
        (json!("1,250,000.50"), Some("1250000.50")),
        (json!("1,250"), None),
        (json!(-5), None),
        (json!(0), None),
    ];
    let mut releases: Vec<Value> = amounts
        .iter()
        .zip(0..)
        .map(|((amount, _), number)| {
            let value = json!({ "amount": amount, "currency": "sek" });
            tender(
                &format!("ocds-a-{number}"),
                json!({}),
                json!({ "value": value }),
            )
        })
        .collect();
    // More digits than a floating-point number has are written as in the file.
    let exact = "12345678901234567.89";
    releases.push(tender(
        "ocds-b-1",
        json!({}),
        json!({ "value": { "amount": 424242, "currency": "SEK" } }),
    ));
    let text = lines(&releases).replace("424242", exact);
    let (summary, messages) = market.import("amounts.jsonl", &text).await;
    assert_eq!(summary.notices as usize, releases.len(), "{messages}");
    for ((_, expected), number) in amounts.iter().zip(0..) {
        let content = market.stored_content(&format!("ocds-a-{number}")).await;
        assert_eq!(content["value"]["max"].as_str(), *expected);
    }
    assert_eq!(
        market.stored_content("ocds-b-1").await["value"]["max"],
        exact
    );
}
