//! The SQL of who edited a draft.

use sqlx::PgConnection;

use crate::kernel::ids::{PersonId, ProcurementId};

/// Returns the person or API key that wrote the procurement's draft last. `None` for an imported
/// procurement.
pub async fn last_editor(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Option<PersonId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select person_id as "person!: PersonId" from audit
           where subject_id = $1 and action in ('procurement.create', 'procurement.update') and person_id is not null
           order by id desc limit 1"#,
        procurement as ProcurementId,
    )
    .fetch_optional(connection)
    .await
}
