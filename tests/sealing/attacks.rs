//! Rows that are changed or added by hand open nothing, hide no tender and withdraw none.

use torg::{chain::Event, kernel::ids::PersonId};

use super::Sealed;
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
};

/// The deadline in the database is in the past; an opening is requested and its job enqueued.
async fn lower_and_request(sealed: &Sealed) {
    sealed
        .execute("update procurement set tender_deadline = now() - interval '1 hour' where id = $1")
        .await;
    sealed
        .execute(
            "insert into opening (procurement_id, requested_by, requested_at)
             select $1, (select id from person limit 1), now()",
        )
        .await;
    sealed
        .execute(
            "select graphile_worker.add_job('open_tenders', json_build_object('procurement', $1::uuid))",
        )
        .await;
}

#[tokio::test]
async fn three_statements_open_nothing() {
    let sealed = Sealed::new().await;
    lower_and_request(&sealed).await;
    let error = eventually("the opener has refused the job", async || {
        sqlx::query_scalar::<_, Option<String>>(
            "select last_error from graphile_worker._private_jobs where last_error is not null",
        )
        .fetch_optional(&sealed.app.database.pool)
        .await
        .unwrap()
        .flatten()
    })
    .await;
    assert!(error.contains("no signed entry"), "{error}");
    assert_eq!(sealed.opened_rows().await, 0);
    // The forged row does not keep the buyer from opening in time.
    sealed.has_authentic(&sealed.open().await);
}

#[tokio::test]
async fn a_signed_request_opens_nothing_before_the_deadlines() {
    let sealed = Sealed::of(TestApp::without_workers().await).await;
    lower_and_request(&sealed).await;
    sealed
        .sign(Event::OpeningRequested {
            person: PersonId::new(),
            openers: 1,
        })
        .await;
    let refused = sealed.try_opening().await.unwrap_err();
    assert!(refused.contains("stay sealed until"), "{refused}");
    // Without the signed invitation, the times inside the sealed tenders still decide.
    sealed
        .execute("alter table chain_entry disable trigger user")
        .await;
    sealed
        .execute(
            "delete from chain_entry where procurement_id = $1 and entry like '%TENDERS_INVITED%'",
        )
        .await;
    let refused = sealed.try_opening().await.unwrap_err();
    assert!(refused.contains("stay sealed until"), "{refused}");
    assert_eq!(sealed.opened_rows().await, 0);
}

#[tokio::test]
async fn a_forged_later_tender_hides_no_authentic_one() {
    let sealed = Sealed::new().await;
    sealed
        .execute(
            "insert into tender (id, procurement_id, organisation_id, number, sealed, sha256, submitted_by,
                                 submitted_at, notice_number, lots, version, chain_number)
             select gen_random_uuid(), procurement_id, organisation_id, 2, sealed, sha256, submitted_by,
                    submitted_at, notice_number, lots, 2, chain_number
             from tender where procurement_id = $1",
        )
        .await;
    let opened = sealed.open().await;
    sealed.has_authentic(&opened);
    assert_eq!(opened.len(), 2);
    assert_eq!(opened[1]["number"], 2);
    let failure = opened[1]["failure"].as_str().unwrap();
    assert!(failure.contains("no signed entry"), "{failure}");
}

#[tokio::test]
async fn a_forged_withdrawal_withdraws_nothing() {
    let sealed = Sealed::new().await;
    sealed
        .execute(
            "insert into tender_withdrawal (tender_id, withdrawn_by, withdrawn_at)
             select id, submitted_by, now() from tender where procurement_id = $1",
        )
        .await;
    sealed.has_authentic(&sealed.open().await);
}

#[tokio::test]
async fn a_forged_withdrawal_does_not_block_the_tenderer() {
    let sealed = Sealed::new().await;
    let other = sealed.app.as_(Person::Chair);
    let input = crate::support::stage::tender_input(&sealed.procurement);
    other.mutate("submitTender", input).await.id();
    sealed
        .execute(
            "insert into tender_withdrawal (tender_id, withdrawn_by, withdrawn_at)
             select id, submitted_by, now() from tender where procurement_id = $1 and number = 1",
        )
        .await;
    let withdrawal = serde_json::json!({ "tenderId": sealed.tender });
    let signatory = sealed.app.as_(Person::Signatory);
    signatory
        .mutate("withdrawTender", withdrawal.clone())
        .await
        .id();
    let again = signatory.mutate("withdrawTender", withdrawal).await;
    assert_eq!(again.errors[0].code, "ALREADY_DONE");
    let opened = sealed.open().await;
    assert_eq!(opened.len(), 1, "{opened:?}");
    assert_eq!(opened[0]["number"], 2);
}

#[tokio::test]
async fn a_forged_entry_hides_no_tender() {
    let sealed = Sealed::new().await;
    sealed
        .execute(
            "insert into chain_entry (procurement_id, number, entry, hash, signature, signer)
             select procurement_id, number + 1, replace(entry, 'TENDER_SUBMITTED', 'TENDER_WITHDRAWN'),
                    sha256(convert_to(entry || ' ', 'UTF8')), signature, signer
             from chain_entry where procurement_id = $1 order by number desc limit 1",
        )
        .await;
    sealed.has_authentic(&sealed.open().await);
}
