//! Attaching documents to drafts, publishing them, and their versions.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::{document::sweep, kernel::ids::DocumentId};

use super::{attachment, document, download, uploaded};
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{content_with, english},
};

async fn create(app: &TestApp, attachments: Value) -> crate::support::client::Answer {
    let content = content_with(app, json!({ "attachments": attachments }));
    let input = json!({ "content": content });
    app.as_(Person::Editor)
        .mutate("createProcurement", input)
        .await
}

async fn update(
    app: &TestApp,
    id: &str,
    revision: i32,
    attachments: Value,
) -> crate::support::client::Answer {
    let content = content_with(app, json!({ "attachments": attachments }));
    let input = json!({ "procurementId": id, "revision": revision, "content": content });
    app.as_(Person::Editor)
        .mutate("updateProcurement", input)
        .await
}

async fn publish(app: &TestApp, id: &str) {
    let input =
        json!({ "procurementId": id, "phase": "UPCOMING", "reason": english("More is known.") });
    app.as_(Person::Publisher)
        .mutate("publishNotice", input)
        .await
        .id();
}

const READ: &str = "query($id: ID!) { procurement(id: $id) {
    attachments { ...A }
    draft { attachments { attachmentId document { id } versions { notice: noticeNumber } } }
    notices { nodes { number content { attachments { ...A } } } }
} }
fragment A on Attachment {
    attachmentId title { text } documentType language
    document { id fileName mediaType size sha256 url uploadedAt }
    versions { noticeNumber publishedAt document { id fileName } }
}";

#[tokio::test]
async fn a_document_comes_back_with_its_versions() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let first = uploaded(&editor, "krav.txt", "text/plain", "Must be blue.").await;
    let second = uploaded(&editor, "krav-2.txt", "text/plain", "Must be green.").await;
    let drawing = document(&editor).await;
    let id_of = |answer: &Value| answer["id"].as_str().unwrap().to_owned();
    let (first_id, second_id) = (id_of(&first), id_of(&second));
    let with = |document: &str| {
        json!([
            attachment("DOC-0001", document),
            attachment("DOC-0002", &drawing)
        ])
    };
    let procurement = create(&app, with(&first_id)).await.id();
    publish(&app, &procurement).await;
    update(&app, &procurement, 2, with(&second_id)).await.id();

    // Only the buyer can read a document of the draft.
    let read = json!({ "id": procurement });
    let theirs = app.anonymous().ask(READ, read.clone()).await;
    let shown = &theirs["procurement"];
    assert!(shown["draft"].is_null());
    assert_eq!(shown["attachments"][0]["document"]["id"], first_id);
    assert_eq!(
        shown["attachments"][0]["versions"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(download(&app.anonymous(), &second_id).await.status(), 404);
    let own = editor.ask(READ, read.clone()).await;
    let draft = &own["procurement"]["draft"]["attachments"][0];
    assert_eq!(
        (&draft["document"]["id"], &draft["versions"]),
        (&json!(second_id), &json!([{ "notice": 1 }]))
    );

    publish(&app, &procurement).await;
    let shown = app.anonymous().ask(READ, read).await;
    let current = &shown["procurement"]["attachments"][0];
    assert_eq!(
        current,
        &json!({
            "attachmentId": "DOC-0001", "title": { "text": "Requirements" },
            "documentType": "TECHNICAL_SPECIFICATIONS", "language": "sv",
            "document": {
                "id": second_id, "fileName": "krav-2.txt", "mediaType": "text/plain", "size": 14,
                "sha256": second["sha256"], "url": second["url"],
                "uploadedAt": current["document"]["uploadedAt"],
            },
            "versions": [
                { "noticeNumber": 1, "publishedAt": current["versions"][0]["publishedAt"],
                  "document": { "id": first_id, "fileName": "krav.txt" } },
                { "noticeNumber": 2, "publishedAt": current["versions"][1]["publishedAt"],
                  "document": { "id": second_id, "fileName": "krav-2.txt" } },
            ],
        })
    );
    // The other attachment is unchanged: one version, from the first notice.
    let versions = shown["procurement"]["attachments"][1]["versions"]
        .as_array()
        .unwrap();
    assert_eq!(
        (versions.len(), &versions[0]["noticeNumber"]),
        (1, &json!(1))
    );
    // Each notice shows its own version.
    let notices = &shown["procurement"]["notices"]["nodes"];
    assert_eq!(
        notices[0]["content"]["attachments"][0]["document"]["id"],
        first_id
    );
    assert_eq!(
        notices[1]["content"]["attachments"][0]["document"]["id"],
        second_id
    );
    // Both stay permanently.
    app.advance(TimeDelta::days(400));
    assert_eq!(sweep(&app.database, &app.files).await.unwrap(), 0);
    for id in [&first_id, &second_id, &drawing] {
        assert_eq!(download(&app.anonymous(), id).await.status(), 200);
    }
}

#[tokio::test]
async fn what_a_draft_refers_to_is_kept_and_what_it_drops_is_swept() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let (kept, dropped) = (document(&editor).await, document(&editor).await);
    let both = json!([attachment("A", &kept), attachment("B", &dropped)]);
    let procurement = create(&app, both).await.id();
    app.advance(TimeDelta::days(10));
    assert_eq!(sweep(&app.database, &app.files).await.unwrap(), 0);
    update(&app, &procurement, 1, json!([attachment("A", &kept)]))
        .await
        .id();
    // The document is kept for another day, in case it was removed by mistake.
    assert_eq!(sweep(&app.database, &app.files).await.unwrap(), 0);
    app.advance(TimeDelta::hours(25));
    assert_eq!(sweep(&app.database, &app.files).await.unwrap(), 1);
    assert_eq!(download(&editor, &dropped).await.status(), 404);
    assert_eq!(download(&editor, &kept).await.status(), 200);
    let refused = update(&app, &procurement, 2, json!([attachment("B", &dropped)])).await;
    assert_eq!(refused.errors[0].code, "NOT_FOUND");
}

