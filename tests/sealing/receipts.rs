//! Receipts are verified without the server.

use std::path::Path;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Sealed;
use crate::support::{
    cast::Person,
    folder::folder,
    process::{Finished, run},
    stage::TENDERING,
};

const RECEIPT: &str = "query($id: ID!) { chainKeys procurement(id: $id) { chainHead { number hash } ownTenders {
    receipt { statement signature publicKey hash entry { number entry signature publicKey } } } } }";

/// Runs `torg verify-receipt` on a receipt.
async fn verify(sealed: &Sealed, folder: &Path, receipt: &Value, keys: &str) -> Finished {
    let file = folder.join("receipt.json");
    std::fs::write(&file, receipt.to_string()).unwrap();
    let arguments = ["verify-receipt", file.to_str().unwrap(), "--keys", keys];
    run(sealed.app.test_database(), folder, &arguments, &[]).await
}

#[tokio::test]
async fn a_receipt_is_verified_offline_and_a_forged_one_is_refused() {
    let sealed = Sealed::new().await;
    let folder = folder();
    let read = async || {
        let client = sealed.app.as_(Person::Clerk);
        client
            .ask(RECEIPT, json!({ "id": sealed.procurement }))
            .await
    };
    let data = read().await;
    let keys: Vec<&str> = data["chainKeys"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let keys = keys.join(",");
    let early = data["procurement"]["ownTenders"][0]["receipt"].clone();
    // The number of entries reveals the number of tenders.
    assert_eq!(early["entry"], Value::Null);
    assert_eq!(data["procurement"]["chainHead"], Value::Null);
    assert!(!early.to_string().contains("number"), "{early}");
    let verified = verify(&sealed, folder.path(), &early, &keys).await;
    assert_eq!(verified.code, Some(0), "{}", verified.errors);
    assert!(
        verified.output.contains("LOT-0001, LOT-0002"),
        "{}",
        verified.output
    );

    sealed.app.advance(TENDERING + TimeDelta::seconds(1));
    let data = read().await;
    let receipt = data["procurement"]["ownTenders"][0]["receipt"].clone();
    let verified = verify(&sealed, folder.path(), &receipt, &keys).await;
    assert_eq!(verified.code, Some(0), "{}", verified.errors);
    assert!(verified.output.contains("Entry 2 "), "{}", verified.output);
    let head = &data["procurement"]["chainHead"];
    assert_eq!(*head, json!({ "number": 2, "hash": receipt["hash"] }));

    let change = |path: &str, from: &str, to: &str| {
        let mut forged = receipt.clone();
        let text = forged.pointer_mut(path).unwrap();
        let changed = text.as_str().unwrap().replacen(from, to, 1);
        assert_ne!(*text, json!(changed), "{path}");
        *text = json!(changed);
        forged
    };
    let first = |path: &str| receipt.pointer(path).unwrap().as_str().unwrap()[..1].to_owned();
    let digit = |path: &str| if first(path) == "0" { "1" } else { "0" };
    let forged = [
        change("/statement", "LOT-0001", "LOT-0002"),
        change("/signature", &first("/signature"), digit("/signature")),
        change("/publicKey", &first("/publicKey"), digit("/publicKey")),
        change("/entry/entry", "LOT-0001", "LOT-0002"),
        json!({ "statement": "{}" }),
        json!(null),
    ];
    for forged in forged {
        let refused = verify(&sealed, folder.path(), &forged, &keys).await;
        assert_eq!(refused.code, Some(1), "{forged} {}", refused.output);
        assert!(
            refused.errors.contains("the receipt is not valid"),
            "{}",
            refused.errors
        );
    }
    let other = torg::chain::ChainKey::generate().public();
    let refused = verify(&sealed, folder.path(), &receipt, &other).await;
    assert_eq!(refused.code, Some(1));
}

#[tokio::test]
async fn only_the_tenderer_reads_a_receipt() {
    let sealed = Sealed::new().await;
    for person in [
        Person::Chair,
        Person::Publisher,
        Person::Opener,
        Person::Stranger,
    ] {
        let client = sealed.app.as_(person);
        let data = client
            .ask(RECEIPT, json!({ "id": sealed.procurement }))
            .await;
        assert_eq!(data["procurement"]["ownTenders"], json!([]), "{person:?}");
        assert_eq!(data["procurement"]["chainHead"], Value::Null, "{person:?}");
    }
}
