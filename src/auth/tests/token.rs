use chrono::DateTime;
use jsonwebtoken::DecodingKeyKind;
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, Issuer, claims, claims_with, now, part, settings};
use crate::auth::algorithm::SigningAlgorithm;
use crate::auth::refusal::TokenRefusal::{self, *};
use crate::auth::token::{Claims, MAX_TOKEN_BYTES, Verifier};

/// Returns a service with the default configuration, and the issuer that it trusts.
fn service() -> (Verifier, Issuer) {
    let issuer = Issuer::ed25519(1);
    (
        Verifier::local(&settings(SigningAlgorithm::EdDsa), issuer.public()),
        issuer,
    )
}

async fn refused(verifier: &Verifier, token: &str) -> Option<TokenRefusal> {
    verifier.verify(token, now()).await.err()
}

#[tokio::test]
async fn a_valid_token_yields_its_claims() {
    let (service, issuer) = service();
    let claims = claims_with(json!({ "name": "Anna Åström" }));
    let accepted = service.verify(&issuer.token(None, claims), now()).await;
    let expires_at = DateTime::from_timestamp(now().timestamp() + 3600, 0).unwrap();
    let expected = Claims {
        subject: "anna".into(),
        expires_at,
        name: Some("Anna Åström".into()),
    };
    assert_eq!(accepted, Ok(expected));
}

#[tokio::test]
async fn each_algorithm_accepts_only_its_own_tokens() {
    let issuers = [Issuer::ed25519(1), Issuer::rsa(), Issuer::p256()];
    let algorithms = [
        SigningAlgorithm::EdDsa,
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Es256,
    ];
    for (own, algorithm) in algorithms.into_iter().enumerate() {
        let service = Verifier::local(&settings(algorithm), issuers[own].public());
        for (other, issuer) in issuers.iter().enumerate() {
            let expected = (own != other).then_some(WrongAlgorithm);
            assert_eq!(
                refused(&service, &issuer.token(None, claims())).await,
                expected
            );
        }
    }
}

/// The header's `alg` must not choose how the token is verified (RFC 8725 §2.1).
#[tokio::test]
async fn the_header_does_not_choose_the_algorithm() {
    let (service, issuer) = service();
    let message = |alg: &str| {
        format!(
            "{}.{}",
            part(json!({ "alg": alg }).to_string()),
            part(claims().to_string())
        )
    };
    for alg in [
        "none", "None", "NONE", "nOnE", "", "eddsa", "Ed25519", "HS256", "RS256", "ES256K",
    ] {
        assert_eq!(
            refused(&service, &format!("{}.", message(alg))).await,
            Some(WrongAlgorithm),
            "{alg}"
        );
        let signed = issuer.sign(json!({ "alg": alg }), claims());
        assert_eq!(
            refused(&service, &signed).await,
            Some(WrongAlgorithm),
            "{alg}"
        );
    }
    let unsigned = format!("{}.", message("EdDSA"));
    assert_eq!(refused(&service, &unsigned).await, Some(BadSignature));
}

/// The public key must not work as an HMAC secret.
#[tokio::test]
async fn a_public_key_is_not_a_secret() {
    for (algorithm, issuer) in [
        (SigningAlgorithm::EdDsa, Issuer::ed25519(1)),
        (SigningAlgorithm::Rs256, Issuer::rsa()),
    ] {
        let service = Verifier::local(&settings(algorithm), issuer.public());
        let public = issuer.public();
        let secret = match public.kind() {
            DecodingKeyKind::SecretOrDer(bytes) => bytes,
            DecodingKeyKind::RsaModulusExponent { n, .. } => n,
        };
        let forger = Issuer::hmac(secret);
        assert_eq!(
            refused(&service, &forger.token(None, claims())).await,
            Some(WrongAlgorithm)
        );
        let disguised = forger.sign(json!({ "alg": algorithm.name() }), claims());
        assert_eq!(refused(&service, &disguised).await, Some(BadSignature));
    }
}

#[tokio::test]
async fn another_key_or_changed_contents_are_refused() {
    let (service, issuer) = service();
    let stranger = Issuer::ed25519(2).token(None, claims());
    assert_eq!(refused(&service, &stranger).await, Some(BadSignature));

    let good = issuer.token(None, claims());
    let parts: Vec<&str> = good.split('.').collect();
    let operator = part(claims_with(json!({ "sub": "operator" })).to_string());
    let changed = format!("{}.{operator}.{}", parts[0], parts[2]);
    assert_eq!(refused(&service, &changed).await, Some(BadSignature));
    let cut = &good[..good.len() - 6];
    assert_eq!(refused(&service, cut).await, Some(BadSignature));
}

/// Keys and URLs of keys in a token's header are ignored.
#[tokio::test]
async fn keys_in_the_header_are_ignored() {
    let (service, issuer) = service();
    let forger = Issuer::ed25519(2);
    let header = json!({
        "alg": "EdDSA",
        "jwk": forger.jwk("forged"),
        "jku": "https://forger.example/jwks.json",
        "x5u": "https://forger.example/chain.pem",
        "x5c": ["AAAA"],
        "kid": "../../../../dev/null",
    });
    assert_eq!(
        refused(&service, &forger.sign(header.clone(), claims())).await,
        Some(BadSignature)
    );
    assert_eq!(
        refused(&service, &issuer.sign(header, claims())).await,
        None
    );
}

