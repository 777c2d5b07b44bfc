//! Real notices from the folder of OCDS files in `TORG_REAL_NOTICES`; they are not part of the
//! project.

use std::path::PathBuf;

use torg::interop::import::Options;

use super::Market;

#[tokio::test(flavor = "multi_thread")]
async fn real_notices_are_imported_once() {
    let Some(folder) = std::env::var_os("TORG_REAL_NOTICES") else {
        eprintln!("skipped: set TORG_REAL_NOTICES to a folder of OCDS files (.json, .jsonl)");
        return;
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "json" || ending == "jsonl")
        })
        .collect();
    files.sort();
    let market = Market::new().await;
    for file in files {
        let name = file.display().to_string();
        let files = [file];
        let (first, messages) = market
            .import_files(&files, Options::default())
            .await
            .unwrap();
        println!("{name}\n{first}\n{messages}");
        assert_eq!(
            messages.lines().count() as u64,
            first.refused,
            "each refused row is explained"
        );
        let before = market.everything().await;
        let (again, _) = market
            .import_files(&files, Options::default())
            .await
            .unwrap();
        println!("again\n{again}\n");
        assert_eq!((again.notices, again.procurements), (0, 0));
        assert_eq!((again.rows, again.refused), (first.rows, first.refused));
        assert!(
            market.everything().await == before,
            "importing again changes nothing"
        );
    }
}