#[tokio::test]
async fn what_is_not_the_buyers_is_unknown() {
    let app = TestApp::without_search().await;
    let own = document(&app.as_(Person::Editor)).await;
    let of_stranger = document(&app.as_(Person::Stranger)).await;
    let of_supplier = document(&app.as_(Person::Clerk)).await;
    let uploading = document(&app.as_(Person::Editor)).await;
    sqlx::query("alter table document disable trigger all")
        .execute(&app.database.pool)
        .await
        .unwrap();
    sqlx::query("update document set state = 'UPLOADING', sha256 = null where id = $1")
        .bind(DocumentId::from_global(&uploading).unwrap())
        .execute(&app.database.pool)
        .await
        .unwrap();
    let never = DocumentId::new().to_global();
    let other_kind = app.organisations.buyer.to_global();
    let all = [
        &own,
        &of_stranger,
        &of_supplier,
        &uploading,
        &never,
        &other_kind,
        "nonsense",
    ];
    let attachments: Vec<Value> = all
        .iter()
        .enumerate()
        .map(|(position, id)| attachment(&format!("DOC-{position}"), id))
        .collect();
    let refused = |answer: crate::support::client::Answer| {
        let errors = answer.errors.into_iter();
        errors
            .map(|error| (error.code, error.field.join(".")))
            .collect::<Vec<_>>()
    };
    let expected: Vec<_> = (1..all.len())
        .map(|position| {
            (
                "NOT_FOUND".to_owned(),
                format!("content.attachments.{position}.documentId"),
            )
        })
        .collect();
    assert_eq!(refused(create(&app, json!(attachments)).await), expected);
    let procurement = create(&app, json!([attachment("DOC-0", &own)])).await.id();
    assert_eq!(
        refused(update(&app, &procurement, 1, json!(attachments)).await),
        expected
    );
}

#[tokio::test]
async fn attachments_are_well_formed() {
    let app = TestApp::without_search().await;
    let id = document(&app.as_(Person::Editor)).await;
    let with = |field: &str, value: Value| {
        let mut attachment = attachment("DOC-0001", &id);
        attachment[field] = value;
        attachment
    };
    for (attachments, code, field) in [
        (
            json!([with("attachmentId", json!(""))]),
            "INVALID",
            "0.attachmentId",
        ),
        (
            json!([with("attachmentId", json!("a b"))]),
            "INVALID",
            "0.attachmentId",
        ),
        (
            json!([attachment("X", &id), attachment("X", &id)]),
            "INVALID",
            "1.attachmentId",
        ),
        (json!([with("title", json!([]))]), "REQUIRED", "0.title"),
        (
            json!([with("title", english(&"x".repeat(401)))]),
            "TOO_LONG",
            "0.title",
        ),
        (
            json!([with("language", json!("svenska"))]),
            "INVALID",
            "0.language",
        ),
    ] {
        let answer = create(&app, attachments).await;
        let error = &answer.errors[0];
        let path = format!("content.attachments.{field}");
        assert_eq!((error.code.as_str(), error.field.join(".")), (code, path));
    }
    let many: Vec<Value> = (0..201)
        .map(|n| attachment(&format!("D{n}"), &id))
        .collect();
    let error = &create(&app, json!(many)).await.errors[0];
    assert_eq!(
        (error.code.as_str(), error.field.join(".").as_str()),
        ("TOO_LONG", "content.attachments")
    );
}
