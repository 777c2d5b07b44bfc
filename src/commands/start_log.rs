//! The log line with which a process starts.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use torg::{
    app::OpenDatabase,
    config::{Config, Documents},
};

/// Logs which process starts, its version, and what it uses. The line contains no passwords.
pub fn log_start(process: &str, config: &Config, open: &OpenDatabase) {
    let search = match &config.meili {
        Some(server) => without_credentials(&server.url),
        None => "embedded".to_owned(),
    };
    let documents = match &config.documents {
        None => config.data.join("documents").display().to_string(),
        Some(Documents::Folder(folder)) => folder.display().to_string(),
        Some(Documents::Bucket { bucket, prefix }) => format!("s3://{bucket}/{prefix}"),
    };
    tracing::info!(
        process,
        version = env!("CARGO_PKG_VERSION"),
        database = database(&open.url),
        search,
        documents,
        data = %config.data.display(),
        "Torg starts"
    );
}

/// Returns host, port and name of the database.
fn database(url: &str) -> String {
    match PgConnectOptions::from_str(url) {
        Ok(options) => {
            let host = match options.get_socket() {
                Some(folder) => folder.display().to_string(),
                None => options.get_host().to_owned(),
            };
            let name = options.get_database().unwrap_or_default();
            format!("{host}:{}/{name}", options.get_port())
        }
        Err(_) => "unknown".to_owned(),
    }
}

/// Returns a URL without user name and password.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[host..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_contains_no_password() {
        for (url, expected) in [
            ("http://search:7700", "http://search:7700"),
            (
                "http://user:secret@search:7700/x@y",
                "http://search:7700/x@y",
            ),
        ] {
            assert_eq!(without_credentials(url), expected);
        }
        let shown = database("postgres://torg:secret@db.example:5433/market");
        assert_eq!(shown, "db.example:5433/market");
    }
}
