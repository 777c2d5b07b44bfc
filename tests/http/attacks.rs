//! Forged and manipulated tokens: each is refused with 401, a challenge and a stable code.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use reqwest::{StatusCode, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};
use torg::auth::algorithm::SigningAlgorithm;

use crate::support::{
    app::{TestApp, unhurried},
    issuer::{Issuer, Signer, part},
};

/// The longest wait for a response: no token may hang the server.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A description of the attack, the token, and the code of the refusal.
type Attack = (String, String, &'static str);

/// A service that trusts an issuer with one key, and the issuer.
struct Target {
    app: TestApp,
    address: String,
    issuer: Issuer,
    signer: Signer,
}

impl Target {
    async fn of(signer: Signer, algorithm: SigningAlgorithm) -> Self {
        let issuer = Issuer::start(json!([signer.jwk("a")])).await;
        let app = TestApp::without_search().await;
        let address = app
            .server_trusting(issuer.trusting(algorithm), issuer.address(), unhurried())
            .await;
        Self {
            app,
            address,
            issuer,
            signer,
        }
    }

    fn header(&self) -> Value {
        json!({ "alg": self.signer.algorithm, "typ": "JWT", "kid": "a" })
    }

    fn claims(&self) -> Value {
        self.issuer.claims("anna")
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        self.signer.sign(&header.to_string(), &claims.to_string())
    }

    /// Returns a valid token with a changed header or changed claims; null removes a member.
    fn changed(&self, header: Value, claims: Value) -> String {
        self.signed(
            &changed(self.header(), header),
            &changed(self.claims(), claims),
        )
    }

    async fn verdict(&self, token: &str) -> (StatusCode, Option<String>, Value) {
        let request = self.app.http.post(format!("{}/graphql", self.address));
        let request = request.header("authorization", format!("Bearer {token}"));
        let body = json!({ "query": "{ viewer { name } }" });
        let response = request.json(&body).send().await.unwrap();
        let challenge = response.headers().get(WWW_AUTHENTICATE);
        let challenge = challenge.map(|text| text.to_str().unwrap().to_owned());
        (response.status(), challenge, response.json().await.unwrap())
    }

    async fn accepts(&self, token: &str) -> bool {
        let (status, _, body) = self.verdict(token).await;
        status == StatusCode::OK && body["data"]["viewer"]["name"] == "anna"
    }

    async fn refuses(&self, attacks: Vec<Attack>) {
        let good = self.signed(&self.header(), &self.claims());
        assert!(self.accepts(&good).await, "the valid token is refused");
        for (what, token, expected) in attacks {
            let verdict = tokio::time::timeout(TIMEOUT, self.verdict(&token)).await;
            let (status, challenge, body) = verdict.unwrap_or_else(|_| panic!("{what}: hangs"));
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}: {body}");
            let code = &body["errors"][0]["extensions"]["code"];
            assert_eq!(code, expected, "{what}");
            assert_eq!(body.get("data"), None, "{what}");
            let challenge = challenge.unwrap_or_else(|| panic!("{what}: no challenge"));
            assert!(
                challenge.starts_with(r#"Bearer realm="torg", error="invalid_token", "#),
                "{what}: {challenge}"
            );
        }
        assert!(
            self.accepts(&good).await,
            "the valid token is refused after the attacks"
        );
        let known: i64 = sqlx::query_scalar(
            "select count(*) from person where issuer = $1 and subject <> 'anna'",
        )
        .bind(self.issuer.address())
        .fetch_one(&self.app.database.pool)
        .await
        .unwrap();
        assert_eq!(known, 0, "an attack created a person");
    }
}

fn changed(mut members: Value, changes: Value) -> Value {
    let object = members.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.clone(), value.clone()),
        };
    }
    members
}

/// The token must not choose the algorithm (RFC 8725 §2.1 and §3.1).
fn other_algorithms(target: &Target) -> Vec<Attack> {
    let claims = target.claims().to_string();
    let mut attacks = Vec::new();
    for alg in [
        "none", "None", "NONE", "nOnE", "", " none", "HS256", "HS512", "PS256", "ES256K",
    ] {
        let header = changed(target.header(), json!({ "alg": alg })).to_string();
        let message = format!("{}.{}", part(&header), part(&claims));
        for (how, token) in [
            ("unsigned", format!("{message}.")),
            ("signed", target.signer.sign(&header, &claims)),
        ] {
            attacks.push((
                format!("alg `{alg}`, {how}"),
                token,
                "TOKEN_WRONG_ALGORITHM",
            ));
        }
    }
    let header = target.header().to_string();
    let unsigned = format!("{}.{}.", part(header), part(claims));
    attacks.push(("no signature".into(), unsigned, "TOKEN_BAD_SIGNATURE"));
    attacks
}

