//! How procurements end, publicly.

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{english, published},
};

const END: &str = "query($id: ID!) { procurement(id: $id) { phase end { phase reasonCode reason { text } at } } }";

async fn end_of(app: &TestApp, id: &str) -> Value {
    app.anonymous().ask(END, json!({ "id": id })).await["procurement"].clone()
}

#[tokio::test]
async fn end_and_reason_are_public() {
    let app = TestApp::without_search().await;
    for (phase, code) in [("CANCELLED", json!("INS_FUND")), ("WITHDRAWN", Value::Null)] {
        let id = published(&app, "UPCOMING").await;
        assert_eq!(end_of(&app, &id).await["end"], Value::Null);
        let input = json!({ "procurementId": id, "phase": phase, "reasonCode": code, "reason": english("No money.") });
        app.as_(Person::Publisher)
            .mutate("endProcurement", input)
            .await
            .id();
        let read = end_of(&app, &id).await;
        assert_eq!(read["phase"], phase);
        let end = &read["end"];
        assert_eq!((&end["phase"], &end["reasonCode"]), (&json!(phase), &code));
        assert_eq!(end["reason"]["text"], "No money.");
        assert!(end["at"].is_string());
    }
    for change in [
        "update procurement_end set reason = null",
        "delete from procurement_end",
    ] {
        let refused = sqlx::query(change)
            .execute(&app.database.pool)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}
