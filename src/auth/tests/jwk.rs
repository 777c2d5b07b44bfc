use serde_json::{Value, json};

use super::{Issuer, part};
use crate::auth::algorithm::SigningAlgorithm::{self, *};
use crate::auth::jwk::KeySet;

fn usable(jwk: Value, algorithm: SigningAlgorithm) -> bool {
    let document = json!({ "keys": [jwk] }).to_string();
    KeySet::read(document.as_bytes(), algorithm).unwrap().len() == 1
}

fn with(mut jwk: Value, member: &str, value: Value) -> Value {
    jwk[member] = value;
    jwk
}

#[test]
fn a_key_is_used_only_for_its_algorithm() {
    let keys = [
        (EdDsa, Issuer::ed25519(1).jwk("a")),
        (Rs256, Issuer::rsa().jwk("a")),
        (Es256, Issuer::p256().jwk("a")),
    ];
    for (own, jwk) in &keys {
        for algorithm in [EdDsa, Rs256, Es256] {
            assert_eq!(
                usable(jwk.clone(), algorithm),
                *own == algorithm,
                "{jwk} {algorithm}"
            );
        }
        let mut undeclared = jwk.clone();
        undeclared
            .as_object_mut()
            .unwrap()
            .retain(|name, _| name != "alg" && name != "use");
        assert!(usable(undeclared, *own), "alg and use are optional");
        assert!(!usable(with(jwk.clone(), "alg", json!("HS256")), *own));
        assert!(!usable(with(jwk.clone(), "use", json!("enc")), *own));
        assert!(!usable(with(jwk.clone(), "key_ops", json!(["sign"])), *own));
        assert!(usable(
            with(jwk.clone(), "key_ops", json!(["verify"])),
            *own
        ));
    }
}

#[test]
fn invalid_keys_are_ignored() {
    let ed = Issuer::ed25519(1).jwk("a");
    let ec = Issuer::p256().jwk("a");
    let rsa = Issuer::rsa().jwk("a");
    let cases = [
        (EdDsa, with(ed.clone(), "x", json!(part([1; 31])))),
        (EdDsa, with(ed.clone(), "x", json!(part([1; 33])))),
        (EdDsa, with(ed.clone(), "x", json!(""))),
        (EdDsa, with(ed.clone(), "x", json!("å"))),
        (EdDsa, with(ed.clone(), "x", json!(5))),
        // The neutral element: any message has a signature under it.
        (
            EdDsa,
            with(
                ed.clone(),
                "x",
                json!(part([[1].as_slice(), &[0; 31]].concat())),
            ),
        ),
        (EdDsa, with(ed.clone(), "crv", json!("X25519"))),
        (EdDsa, with(ed, "crv", json!("P-256"))),
        (Es256, with(ec.clone(), "x", json!(part([1; 31])))),
        (Es256, with(ec.clone(), "y", json!(""))),
        (Es256, with(ec, "crv", json!("P-384"))),
        (Rs256, with(rsa.clone(), "n", json!(part([0xff; 128])))),
        (
            Rs256,
            with(
                rsa.clone(),
                "n",
                json!(part([[0].repeat(256), [0xff].repeat(128)].concat())),
            ),
        ),
        (Rs256, with(rsa.clone(), "n", json!(part([0xff; 513])))),
        (Rs256, with(rsa, "e", json!(""))),
        (EdDsa, json!("not a key")),
        (EdDsa, json!({ "kty": "oct", "k": "c2VjcmV0" })),
    ];
    for (algorithm, jwk) in cases {
        assert!(!usable(jwk.clone(), algorithm), "{jwk}");
    }
}

