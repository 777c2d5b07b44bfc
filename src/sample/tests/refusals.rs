//! Scripts that cannot be replayed are refused with the place and the reason.

use serde_json::{Value, json};

use super::{ISSUER, Stage};
use crate::sample::{self, Marketplace, SampleError};

fn organisations() -> String {
    json!({
        "people": [{ "key": "ada", "name": "Ada" }, { "key": "bo", "name": "Bo" }],
        "organisations": [{
            "key": "town", "kind": "BUYER", "name": "Town", "country": "IE", "nuts": "IE061",
            "identifier": null, "description": { "en": "A town." },
            "members": [
                { "person": "ada", "roles": ["EDITOR", "PUBLISHER"] },
                { "person": "bo", "roles": ["OPENER"] }
            ]
        }]
    })
    .to_string()
}

fn script(steps: Value) -> String {
    json!({ "procurements": [{
        "key": "bridge", "buyer": "town", "language": "en", "title": { "en": "A bridge" },
        "description": { "en": "Over the river." }, "summary": { "en": "A bridge." },
        "category": "WORKS", "procedure": "open", "cpv": ["45221110"], "nuts": ["IE061"], "value": null,
        "suitability": { "sme": true, "vcse": false }, "reserved": [], "jointBids": true, "lots": [],
        "expectedTendering": null, "contractStart": null, "deadline": 30,
        "contact": { "name": null, "email": null }, "steps": steps
    }] })
    .to_string()
}

/// Replays one procurement with these steps and returns the error.
async fn refused(stage: &Stage, steps: Value) -> String {
    let marketplace =
        Marketplace::read(&organisations(), &[("test.json", &script(steps))]).unwrap();
    sample::play(
        &stage.database,
        &stage.files,
        &stage.sealing,
        &stage.opener,
        ISSUER,
        &marketplace,
    )
    .await
    .unwrap_err()
    .to_string()
}

#[tokio::test]
async fn a_refused_step_is_named_with_its_refusal() {
    for (steps, reason) in [
        (
            json!([{ "day": -3, "by": "bo", "publish": { "phase": "UPCOMING" } }]),
            "step 1 (`publish` by `bo` on day -3): this needs the role PUBLISHER",
        ),
        (
            json!([
                { "day": -3, "by": "ada", "publish": { "phase": "UPCOMING" } },
                { "day": -2, "by": "ada", "publish": { "phase": "TENDERING" } }
            ]),
            "step 2 (`publish` by `ada` on day -2): lots: tendering requires at least one lot",
        ),
        (
            json!([
                { "day": -3, "by": "ada", "publish": { "phase": "UPCOMING" } },
                { "day": -2, "by": "ada", "answer": { "question": "q1", "text": { "en": "Yes." } } }
            ]),
            "step 2 (`answer` by `ada` on day -2): the sample has no question `q1`",
        ),
        (
            json!([{ "day": -3, "by": "ada", "publish": { "phase": "UPCOMING", "changes": { "cpv": ["1"] } } }]),
            "step 1 (`publish` by `ada` on day -3): cpv: `1` is not a CPV code",
        ),
    ] {
        let stage = Stage::new().await;
        let message = refused(&stage, steps).await;
        assert!(
            message.starts_with("the sample's procurement `bridge`, "),
            "{message}"
        );
        assert!(message.contains(reason), "{message}");

        // An incomplete filling is neither accepted as complete nor repeated.
        let left = sample::journey(&stage.database).await;
        assert!(matches!(left, Err(SampleError::Unfinished)));
        assert!(matches!(stage.fill().await, Err(SampleError::Unfinished)));
    }
}

#[test]
fn a_malformed_file_is_named_with_the_place() {
    let steps = json!([{ "day": -3, "by": "ada", "publish": { "phases": "UPCOMING" } }]);
    let error = Marketplace::read(&organisations(), &[("test.json", &script(steps))]).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("test.json") && message.contains("phases"),
        "{message}"
    );
    assert!(Marketplace::read("{", &[]).is_err());
}
