//! `torg audit verify` finds each change of the signed record and of the rows.

use torg::{
    chain::PublicKeys,
    tender::opener::{Opener, open_tenders},
};

use super::Sealed;
use crate::support::{
    app::TestApp,
    folder::folder,
    process::{Finished, run},
    stage::{TENDERING, approve_opening},
};

fn listed(keys: &PublicKeys) -> String {
    keys.iter().collect::<Vec<_>>().join(",")
}

async fn audit(sealed: &Sealed) -> Finished {
    let folder = folder();
    let keys = listed(&sealed.app.chain_keys());
    let arguments = ["audit", "verify", "--keys", &keys];
    run(sealed.app.test_database(), folder.path(), &arguments, &[]).await
}

#[tokio::test]
async fn an_edited_swapped_or_deleted_entry_is_found() {
    let sealed = Sealed::new().await;
    sealed.open().await;
    let sound = audit(&sealed).await;
    assert_eq!(sound.code, Some(0), "{}", sound.output);
    assert!(
        sound
            .output
            .contains("1 procurements, 5 entries, 0 faults."),
        "{}",
        sound.output
    );

    sealed
        .execute("alter table chain_entry disable trigger user")
        .await;
    sealed
        .execute("alter table chain_entry drop constraint chain_entry_hash_key")
        .await;
    for (change, back, fault) in [
        (
            "update chain_entry set entry = replace(entry, 'LOT-0001', 'LOT-0003') where procurement_id = $1 and number = 2",
            "update chain_entry set entry = replace(entry, 'LOT-0003', 'LOT-0001') where procurement_id = $1 and number = 2",
            "entry 2 is not signed by a trusted key, or was edited",
        ),
        (
            "update chain_entry set number = -number + 10 where procurement_id = $1 and number in (3, 4)",
            "update chain_entry set number = 10 - number where procurement_id = $1 and number in (6, 7)",
            "is missing or misplaced",
        ),
        (
            "insert into tender_withdrawal (tender_id, withdrawn_by, withdrawn_at)
             select id, submitted_by, now() from tender where procurement_id = $1",
            "select $1",
            "has no signed entry",
        ),
        (
            "delete from chain_entry where procurement_id = $1 and number = 3",
            "select $1",
            "an entry before entry 4 is missing or misplaced",
        ),
    ] {
        sealed.execute(change).await;
        let found = audit(&sealed).await;
        assert_eq!(found.code, Some(1), "{change}: {}", found.output);
        assert!(found.output.contains(fault), "{change}: {}", found.output);
        sealed.execute(back).await;
    }
}

#[tokio::test]
async fn the_head_of_an_opened_chain_is_written_to_a_file() {
    let sealed = Sealed::of(TestApp::without_workers().await).await;
    let app = &sealed.app;
    app.advance(TENDERING + chrono::TimeDelta::seconds(1));
    approve_opening(app, &sealed.procurement).await;
    let folder = folder();
    let file = folder.path().join("heads");
    let opener = Opener::new(app.opening_key(), sealed.keys()).anchored(Some(file.clone()));
    for _ in 0..2 {
        let opened = open_tenders(&app.database, &opener, sealed.id).await;
        assert!(opened.is_ok());
    }
    let query = "query($id: ID!) { procurement(id: $id) { chainHead { number hash } } }";
    let variables = serde_json::json!({ "id": sealed.procurement });
    let data = app.anonymous().ask(query, variables).await;
    let head = &data["procurement"]["chainHead"];
    let written = std::fs::read_to_string(&file).unwrap();
    let words: Vec<&str> = written.split_whitespace().collect();
    assert_eq!(words.len(), 4, "{written}");
    assert_eq!(words[1], sealed.id.0.to_string());
    assert_eq!(words[2], head["number"].to_string());
    assert_eq!(words[3], head["hash"].as_str().unwrap());
}

#[tokio::test]
async fn tenders_of_earlier_versions_are_adopted() {
    let sealed = Sealed::new().await;
    // A tender of a version without the chain has no lots, no entry and no receipt.
    for statement in [
        "alter table tender disable trigger user",
        "alter table chain_entry disable trigger user",
        "update tender set chain_number = null, lots = null where procurement_id = $1",
        "delete from chain_entry where procurement_id = $1",
    ] {
        sealed.execute(statement).await;
    }
    let before = audit(&sealed).await;
    assert_eq!(before.code, Some(1), "{}", before.output);
    let folder = folder();
    let key = sealed.app.database.chain_key.as_ref().unwrap();
    let file = folder.path().join("chain.pem");
    key.save(&file).unwrap();
    let settings = [("TORG_CHAIN_KEY_FILE", file.to_str().unwrap())];
    let database = sealed.app.test_database();
    let arguments = ["audit", "adopt", sealed.procurement.as_str()];
    let adopted = run(database, folder.path(), &arguments, &settings).await;
    assert_eq!(adopted.code, Some(0), "{}", adopted.errors);
    assert!(adopted.output.contains("1 tenders"), "{}", adopted.output);
    let again = run(database, folder.path(), &arguments, &settings).await;
    assert!(again.output.contains("0 tenders"), "{}", again.output);
    assert_eq!(audit(&sealed).await.code, Some(0));
}