/// The public key must not work as an HMAC secret, in any encoding.
fn public_key_as_secret(target: &Target) -> Vec<Attack> {
    let jwk = target.signer.jwk("a");
    let member = if jwk["kty"] == "RSA" { "n" } else { "x" };
    let raw = URL_SAFE_NO_PAD
        .decode(jwk[member].as_str().unwrap())
        .unwrap();
    let secrets = [
        ("raw", raw),
        (
            "as base64url",
            jwk[member].as_str().unwrap().as_bytes().to_vec(),
        ),
        ("as JWK", jwk.to_string().into_bytes()),
        ("empty", Vec::new()),
    ];
    let claims = target.claims().to_string();
    let mut attacks = Vec::new();
    for (form, secret) in secrets {
        let forger = Signer::hmac(&secret);
        for (alg, code) in [
            (json!("HS256"), "TOKEN_WRONG_ALGORITHM"),
            (json!(target.signer.algorithm), "TOKEN_BAD_SIGNATURE"),
        ] {
            let header = changed(target.header(), json!({ "alg": alg })).to_string();
            let what = format!("HMAC with the public key {form} as {alg}");
            attacks.push((what, forger.sign(&header, &claims), code));
        }
    }
    attacks
}

/// Keys of other issuers with the `kid` of the trusted issuer's key.
fn other_keys(target: &Target) -> Vec<Attack> {
    let claims = target.claims().to_string();
    let own = target.signer.algorithm;
    let mut attacks = Vec::new();
    for forger in [Signer::ed25519(9), Signer::p256(), Signer::rsa()] {
        let truthful = changed(target.header(), json!({ "alg": forger.algorithm }));
        if forger.algorithm != own {
            let token = forger.sign(&truthful.to_string(), &claims);
            let what = format!("{:?} instead of {own:?}", forger.algorithm);
            attacks.push((what, token, "TOKEN_WRONG_ALGORITHM"));
        }
        if target.signer.jwk("a")["kty"] != forger.jwk("a")["kty"] || own == Algorithm::EdDSA {
            let token = forger.sign(&target.header().to_string(), &claims);
            let what = format!("{:?} declared as {own:?}", forger.algorithm);
            attacks.push((what, token, "TOKEN_BAD_SIGNATURE"));
        }
    }
    attacks
}

/// Headers with keys of their own, and hostile values of `kid`.
fn keys_in_the_header(target: &Target) -> Vec<Attack> {
    let forger = Signer::ed25519(9);
    let claims = target.claims().to_string();
    let mut attacks = Vec::new();
    for (member, value) in [
        ("jwk", forger.jwk("a")),
        ("jku", json!(format!("{}/keys", target.issuer.address()))),
        ("jku", json!("https://forger.example/jwks.json")),
        ("x5u", json!("https://forger.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        for (kid, code) in [
            ("a", "TOKEN_BAD_SIGNATURE"),
            ("forged", "TOKEN_UNKNOWN_KEY"),
        ] {
            let header = changed(target.header(), json!({ member: value, "kid": kid }));
            let what = format!("{member} in the header, kid {kid}");
            attacks.push((what, forger.sign(&header.to_string(), &claims), code));
        }
    }
    for kid in [
        "../../../../dev/null",
        "/etc/passwd",
        "a' OR '1'='1",
        "a'; DROP TABLE person; --",
        "https://forger.example/jwks.json",
        "a\u{0}",
        "A",
        "",
        " a",
        &"k".repeat(5_000),
    ] {
        let what = format!("kid {:.40}", kid.escape_debug());
        let token = target.changed(json!({ "kid": kid }), json!({}));
        attacks.push((what, token, "TOKEN_UNKNOWN_KEY"));
    }
    for kid in [json!(7), json!(["a"]), json!({ "a": 1 })] {
        let token = target.changed(json!({ "kid": kid }), json!({}));
        attacks.push((format!("kid {kid}"), token, "TOKEN_MALFORMED"));
    }
    attacks
}

/// Other kinds of tokens, and unknown critical extensions (RFC 7515 §4.1.11, RFC 8725 §3.11).
fn other_kinds(target: &Target) -> Vec<Attack> {
    let headers = [
        json!({ "typ": "logout+jwt" }),
        json!({ "typ": "secevent+jwt" }),
        json!({ "typ": "dpop+jwt" }),
        json!({ "typ": "JOSE" }),
        json!({ "typ": "" }),
        json!({ "typ": "application/id+jwt" }),
        json!({ "crit": ["exp"], "exp": 1 }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "crit": [] }),
    ];
    let attack = |header: Value| {
        let token = target.changed(header.clone(), json!({}));
        (format!("header {header}"), token, "TOKEN_UNSUPPORTED_TYPE")
    };
    headers.into_iter().map(attack).collect()
}

