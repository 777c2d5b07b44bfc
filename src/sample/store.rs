//! The SQL of the sample's one row: whether the marketplace was played here, and where its journey leads.

use sqlx::{PgConnection, PgPool, types::Json};

use super::Journey;

/// Marks that playing has begun; `false` when it had begun before.
pub async fn begin(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let inserted =
        sqlx::query!("insert into sample_journey (id) values (1) on conflict do nothing")
            .execute(connection)
            .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Marks that everything was played.
pub async fn finish(pool: &PgPool, journey: &Journey) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sample_journey set journey = $1 where id = 1",
        Json(journey) as Json<&Journey>,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// `None`: never begun. `Some(None)`: begun and not finished.
pub async fn journey(pool: &PgPool) -> Result<Option<Option<Journey>>, sqlx::Error> {
    let journey = sqlx::query_scalar!(
        r#"select journey as "journey: Json<Journey>" from sample_journey where id = 1"#
    )
    .fetch_optional(pool)
    .await?;
    Ok(journey.map(|journey| journey.map(|journey| journey.0)))
}
