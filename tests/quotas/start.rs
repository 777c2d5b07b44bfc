//! `TORG_QUOTAS` at the start of a process.

use serde_json::{Value, json};

use crate::support::{
    folder::folder,
    issuer::{Issuer, Signer},
    postgres::database,
    process::Process,
};

#[tokio::test]
async fn a_wrong_file_of_quotas_stops_the_server_at_start() {
    let database = database().await;
    let folder = folder();
    let file = folder.path().join("quotas.json");
    let path = file.display().to_string();
    let missing = format!("TORG_QUOTAS: cannot read `{path}`");
    let log = Process::refused(&database, &[("TORG_QUOTAS", &path)]).await;
    assert!(log.contains(&missing), "{log}");
    std::fs::write(&file, r#"{"DOCUMENTS": {}}"#).unwrap();
    let log = Process::refused(&database, &[("TORG_QUOTAS", &path)]).await;
    for part in [
        format!("TORG_QUOTAS: `{path}`: unknown variant `DOCUMENTS`").as_str(),
        "see docs/configuration.md for the format",
    ] {
        assert!(log.contains(part), "{log}");
    }
}

#[tokio::test]
async fn a_file_of_quotas_lowers_a_limit_of_the_server() {
    let database = database().await;
    let signer = Signer::ed25519(1);
    let issuer = Issuer::start(json!([signer.jwk("a")])).await;
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "a" });
    let token = signer.sign(&header.to_string(), &issuer.claims("anna").to_string());
    let folder = folder();
    let file = folder.path().join("quotas.json");
    std::fs::write(&file, r#"{"ORGANISATION": {"person": {"total": 1}}}"#).unwrap();
    let keys = format!("{}/keys", issuer.address());
    let settings = [
        ("TORG_JWT_ISSUER", issuer.address()),
        ("TORG_JWKS_URL", &keys),
        ("TORG_QUOTAS", file.to_str().unwrap()),
    ];
    let server = Process::serve(&database, &settings).await;
    let query = "mutation($name: String!) {
        createOrganisation(input: { kind: COMPANY, profile: { name: $name } }) { userErrors { code } } }";
    let mut answers = Vec::new();
    for name in ["Stolar och bord", "Lampor och mattor"] {
        let request = server.post(query, json!({ "name": name }));
        let response = request.bearer_auth(&token).send().await.unwrap();
        let body: Value = response.json().await.unwrap();
        answers.push(body["data"]["createOrganisation"]["userErrors"].clone());
    }
    assert_eq!(answers, [json!([]), json!([{ "code": "QUOTA_EXCEEDED" }])]);
}
