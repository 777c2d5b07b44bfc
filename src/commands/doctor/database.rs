//! Checks of the database: server, schema, rights of the role, clock.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use sqlx::postgres::{PgPool, PgPoolOptions};
use torg::{
    app::BACKGROUND_CONNECTIONS,
    config::Config,
    database::{
        inspection::{self, Server, Table},
        migrations,
    },
};

use super::Finding;

const CHECK: &str = "database";
const RIGHTS: &str = "database rights";
/// The oldest PostgreSQL that Torg supports, as `server_version_num`.
const MIN_VERSION: i32 = 130_000;
/// Difference between this machine's and the database's clock that is a problem.
const MAX_SKEW: TimeDelta = TimeDelta::seconds(1);
/// Tables to which only the opener and the demo add rows.
const OF_OTHERS: [&str; 4] = [
    "opened_tender",
    "opener_heartbeat",
    "sample_journey",
    "sealing_key",
];
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let Some(url) = &config.database_url else {
        let found = "DATABASE_URL is not set; commands use a private PostgreSQL in the data folder";
        return vec![Finding::ok(CHECK, found)];
    };
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(TIMEOUT);
    let checked = async {
        let pool = pool.connect(url).await?;
        inspect(&pool, config).await
    };
    match checked.await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::problem(
            CHECK,
            format!("cannot be used: {error}"),
            "check DATABASE_URL, that the server runs, and that the role may connect",
        )],
    }
}

async fn inspect(pool: &PgPool, config: &Config) -> Result<Vec<Finding>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let asked = Instant::now();
    let server = inspection::server(&mut connection).await?;
    let trip = TimeDelta::from_std(asked.elapsed()).unwrap_or_default();
    let skew = Utc::now() - trip / 2 - server.now;
    let tables = inspection::tables(&mut connection).await?;
    drop(connection);
    let up_to_date = migrations::is_up_to_date(pool).await?;
    let mut findings = server_findings(&server, config);
    findings.push(clock(skew));
    findings.push(match up_to_date {
        true => Finding::ok("migrations", "all are applied"),
        false => Finding::problem(
            "migrations",
            "some are missing",
            "run `torg migrate` as the owner of the tables",
        ),
    });
    findings.extend(rights(&server, &tables));
    Ok(findings)
}

fn server_findings(server: &Server, config: &Config) -> Vec<Finding> {
    let version = format!("PostgreSQL {}", server.version / 10_000);
    let mut findings = vec![match server.version >= MIN_VERSION {
        true => Finding::ok(CHECK, format!("{version}, role {}", server.role)),
        false => Finding::problem(CHECK, version, "install PostgreSQL 13 or later"),
    }];
    if server.encoding != "UTF8" {
        let found = format!("the encoding is {}", server.encoding);
        findings.push(Finding::problem(
            CHECK,
            found,
            "create the database with ENCODING UTF8",
        ));
    }
    if server.read_only {
        let found = "the server accepts no writes: it is a replica, or transactions are read-only";
        findings.push(Finding::problem(
            CHECK,
            found,
            "let DATABASE_URL name the primary",
        ));
    }
    let needed = i64::from(config.database_connections + BACKGROUND_CONNECTIONS + 1);
    let free = i64::from(server.max_connections) - server.connections;
    if free < needed {
        findings.push(Finding::advice(
            CHECK,
            format!("{free} connections are free; one `torg serve` uses up to {needed}"),
            "raise max_connections, or lower TORG_DATABASE_CONNECTIONS; ignore this while the server runs",
        ));
    }
    findings
}

fn clock(skew: TimeDelta) -> Finding {
    let found = format!(
        "this machine's differs from the database's by {} ms",
        skew.num_milliseconds()
    );
    match skew.abs() <= MAX_SKEW {
        true => Finding::ok("clock", found),
        false => Finding::problem(
            "clock",
            found,
            "synchronise both clocks (NTP): deadlines follow the database's",
        ),
    }
}

/// Checks what the role may do. Before the migrations there are no tables to check.
fn rights(server: &Server, tables: &[Table]) -> Vec<Finding> {
    let names = |wanted: fn(&Table) -> bool| {
        let found = tables.iter().filter(|table| wanted(table));
        found.map(|table| table.name.as_str()).collect::<Vec<_>>()
    };
    let mut findings = Vec::new();
    let missing = names(|table| {
        let adds = !OF_OTHERS.contains(&table.name.as_str());
        !table.may_select || (adds && !table.may_insert)
    });
    if !missing.is_empty() {
        findings.push(Finding::problem(
            RIGHTS,
            format!(
                "{} may not read or add rows of {}",
                server.role,
                missing.join(", ")
            ),
            "grant them, see docs/operations.md",
        ));
    }
    let owned = names(|table| table.owned);
    if server.superuser || !owned.is_empty() {
        findings.push(Finding::advice(
            RIGHTS,
            format!(
                "{} owns the tables or is a superuser, so it could change published rows",
                server.role
            ),
            "serve with a role that owns nothing, see docs/operations.md",
        ));
    } else {
        let truncate = names(|table| table.append_only && table.may_truncate);
        if !truncate.is_empty() {
            findings.push(Finding::problem(
                RIGHTS,
                format!("{} may empty {}", server.role, truncate.join(", ")),
                format!(
                    "revoke truncate on all tables in schema public from {}",
                    server.role
                ),
            ));
        }
    }
    if findings.is_empty() && !tables.is_empty() {
        findings.push(Finding::ok(
            RIGHTS,
            format!("{} has the rights of a serving role", server.role),
        ));
    }
    findings
}
