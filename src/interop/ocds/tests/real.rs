//! Real notices from the folder of OCDS files in `TORG_REAL_NOTICES`; they are not part of the
//! project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::interop::ocds::{Reader, WarningKind, map};
use crate::kernel::refusal::Code;
use crate::procurement::rules::check_draft;

#[derive(Default)]
struct Tally {
    rows: usize,
    taken: usize,
    refused: BTreeMap<String, usize>,
    warned: BTreeMap<WarningKind, usize>,
    time: Duration,
}

/// Checks that every release becomes a valid notice, except for codes of older lists, or is refused
/// with a location and a reason.
#[test]
fn real_notices_are_accepted_or_refused_with_a_reason() {
    let Some(folder) = std::env::var_os("TORG_REAL_NOTICES") else {
        eprintln!("skipped: set TORG_REAL_NOTICES to a folder of OCDS files (.json, .jsonl)");
        return;
    };
    let mut files = Vec::new();
    find_files(Path::new(&folder), &mut files);
    files.sort();
    assert!(
        !files.is_empty(),
        "there are OCDS files in {}",
        folder.display()
    );
    let mut by_folder: BTreeMap<String, Tally> = BTreeMap::new();
    for file in &files {
        let group = if file.extension().is_some_and(|ending| ending == "jsonl") {
            file
        } else {
            file.parent().unwrap_or(file)
        };
        take_file(
            file,
            by_folder.entry(group.display().to_string()).or_default(),
        );
    }
    for (group, tally) in by_folder {
        let rate = tally.taken as f64 / tally.time.as_secs_f64();
        println!(
            "{group}: {} rows, {} taken, {rate:.0} a second",
            tally.rows, tally.taken
        );
        tally
            .refused
            .iter()
            .for_each(|(reason, count)| println!("    refused {count}: {reason}"));
        tally
            .warned
            .iter()
            .for_each(|(kind, count)| println!("    warned {count}: {kind}"));
    }
}

fn find_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            find_files(&path, files);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "json" || ending == "jsonl")
        {
            files.push(path);
        }
    }
}

fn take_file(file: &Path, tally: &mut Tally) {
    let started = Instant::now();
    for row in Reader::open(file).expect("the file can be opened") {
        tally.rows += 1;
        match row {
            Err(error) => {
                assert!(
                    error.line > 0 && !error.reason.is_empty() && !error.fix.is_empty(),
                    "{error}"
                );
                *tally.refused.entry(error.reason).or_default() += 1;
            }
            Ok(row) => {
                let line = row.line;
                let notice = map(row.release);
                tally.taken += 1;
                for warning in &notice.warnings {
                    *tally.warned.entry(warning.kind).or_default() += 1;
                    if std::env::var_os("TORG_REAL_NOTICES_WARNINGS").is_some() {
                        println!("{}:{line}: {warning}", file.display());
                    }
                }
                for refusal in check_draft(&notice.draft).err().unwrap_or_default() {
                    assert_eq!(
                        refusal.code,
                        Code::UnknownCode,
                        "{}:{line}: {refusal:?}",
                        file.display()
                    );
                }
            }
        }
    }
    tally.time += started.elapsed();
}