/// Some issuers write the members of all kinds of keys, empty where they do not apply.
#[test]
fn irrelevant_members_are_ignored() {
    let keys = [
        (EdDsa, Issuer::ed25519(1).jwk("a"), vec!["y", "n", "e"]),
        (Rs256, Issuer::rsa().jwk("a"), vec!["crv", "x", "y"]),
        (Es256, Issuer::p256().jwk("a"), vec!["n", "e"]),
    ];
    for (algorithm, jwk, irrelevant) in keys {
        let optional = ["alg", "use", "key_ops", "d", "x5c", "x5t", "oth", "ext"];
        for member in irrelevant.into_iter().chain(optional) {
            for value in [json!(""), json!(null)] {
                let jwk = with(jwk.clone(), member, value);
                assert!(usable(jwk.clone(), algorithm), "{jwk}");
            }
        }
        for member in ["crv", "x", "y", "n", "e"] {
            let needed = match algorithm {
                EdDsa => ["crv", "x", ""],
                Es256 => ["crv", "x", "y"],
                Rs256 => ["n", "e", ""],
            };
            for value in [json!("P-256"), json!(7), json!([])] {
                let jwk = with(jwk.clone(), member, value.clone());
                let may_be_anything = !needed.contains(&member);
                let stays = member == "crv" && algorithm == Es256 && value == "P-256";
                assert_eq!(
                    usable(jwk.clone(), algorithm),
                    may_be_anything || stays,
                    "{jwk}"
                );
            }
        }
        let no_kid = with(jwk.clone(), "kid", json!(7));
        assert!(usable(no_kid, algorithm));
        for restriction in [json!([]), json!([""]), json!(["", "verify"])] {
            assert!(usable(with(jwk.clone(), "key_ops", restriction), algorithm));
        }
        for (member, value) in [
            ("use", json!(7)),
            ("alg", json!([])),
            ("key_ops", json!("verify")),
        ] {
            assert!(
                !usable(with(jwk.clone(), member, value), algorithm),
                "{member}"
            );
        }
    }
}

#[test]
fn an_ignored_key_states_its_reason() {
    let rsa = Issuer::rsa().jwk("r");
    let keys = json!({ "keys": [
        rsa, with(rsa.clone(), "use", json!("enc")), with(rsa.clone(), "n", json!("")),
        with(rsa.clone(), "n", json!("AQAB")), Issuer::ed25519(1).jwk("e"), null,
    ] });
    let keys = KeySet::read(keys.to_string().as_bytes(), Rs256).unwrap();
    let told: Vec<_> = keys
        .ignored()
        .iter()
        .map(|key| (key.place, key.kid.as_deref(), key.reason))
        .collect();
    let wanted = [
        (1, Some("r"), "its use is not sig"),
        (2, Some("r"), "a member that its kty requires is missing"),
        (3, Some("r"), "its n has not 2048 to 4096 bits"),
        (
            4,
            Some("e"),
            "its kty is for another algorithm than the configured one",
        ),
        (5, None, "it has no kty"),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn an_invalid_key_does_not_affect_the_others() {
    let document = json!({ "keys": [null, { "kty": "new" }, Issuer::ed25519(1).jwk("a")] });
    let keys = KeySet::read(document.to_string().as_bytes(), EdDsa).unwrap();
    assert!(keys.find(Some("a")).is_some());
    assert!(keys.find(Some("A")).is_none());
}

#[test]
fn a_token_without_kid_refers_to_the_only_key() {
    let read =
        |keys: Value| KeySet::read(json!({ "keys": keys }).to_string().as_bytes(), EdDsa).unwrap();
    let (a, b) = (Issuer::ed25519(1).jwk("a"), Issuer::ed25519(2).jwk("b"));
    assert!(read(json!([a])).find(None).is_some());
    assert!(read(json!([a, b])).find(None).is_none());
    assert!(read(json!([])).find(None).is_none());
}

#[test]
fn an_invalid_key_set_is_an_error() {
    for document in ["", "{}", "[]", r#"{"keys":{}}"#, "<html>"] {
        assert!(
            KeySet::read(document.as_bytes(), EdDsa).is_err(),
            "{document}"
        );
    }
}
