//! The SQL of the sample's single row: whether the database is filled, and its [`Journey`].

use sqlx::{PgConnection, PgPool, types::Json};

use super::Journey;

/// Marks the filling as begun; returns `false` when it was already begun.
pub async fn begin(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let inserted =
        sqlx::query!("insert into sample_journey (id) values (1) on conflict do nothing")
            .execute(connection)
            .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Marks the filling as complete.
pub async fn finish(pool: &PgPool, journey: &Journey) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sample_journey set journey = $1 where id = 1",
        Json(journey) as Json<&Journey>,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Returns the journey: `None` when the filling was never begun, `Some(None)` when it is not
/// complete.
pub async fn journey(pool: &PgPool) -> Result<Option<Option<Journey>>, sqlx::Error> {
    let journey = sqlx::query_scalar!(
        r#"select journey as "journey: Json<Journey>" from sample_journey where id = 1"#
    )
    .fetch_optional(pool)
    .await?;
    Ok(journey.map(|journey| journey.map(|journey| journey.0)))
}
