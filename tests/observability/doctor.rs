//! `torg doctor`: a good configuration passes, and each kind of fault is found with its fix.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::{Value, json};
use sqlx::PgConnection;
use torg::tender::sealing::OpeningKey;
use uuid::Uuid;

use crate::support::{
    folder::folder,
    issuer::{Issuer, Signer},
    postgres::{TestDatabase, database},
    process::{NOWHERE, Process},
};

/// Returns `check: found` of the findings with this verdict.
fn with(findings: &[Value], verdict: &str) -> Vec<String> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    findings
        .iter()
        .filter(|finding| finding["verdict"] == verdict)
        .map(|finding| format!("{}: {}", text(finding, "check"), text(finding, "found")))
        .collect()
}

/// Runs statements as the owner of the database.
async fn execute(database: &TestDatabase, statements: String) {
    let mut connection = database.pool.acquire().await.unwrap();
    let connection: &mut PgConnection = &mut connection;
    let statements = sqlx::raw_sql(sqlx::AssertSqlSafe(statements));
    statements.execute(connection).await.unwrap();
}

#[tokio::test]
async fn a_good_configuration_has_no_problem() {
    let (database, folder) = (database().await, folder());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let issuer = Issuer::start(json!([Signer::ed25519(1).jwk("one")])).await;
    let settings = [
        ("MEILI_URL", ""),
        ("TORG_JWKS_URL", ""),
        ("TORG_OIDC_ISSUER", issuer.address()),
    ];
    let (code, findings) = Process::doctor(&database, &folder, &settings).await;
    assert_eq!(with(&findings, "problem"), Vec::<String>::new());
    assert_eq!(code, Some(0));
    let checks = findings
        .iter()
        .map(|finding| finding["check"].as_str().unwrap());
    let mut checks: Vec<_> = checks.collect();
    checks.dedup();
    for check in [
        "environment",
        "data folder",
        "port",
        "opener's key",
        "database",
        "clock",
        "migrations",
        "search",
        "documents",
        "sign-in",
    ] {
        assert!(checks.contains(&check), "{check} is missing: {checks:?}");
    }
}

#[tokio::test]
async fn each_fault_is_a_problem_with_its_fix() {
    let database = database().await;
    let other_key = folder();
    let file = other_key.path().join("opener.key");
    fs::write(&file, OpeningKey::generate().expose()).unwrap();
    let file = file.to_str().unwrap().to_owned();
    for (name, value, problem) in [
        (
            "TORG_RATE_BURTS",
            "5",
            "environment: TORG_RATE_BURTS is not a variable of Torg; did you mean TORG_RATE_BURST?",
        ),
        (
            "TORG_RATE_BURST",
            "many",
            "environment: TORG_RATE_BURST: `many`: ",
        ),
        (
            "DATABASE_URL",
            "postgres://nobody@127.0.0.1:9/torg",
            "database: cannot be used: ",
        ),
        ("MEILI_URL", NOWHERE, "search: the server cannot be used: "),
        (
            "TORG_JWKS_URL",
            "http://127.0.0.1:9/jwks.json",
            "sign-in: no key for EdDSA could be read from ",
        ),
        (
            "TORG_OPENER_RECIPIENT",
            "age1",
            "opener's key: TORG_OPENER_RECIPIENT: ",
        ),
        (
            "TORG_OPENER_RECIPIENT",
            "",
            "opener's key: TORG_OPENER_RECIPIENT: is not set",
        ),
        ("TORG_OPENER_KEY_FILE", &file, "opener's key: "),
        (
            "TORG_HOST",
            "192.0.2.1",
            "port: cannot listen on 192.0.2.1:0: ",
        ),
    ] {
        let (code, findings) = Process::doctor(&database, &folder(), &[(name, value)]).await;
        assert_eq!(code, Some(1), "{name}");
        let problems = with(&findings, "problem");
        let found = problems.iter().any(|found| found.starts_with(problem));
        assert!(found, "{name}={value}: {problems:?}");
        let mut problems = findings
            .iter()
            .filter(|finding| finding["verdict"] == "problem");
        assert!(
            problems.all(|problem| problem["fix"].is_string()),
            "{name}: {findings:?}"
        );
    }
}

#[tokio::test]
async fn an_owner_of_the_tables_is_advised_against() {
    let database = database().await;
    let (_, findings) = Process::doctor(&database, &folder(), &[]).await;
    let advice = with(&findings, "advice");
    let found = advice
        .iter()
        .any(|found| found.contains("owns the tables or is a superuser"));
    assert!(found, "{advice:?}");
}

#[tokio::test]
async fn the_rights_of_a_serving_role_are_checked() {
    let database = database().await;
    let role = format!("torg_serving_{}", Uuid::new_v4().simple());
    let tables = "all tables in schema public";
    execute(
        &database,
        format!("create role {role}; grant select, insert on {tables} to {role}"),
    )
    .await;
    let url = format!("{}&options=-c%20role%3D{role}", database.url);
    let rights = async || {
        let settings = [("DATABASE_URL", url.as_str())];
        let (_, findings) = Process::doctor(&database, &folder(), &settings).await;
        let rights = |finding: &&Value| finding["check"] == "database rights";
        findings.iter().find(rights).cloned().unwrap()
    };
    let good = rights().await;
    assert_eq!(good["verdict"], "ok", "{good}");
    execute(&database, format!("grant truncate on notice to {role}")).await;
    let dangerous = rights().await;
    assert_eq!(dangerous["verdict"], "problem", "{dangerous}");
    execute(
        &database,
        format!("revoke truncate on notice from {role}; revoke insert on question from {role}"),
    )
    .await;
    let powerless = rights().await;
    let found = powerless["found"].as_str().unwrap();
    assert!(
        found.ends_with("may not read or add rows of question"),
        "{found}"
    );
    execute(&database, format!("drop owned by {role}; drop role {role}")).await;
}
