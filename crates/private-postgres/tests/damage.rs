//! Folders that cannot be used, each with a message that has the cause and the fix.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use private_postgres::PrivatePostgres;
use tempfile::TempDir;

use super::{folder, start};

fn refusal(folder: &TempDir) -> String {
    start(folder.path())
        .expect_err("the folder is damaged")
        .to_string()
}

/// One cluster is damaged and repaired in several ways, because creating one takes a second.
#[test]
fn damaged_clusters_are_refused_or_repaired() {
    let folder = folder();
    start(folder.path()).unwrap().stop();
    let data = folder.path().join("server/data");

    without_version(&folder, &data);
    of_another_version(&folder, &data);
    with_files_missing(&folder, &data);
    with_the_number_of_a_dead_server(&folder, &data);
    cut_short_while_it_was_made(&folder, &data);
    with_a_broken_file(&folder, &data);
    PrivatePostgres::erase(folder.path()).unwrap();
    start(folder.path()).unwrap();
}

fn without_version(folder: &TempDir, data: &Path) {
    fs::rename(data.join("PG_VERSION"), folder.path().join("aside")).unwrap();
    assert_eq!(
        refusal(folder),
        format!(
            "the data folder {} is damaged (it has no file PG_VERSION): restore it from a copy, or start over with \
             `--fresh`",
            data.display()
        )
    );
    fs::rename(folder.path().join("aside"), data.join("PG_VERSION")).unwrap();
}

fn of_another_version(folder: &TempDir, data: &Path) {
    let version = fs::read(data.join("PG_VERSION")).unwrap();
    fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let message = refusal(folder);
    assert!(
        message.contains("was made by PostgreSQL 9, but only 1"),
        "{message}"
    );
    assert!(
        message.ends_with("install postgresql-9, or start over with `--fresh`"),
        "{message}"
    );
    fs::write(data.join("PG_VERSION"), version).unwrap();
}

fn with_files_missing(folder: &TempDir, data: &Path) {
    fs::rename(data.join("pg_wal"), folder.path().join("aside")).unwrap();
    let message = refusal(folder);
    assert!(
        message.contains("is damaged (it has no pg_wal)"),
        "{message}"
    );
    fs::rename(folder.path().join("aside"), data.join("pg_wal")).unwrap();
}

/// A crash leaves `postmaster.pid`, whose number belongs to another process now: here to this one.
fn with_the_number_of_a_dead_server(folder: &TempDir, data: &Path) {
    let file = data.join("postmaster.pid");
    let owner = fs::metadata(data).unwrap();
    let ours = std::process::id();
    fs::write(
        &file,
        format!(
            "{ours}\n{}\n1700000000\n5432\n/tmp\n\n\nready\n",
            data.display()
        ),
    )
    .unwrap();
    chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    start(folder.path()).unwrap().stop();
}

fn cut_short_while_it_was_made(folder: &TempDir, data: &Path) {
    fs::rename(data, data.with_extension("new")).unwrap();
    fs::remove_file(data.with_extension("new").join("PG_VERSION")).unwrap();
    start(folder.path()).unwrap().stop();
    assert!(data.join("PG_VERSION").exists());
    assert!(!data.with_extension("new").exists());
}

fn with_a_broken_file(folder: &TempDir, data: &Path) {
    fs::write(data.join("global/pg_control"), vec![0; 8192]).unwrap();
    let message = refusal(folder);
    assert!(
        message.starts_with("the private PostgreSQL did not start: "),
        "{message}"
    );
    assert!(message.contains("FATAL"), "{message}");
    let log = folder.path().join("server/log");
    let end = format!(
        "(its log is {}): fix the cause, or start over with `--fresh`",
        log.display()
    );
    assert!(message.ends_with(&end), "{message}");
}

#[test]
fn a_folder_that_cannot_be_made() {
    let error = start(Path::new("/proc/torg")).unwrap_err().to_string();
    assert!(error.starts_with("cannot make /proc/torg: "), "{error}");
    let file = folder();
    fs::write(file.path().join("file"), "").unwrap();
    let error = start(&file.path().join("file")).unwrap_err().to_string();
    assert!(error.ends_with("choose another folder"), "{error}");
}
