//! Everything that is stored, as text. No query can read text that is not in it.

use std::{fs, path::Path};

use sqlx::{AssertSqlSafe, PgPool};

/// Returns every row of every table, including the job queue.
pub async fn database(pool: &PgPool) -> String {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select table_schema::text, table_name::text from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut dump = String::new();
    for (schema, table) in tables {
        let rows = format!(r#"select row::text from "{schema}"."{table}" as row"#);
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_all(pool)
            .await
            .unwrap();
        for row in rows {
            dump += &format!("{schema}.{table}: {row}\n");
        }
    }
    dump
}

/// Returns the lines of a dump that contain a text, also as the hexadecimal digits of a `bytea`.
pub fn lines_with<'a>(dump: &'a str, text: &str) -> Vec<&'a str> {
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    dump.lines()
        .filter(|line| line.contains(text) || line.contains(&digits))
        .collect()
}

/// Returns the files below a folder that contain a text.
pub fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path)
            .unwrap()
            .windows(text.len())
            .any(|part| part == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}
