//! The time zone of the deadline.

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person::{Editor, Publisher},
    stage::content_with,
};

const ZONE: &str = "tenderDeadline tenderDeadlineZone tenderDeadlineLocal tenderDeadlineTimeStated";

async fn create(app: &TestApp, fields: Value) -> String {
    let input = json!({ "content": content_with(app, fields) });
    app.as_(Editor)
        .mutate("createProcurement", input)
        .await
        .id()
}

#[tokio::test]
async fn a_deadline_keeps_the_zone_in_which_it_is_stated() {
    let app = TestApp::without_search().await;
    let deadline = "2090-05-20T09:00:00Z";
    for (zone, kept, local) in [
        (Value::Null, "Europe/Stockholm", "2090-05-20T11:00:00+02:00"),
        (
            json!("Atlantic/Reykjavik"),
            "Atlantic/Reykjavik",
            "2090-05-20T09:00:00+00:00",
        ),
    ] {
        let fields = json!({ "tenderDeadline": deadline, "tenderDeadlineZone": zone });
        let id = create(&app, fields).await;
        let publish = json!({ "procurementId": id, "phase": "TENDERING" });
        app.as_(Publisher)
            .mutate("publishNotice", publish)
            .await
            .id();
        let query = format!("query($id: ID!) {{ procurement(id: $id) {{ {ZONE} }} }}");
        let data = app.anonymous().ask(&query, json!({ "id": id })).await;
        let expected = json!({
            "tenderDeadline": data["procurement"]["tenderDeadline"], "tenderDeadlineZone": kept,
            "tenderDeadlineLocal": local, "tenderDeadlineTimeStated": true,
        });
        assert_eq!(data["procurement"], expected);
    }
}

#[tokio::test]
async fn without_a_deadline_there_is_no_zone() {
    let app = TestApp::without_search().await;
    let id = create(&app, json!({ "tenderDeadline": null })).await;
    let query = format!("query($id: ID!) {{ procurement(id: $id) {{ draft {{ {ZONE} }} }} }}");
    let data = app.as_(Editor).ask(&query, json!({ "id": id })).await;
    let expected = json!({
        "tenderDeadline": null, "tenderDeadlineZone": null, "tenderDeadlineLocal": null,
        "tenderDeadlineTimeStated": null,
    });
    assert_eq!(data["procurement"]["draft"], expected);
}