#[tokio::test]
async fn only_access_tokens_are_accepted() {
    let (service, issuer) = service();
    let cases = [
        (json!({ "typ": "JWT" }), None),
        (json!({ "typ": "jwt" }), None),
        (json!({ "typ": "at+jwt" }), None),
        (json!({ "typ": "application/at+jwt" }), None),
        (json!({}), None),
        (json!({ "typ": "logout+jwt" }), Some(UnsupportedType)),
        (json!({ "typ": "secevent+jwt" }), Some(UnsupportedType)),
        (json!({ "typ": "" }), Some(UnsupportedType)),
        (
            json!({ "typ": "JWT", "crit": ["b64"], "b64": false }),
            Some(UnsupportedType),
        ),
        (json!({ "typ": "JWT", "crit": [] }), Some(UnsupportedType)),
        (json!({ "typ": 1 }), Some(Malformed)),
    ];
    for (mut header, expected) in cases {
        header["alg"] = "EdDSA".into();
        let token = issuer.sign(header.clone(), claims());
        assert_eq!(refused(&service, &token).await, expected, "{header}");
    }
}

#[tokio::test]
async fn missing_or_foreign_claims_are_refused() {
    let (service, issuer) = service();
    let long_subject = "a".repeat(256);
    let cases = [
        (json!({ "iss": null }), Some(ClaimMissing)),
        (json!({ "aud": null }), Some(ClaimMissing)),
        (json!({ "exp": null }), Some(ClaimMissing)),
        (json!({ "sub": null }), Some(ClaimMissing)),
        (json!({ "sub": "" }), Some(ClaimMissing)),
        (json!({ "sub": " " }), Some(ClaimMissing)),
        (json!({ "sub": 7 }), Some(Malformed)),
        (json!({ "sub": "an\nna" }), Some(Malformed)),
        (json!({ "sub": long_subject }), Some(Malformed)),
        (
            json!({ "iss": "https://login.example.org/" }),
            Some(WrongIssuer),
        ),
        (
            json!({ "iss": "https://LOGIN.example.org" }),
            Some(WrongIssuer),
        ),
        (json!({ "iss": "" }), Some(WrongIssuer)),
        (json!({ "iss": 7 }), Some(ClaimMissing)),
        (
            json!({ "aud": "https://other.example.org" }),
            Some(WrongAudience),
        ),
        (json!({ "aud": [] }), Some(WrongAudience)),
        (
            json!({ "aud": ["https://other.example.org"] }),
            Some(WrongAudience),
        ),
        (
            json!({ "aud": ["https://other.example.org", AUDIENCE] }),
            None,
        ),
        (json!({ "aud": { "is": AUDIENCE } }), Some(ClaimMissing)),
        (json!({ "exp": "tomorrow" }), Some(Malformed)),
        (json!({ "exp": 1e300 }), Some(Malformed)),
        (json!({ "nbf": "today" }), Some(Malformed)),
        (json!({ "nbf": 1e300 }), Some(Malformed)),
        (json!({ "name": 7 }), Some(Malformed)),
    ];
    for (changes, expected) in cases {
        let token = issuer.token(None, claims_with(changes.clone()));
        assert_eq!(refused(&service, &token).await, expected, "{changes}");
    }
}

#[tokio::test]
async fn times_have_30_seconds_of_leeway() {
    let (service, issuer) = service();
    let from_now = |seconds: f64| json!(now().timestamp() as f64 + seconds);
    let cases: [(&str, f64, Option<TokenRefusal>); 12] = [
        ("exp", 0.0, None),
        ("exp", -29.0, None),
        ("exp", -29.5, None),
        ("exp", -30.0, Some(Expired)),
        ("exp", -86_400.0, Some(Expired)),
        ("nbf", -1.0, None),
        ("nbf", 30.0, None),
        ("nbf", 30.5, Some(NotYetValid)),
        ("nbf", 86_400.0, Some(NotYetValid)),
        ("iat", -86_400.0, None),
        ("iat", 30.0, None),
        ("iat", 30.5, Some(NotYetValid)),
    ];
    for (claim, seconds, expected) in cases {
        let token = issuer.token(None, claims_with(json!({ claim: from_now(seconds) })));
        assert_eq!(
            refused(&service, &token).await,
            expected,
            "{claim} {seconds}"
        );
    }
}

