//! The databases that the tests use.

use sqlx::{Connection, PgConnection};
use torg::database::migrations::MIGRATIONS;

use crate::support::postgres::database;

#[tokio::test]
async fn every_test_gets_a_migrated_database_of_its_own() {
    let (one, other) = (database().await, database().await);
    sqlx::query("CREATE TABLE mine ()")
        .execute(&one.pool)
        .await
        .unwrap();
    let mine = "SELECT to_regclass('mine') IS NOT NULL";
    assert!(
        sqlx::query_scalar::<_, bool>(mine)
            .fetch_one(&one.pool)
            .await
            .unwrap()
    );
    assert!(
        !sqlx::query_scalar::<_, bool>(mine)
            .fetch_one(&other.pool)
            .await
            .unwrap()
    );

    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
        .fetch_one(&other.pool)
        .await
        .unwrap();
    assert_eq!(usize::try_from(applied).unwrap(), MIGRATIONS.iter().count());
    let queue: bool = sqlx::query_scalar("SELECT to_regnamespace('graphile_worker') IS NOT NULL")
        .fetch_one(&other.pool)
        .await
        .unwrap();
    assert!(queue);
    // The address works for those who connect by themselves.
    PgConnection::connect(&one.url).await.unwrap();
}