/// Claims that are missing, for another service, expired, or not yet valid.
fn wrong_claims(target: &Target) -> Vec<Attack> {
    let now = chrono::Utc::now().timestamp();
    let slash = format!("{}/", target.issuer.address());
    let cases = [
        (json!({ "iss": null }), "TOKEN_CLAIM_MISSING"),
        (json!({ "aud": null }), "TOKEN_CLAIM_MISSING"),
        (json!({ "exp": null }), "TOKEN_CLAIM_MISSING"),
        (json!({ "sub": null }), "TOKEN_CLAIM_MISSING"),
        (json!({ "sub": "" }), "TOKEN_CLAIM_MISSING"),
        (
            json!({ "iss": "https://forger.example" }),
            "TOKEN_WRONG_ISSUER",
        ),
        (json!({ "iss": slash }), "TOKEN_WRONG_ISSUER"),
        (json!({ "iss": "" }), "TOKEN_WRONG_ISSUER"),
        (json!({ "aud": "other" }), "TOKEN_WRONG_AUDIENCE"),
        (json!({ "aud": ["other", "TORG"] }), "TOKEN_WRONG_AUDIENCE"),
        (json!({ "aud": [] }), "TOKEN_WRONG_AUDIENCE"),
        (json!({ "exp": now - 31 }), "TOKEN_EXPIRED"),
        (json!({ "exp": 0 }), "TOKEN_EXPIRED"),
        (json!({ "exp": -1 }), "TOKEN_EXPIRED"),
        (json!({ "nbf": now + 60 }), "TOKEN_NOT_YET_VALID"),
        (json!({ "iat": now + 60 }), "TOKEN_NOT_YET_VALID"),
        (json!({ "exp": "9999999999" }), "TOKEN_MALFORMED"),
        (json!({ "exp": 1e300 }), "TOKEN_MALFORMED"),
        (json!({ "sub": ["anna"] }), "TOKEN_MALFORMED"),
        (json!({ "sub": "an\u{0}na" }), "TOKEN_MALFORMED"),
    ];
    let attack = |(claims, code): (Value, &'static str)| {
        let token = target.changed(json!({}), claims.clone());
        (format!("claims {claims}"), token, code)
    };
    cases.into_iter().map(attack).collect()
}