#[tokio::test]
async fn a_token_expires_within_366_days() {
    let (service, issuer) = service();
    let seconds = now().timestamp();
    let day = 24 * 60 * 60;
    for (changes, expected) in [
        (json!({ "exp": seconds + 366 * day }), None),
        (
            json!({ "exp": seconds + 366 * day + 1 }),
            Some(ExpiresTooLate),
        ),
        (
            json!({ "exp": (seconds + 3600) * 1000 }),
            Some(ExpiresTooLate),
        ),
        // The last representable date must not overflow.
        (
            json!({ "exp": DateTime::<chrono::Utc>::MAX_UTC.timestamp() }),
            Some(ExpiresTooLate),
        ),
        (
            json!({ "exp": (seconds + 3600) * 1_000_000 }),
            Some(Malformed),
        ),
        (json!({ "nbf": seconds * 1000 }), Some(NotYetValid)),
        (json!({ "iat": seconds * 1000 }), Some(NotYetValid)),
    ] {
        let token = issuer.token(None, claims_with(changes.clone()));
        assert_eq!(refused(&service, &token).await, expected, "{changes}");
    }
}

#[tokio::test]
async fn duplicate_members_are_refused() {
    let (service, issuer) = service();
    let exp = now().timestamp() + 3600;
    let header = r#"{"alg":"EdDSA"}"#;
    let rest = format!(r#""aud":"{AUDIENCE}","exp":{exp}"#);
    let payloads = [
        format!(r#"{{"iss":"{ISSUER}","sub":"anna","sub":"operator",{rest}}}"#),
        format!(r#"{{"iss":"https://other.example","iss":"{ISSUER}","sub":"anna",{rest}}}"#),
        format!(r#"{{"iss":"{ISSUER}","sub":"anna",{rest},"exp":9999999999}}"#),
        format!(r#"{{"iss":"{ISSUER}","sub":"anna",{rest},"aud":"other"}}"#),
    ];
    for payload in payloads {
        assert_eq!(
            refused(&service, &issuer.sign_raw(header, &payload)).await,
            Some(Malformed),
            "{payload}"
        );
    }
    let two_algorithms = issuer.sign_raw(r#"{"alg":"none","alg":"EdDSA"}"#, claims().to_string());
    assert_eq!(refused(&service, &two_algorithms).await, Some(Malformed));
}

#[tokio::test]
async fn malformed_tokens_are_refused() {
    let (service, issuer) = service();
    let good = issuer.token(None, claims());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("a JWT has three parts")
    };
    let malformed: [String; 14] = [
        String::new(),
        "..".into(),
        "...".into(),
        "anna".into(),
        "\0".into(),
        format!("{header}.{payload}"),
        format!("{good}.{signature}"),
        format!("{header}.{good}"),
        format!(" {good}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!("{header}.{payload}.å"),
        format!("{}.{payload}.{signature}", part("[]")),
        issuer.sign_raw(json!({ "alg": "EdDSA" }).to_string(), "null"),
    ];
    for token in malformed {
        assert_eq!(
            refused(&service, &token).await,
            Some(Malformed),
            "{token:?}"
        );
    }
    let not_text = issuer.sign_raw(json!({ "alg": "EdDSA" }).to_string(), [0xff, 0xfe]);
    assert_eq!(refused(&service, &not_text).await, Some(Malformed));
}

#[tokio::test]
async fn long_tokens_are_refused() {
    let (service, issuer) = service();
    let with_name_of =
        |length: usize| issuer.token(None, claims_with(json!({ "name": "a".repeat(length) })));
    let longest = (MAX_TOKEN_BYTES - with_name_of(1).len()) / 4 * 3;
    assert_eq!(refused(&service, &with_name_of(longest)).await, None);
    assert_eq!(
        refused(&service, &with_name_of(longest + 9)).await,
        Some(TooLong)
    );
    assert_eq!(
        refused(&service, &with_name_of(1 << 20)).await,
        Some(TooLong)
    );
    assert_eq!(refused(&service, &".".repeat(1 << 20)).await, Some(TooLong));
}

#[test]
fn algorithms_are_configured_by_name() {
    for algorithm in [
        SigningAlgorithm::EdDsa,
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Es256,
    ] {
        assert_eq!(algorithm.name().parse(), Ok(algorithm));
    }
    for name in ["HS256", "none", "eddsa", ""] {
        let error = name.parse::<SigningAlgorithm>().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("unknown signing algorithm `{name}`: choose EdDSA, RS256 or ES256")
        );
    }
}

proptest::proptest! {
    // Few cases: cryptography is slow in a development build, and these tests look for panics.
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Any bytes are refused without a panic.
    #[test]
    fn no_bytes_pass_or_panic(header in ".{0,80}", payload in ".{0,80}", signature in ".{0,80}", encoded: bool) {
        let token = if encoded {
            format!("{}.{}.{}", part(&header), part(&payload), part(&signature))
        } else {
            format!("{header}.{payload}.{signature}")
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (service, _) = service();
        assert!(runtime.block_on(service.verify(&token, now())).is_err());
    }

    /// Any claims with a valid signature are handled without a panic.
    #[test]
    fn no_claims_panic(exp in proptest::num::f64::ANY, nbf: i64, sub in ".{0,300}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (service, issuer) = service();
        let claims: Value = claims_with(json!({ "exp": exp, "nbf": nbf, "sub": sub }));
        if let Ok(accepted) = runtime.block_on(service.verify(&issuer.token(None, claims), now())) {
            assert_eq!(accepted.subject, sub);
            assert!(exp > now().timestamp() as f64 - 31.0);
            assert!(nbf <= now().timestamp() + 30);
        }
    }
}
