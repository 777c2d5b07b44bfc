//! Each procurement has a key pair of its own.

use torg::tender::procurement_key::top_up;

use super::Sealed;
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{TENDERING, approve_opening, published, tender_input},
};

async fn keys(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("select recipient from procurement_key order by assigned_at")
        .fetch_all(&app.database.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_first_tender_of_a_procurement_takes_a_key() {
    let sealed = Sealed::of(TestApp::without_workers().await).await;
    let app = &sealed.app;
    assert_eq!(keys(app).await.len(), 1);
    let chair = app.as_(Person::Chair);
    let input = tender_input(&sealed.procurement);
    chair.mutate("submitTender", input).await.id();
    assert_eq!(keys(app).await.len(), 1);
    let other = published(app, "TENDERING").await;
    chair
        .mutate("submitTender", tender_input(&other))
        .await
        .id();
    let keys = keys(app).await;
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
    assert!(!keys.contains(&app.recipient()));
}

#[tokio::test]
async fn a_tender_waits_for_a_prepared_key() {
    let app = TestApp::without_workers().await;
    let procurement = published(&app, "TENDERING").await;
    for statement in [
        "alter table sealing_key disable trigger user",
        "delete from sealing_key",
    ] {
        sqlx::query(statement)
            .execute(&app.database.pool)
            .await
            .unwrap();
    }
    let signatory = app.as_(Person::Signatory);
    let input = tender_input(&procurement);
    let refused = signatory.mutate("submitTender", input.clone()).await;
    assert_eq!(refused.errors[0].code, "SEALING_KEY_MISSING");
    top_up(&app.database.pool, &app.opening_key(), 3)
        .await
        .unwrap();
    // Keys that are free are kept.
    top_up(&app.database.pool, &app.opening_key(), 3)
        .await
        .unwrap();
    let free: i64 = sqlx::query_scalar("select count(*) from sealing_key")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(free, 3);
    signatory.mutate("submitTender", input).await.id();
}

#[tokio::test]
async fn an_exchanged_key_opens_nothing_and_loses_nothing() {
    let sealed = Sealed::of(TestApp::without_workers().await).await;
    let app = &sealed.app;
    sealed
        .execute("alter table sealing_key disable trigger user")
        .await;
    let exchange = "update sealing_key set wrapped = other.wrapped from sealing_key other
        where sealing_key.recipient = (select recipient from procurement_key where procurement_id = $1)
            and other.recipient = (select max(recipient) from sealing_key where recipient not in (select recipient from procurement_key))
        returning (select wrapped from sealing_key old where old.recipient = sealing_key.recipient)";
    let kept: Vec<u8> = sqlx::query_scalar(exchange)
        .bind(sealed.id)
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    app.advance(TENDERING + chrono::TimeDelta::seconds(1));
    approve_opening(app, &sealed.procurement).await;
    let refused = sealed.try_opening().await.unwrap_err();
    assert!(refused.contains("exchanged"), "{refused}");
    assert_eq!(sealed.opened_rows().await, 0);
    sqlx::query("update sealing_key set wrapped = $2 where recipient = (select recipient from procurement_key where procurement_id = $1)")
        .bind(sealed.id)
        .bind(kept)
        .execute(&app.database.pool)
        .await
        .unwrap();
    sealed.try_opening().await.unwrap();
    assert_eq!(sealed.opened_rows().await, 1);
}
