//! An unpublished procurement is not found by people who may not read it.

use serde_json::json;

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{LOT, award_input, content, dialogue_input, draft, tender_input},
};

/// A person who may not read a draft gets the same answers as for a draft that does not exist.
#[tokio::test]
async fn a_draft_is_not_found_by_others_whatever_they_ask() {
    let app = TestApp::without_search().await;
    let draft = draft(&app).await;
    let missing = torg::kernel::ids::ProcurementId::new().to_global();
    let inputs = |id: &str| {
        [
            (
                "updateProcurement",
                json!({ "procurementId": id, "revision": 1, "content": content(&app) }),
            ),
            (
                "publishNotice",
                json!({ "procurementId": id, "phase": "UPCOMING" }),
            ),
            (
                "endProcurement",
                json!({ "procurementId": id, "phase": "CANCELLED" }),
            ),
            (
                "answerJointProcurement",
                json!({ "procurementId": id, "consent": true }),
            ),
            ("followProcurement", json!({ "procurementId": id })),
            ("unfollowProcurement", json!({ "procurementId": id })),
            ("openDialogue", dialogue_input(&app, id)),
            ("submitTender", tender_input(id)),
            ("openTenders", json!({ "procurementId": id })),
            ("decideAward", award_input(id, &missing, LOT)),
        ]
    };
    let mut not_found = 0;
    for person in [Person::Stranger, Person::Signatory, Person::Nobody] {
        for ((mutation, of_draft), (_, of_none)) in inputs(&draft).into_iter().zip(inputs(&missing))
        {
            let hidden = app.as_(person).mutate(mutation, of_draft).await.errors;
            let absent = app.as_(person).mutate(mutation, of_none).await.errors;
            assert_eq!(hidden, absent, "{person:?} {mutation}");
            assert!(!hidden.is_empty(), "{person:?} {mutation}");
            not_found += usize::from(hidden[0].code == "NOT_FOUND");
        }
    }
    // Except people who may not tender or answer at all: these are refused for that reason.
    assert_eq!(not_found, 26);
    let query = "query($id: ID!) { procurement(id: $id) { id } node(id: $id) { id } }";
    for client in [
        app.anonymous(),
        app.as_(Person::Stranger),
        app.as_(Person::Nobody),
    ] {
        let data = client.ask(query, json!({ "id": draft })).await;
        assert_eq!(data, json!({ "procurement": null, "node": null }));
    }
    let own = app
        .as_(Person::Trainee)
        .ask(query, json!({ "id": draft }))
        .await;
    assert_eq!(own["procurement"]["id"], draft.as_str());
}