/// Texts that are not tokens, and tokens that were tampered with.
fn malformed(target: &Target) -> Vec<Attack> {
    let good = target.signed(&target.header(), &target.claims());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("a JWT has three parts")
    };
    let (plain_header, plain) = (target.header().to_string(), target.claims().to_string());
    let twice = |text: &str, member: &str| format!("{},{member}}}", text.trim_end_matches('}'));
    let of = |header: &str, payload: &str| target.signer.sign(header, payload);
    let operator = part(changed(target.claims(), json!({ "sub": "operator" })).to_string());
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[0] ^= 1;
    let long = target.changed(json!({}), json!({ "name": "a".repeat(8_000) }));
    let cases = [
        (
            "two dots less",
            format!("{header}{payload}{signature}"),
            "TOKEN_MALFORMED",
        ),
        (
            "one dot less",
            format!("{header}.{payload}"),
            "TOKEN_MALFORMED",
        ),
        ("a dot more", format!("{good}."), "TOKEN_MALFORMED"),
        ("dots alone", "..".into(), "TOKEN_MALFORMED"),
        (
            "five parts (JWE)",
            format!("{good}.{payload}.{signature}"),
            "TOKEN_MALFORMED",
        ),
        (
            "bad base64 in the header",
            format!("{header}!.{payload}.{signature}"),
            "TOKEN_MALFORMED",
        ),
        (
            "bad base64 in the claims",
            format!("{header}.{payload}!.{signature}"),
            "TOKEN_BAD_SIGNATURE",
        ),
        (
            "bad base64 in the signature",
            format!("{header}.{payload}.{signature}!"),
            "TOKEN_MALFORMED",
        ),
        (
            "padding",
            format!("{header}.{payload}.{signature}=="),
            "TOKEN_MALFORMED",
        ),
        (
            "trailing bytes",
            format!("{good}AAAA"),
            "TOKEN_BAD_SIGNATURE",
        ),
        ("a trailing byte", format!("{good}A"), "TOKEN_BAD_SIGNATURE"),
        (
            "cut",
            good[..good.len() - 6].to_owned(),
            "TOKEN_BAD_SIGNATURE",
        ),
        (
            "flipped",
            format!("{header}.{payload}.{}", part(flipped)),
            "TOKEN_BAD_SIGNATURE",
        ),
        (
            "other claims",
            format!("{header}.{operator}.{signature}"),
            "TOKEN_BAD_SIGNATURE",
        ),
        (
            "claims twice",
            of(&plain_header, &twice(&plain, r#""sub":"operator""#)),
            "TOKEN_MALFORMED",
        ),
        (
            "aud twice",
            of(&plain_header, &twice(&plain, r#""aud":"other""#)),
            "TOKEN_MALFORMED",
        ),
        (
            "iss twice",
            of(&plain_header, &twice(&plain, r#""iss":"x""#)),
            "TOKEN_MALFORMED",
        ),
        (
            "exp twice",
            of(&plain_header, &twice(&plain, r#""exp":9999999999"#)),
            "TOKEN_MALFORMED",
        ),
        (
            "alg twice",
            of(&twice(&plain_header, r#""alg":"none""#), &plain),
            "TOKEN_MALFORMED",
        ),
        (
            "kid twice",
            of(&twice(&plain_header, r#""kid":"a""#), &plain),
            "TOKEN_MALFORMED",
        ),
        (
            "bytes after the claims",
            of(&plain_header, &format!("{plain}{plain}")),
            "TOKEN_MALFORMED",
        ),
        (
            "bytes after the header",
            of(&format!("{plain_header}{{}}"), &plain),
            "TOKEN_MALFORMED",
        ),
        (
            "claims in a list",
            of(&plain_header, &format!("[{plain}]")),
            "TOKEN_MALFORMED",
        ),
        ("too long", long, "TOKEN_TOO_LONG"),
        ("no JWT at all", "secret".into(), "TOKEN_MALFORMED"),
    ];
    let attack = |(what, token, code): (&str, String, &'static str)| (what.to_owned(), token, code);
    cases.into_iter().map(attack).collect()
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let target = Target::of(Signer::ed25519(1), SigningAlgorithm::EdDsa).await;
    let attacks = [
        other_algorithms(&target),
        public_key_as_secret(&target),
        other_keys(&target),
        keys_in_the_header(&target),
        other_kinds(&target),
        wrong_claims(&target),
        malformed(&target),
    ]
    .concat();
    assert!(attacks.len() > 100, "{}", attacks.len());
    target.refuses(attacks).await;
    // Valid variants: types of access tokens, several audiences, headers that are ignored.
    for (header, claims) in [
        (json!({ "typ": null }), json!({})),
        (json!({ "typ": "at+jwt" }), json!({})),
        (json!({ "typ": "application/at+jwt" }), json!({})),
        (
            json!({ "x5t": "AAAA", "jku": "https://forger.example" }),
            json!({}),
        ),
        (json!({}), json!({ "aud": ["other", "torg"] })),
        (json!({}), json!({ "iat": null })),
    ] {
        let token = target.changed(header.clone(), claims.clone());
        assert!(target.accepts(&token).await, "{header} {claims}");
    }
}

#[tokio::test]
async fn an_rsa_key_verifies_only_rsa_tokens() {
    let target = Target::of(Signer::rsa(), SigningAlgorithm::Rs256).await;
    let attacks = [public_key_as_secret(&target), other_keys(&target)].concat();
    target.refuses(attacks).await;
}
