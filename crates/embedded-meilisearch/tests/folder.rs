//! The engine's folder over a restart, folders that it refuses to open, and hostile requests.

use embedded_meilisearch::{Engine, OpenError, client};
use meilisearch_sdk::client::{Client, SwapIndexes};
use meilisearch_sdk::tasks::Task;
use serde_json::{Value, json};
use tempfile::TempDir;

fn new_folder() -> TempDir {
    tempfile::tempdir().expect("the temporary folder can be written to")
}

async fn add(search: &Client<Engine>, index: &str, documents: &[Value]) {
    let task = search
        .index(index)
        .add_documents(documents, Some("id"))
        .await
        .expect("accepted");
    let task = task
        .wait_for_completion(search, None, None)
        .await
        .expect("finished");
    assert!(matches!(task, Task::Succeeded { .. }), "{task:?}");
}

async fn titles(search: &Client<Engine>, index: &str, query: &str) -> Vec<String> {
    let found = search
        .index(index)
        .search()
        .with_query(query)
        .execute::<Value>()
        .await
        .expect("found");
    found
        .hits
        .into_iter()
        .map(|hit| hit.result["title"].as_str().expect("a title").to_owned())
        .collect()
}

#[tokio::test]
async fn indexes_and_swaps_survive_a_restart() {
    let folder = new_folder();
    {
        let search = client(Engine::open(folder.path()).expect("a new folder"));
        add(&search, "now", &[json!({ "id": 1, "title": "gammal" })]).await;
        add(&search, "next", &[json!({ "id": 1, "title": "ny" })]).await;
        let swap = SwapIndexes {
            indexes: ("now".to_owned(), "next".to_owned()),
            rename: None,
        };
        let task = search.swap_indexes([&swap]).await.expect("accepted");
        task.wait_for_completion(&search, None, None)
            .await
            .expect("finished");
        assert_eq!(titles(&search, "now", "").await, ["ny"]);
    }
    let search = client(Engine::open(folder.path()).expect("the same folder"));
    assert_eq!(titles(&search, "now", "").await, ["ny"]);
    assert_eq!(titles(&search, "next", "").await, ["gammal"]);
    let index = search.get_index("now").await.expect("the index");
    assert_eq!(index.primary_key.as_deref(), Some("id"));
}

#[tokio::test]
async fn a_folder_can_be_open_only_once() {
    let folder = new_folder();
    let first = Engine::open(folder.path()).expect("a new folder");
    let refusal = Engine::open(folder.path()).err().expect("a refusal");
    assert!(matches!(refusal, OpenError::InUse { .. }), "{refusal}");
    drop(first);
    Engine::open(folder.path()).expect("free again");
}

#[tokio::test]
async fn a_foreign_folder_is_refused_and_left_alone() {
    let folder = new_folder();
    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "dear all").expect("a file");
    let refusal = Engine::open(folder.path())
        .err()
        .expect("a refusal")
        .to_string();
    assert!(
        refusal.contains(&folder.path().display().to_string())
            && refusal.contains("rebuild the indexes"),
        "{refusal}"
    );
    assert_eq!(
        std::fs::read_to_string(letter).expect("the file"),
        "dear all"
    );
}

#[tokio::test]
async fn damaged_data_is_refused_with_the_fix() {
    type Damage = fn(&std::path::Path);
    let damages: [(&str, Damage); 4] = [
        ("overwritten", |data| {
            std::fs::write(data, vec![7_u8; 65_536]).expect("written")
        }),
        ("emptied", |data| std::fs::write(data, "").expect("written")),
        ("cut off", |data| {
            let file = std::fs::File::options()
                .write(true)
                .open(data)
                .expect("opened");
            file.set_len(8_192).expect("cut");
        }),
        ("missing", |data| {
            std::fs::remove_file(data).expect("removed")
        }),
    ];
    for (what, damage) in damages {
        let folder = new_folder();
        {
            let search = client(Engine::open(folder.path()).expect("a new folder"));
            add(&search, "now", &[json!({ "id": 1, "title": "städning" })]).await;
        }
        let index = std::fs::read_dir(folder.path().join("indexes"))
            .expect("indexes")
            .next()
            .expect("one")
            .expect("read");
        damage(&index.path().join("data.mdb"));
        let refusal = Engine::open(folder.path())
            .err()
            .unwrap_or_else(|| panic!("{what}: opened"))
            .to_string();
        assert!(
            refusal.contains("`now`") && refusal.contains("rebuild the indexes"),
            "{what}: {refusal}"
        );
    }
    let folder = new_folder();
    drop(Engine::open(folder.path()).expect("a new folder"));
    std::fs::write(folder.path().join("catalogue.json"), "{").expect("written");
    let refusal = Engine::open(folder.path())
        .err()
        .expect("a refusal")
        .to_string();
    assert!(
        refusal.contains("catalogue.json") && refusal.contains("rebuild the indexes"),
        "{refusal}"
    );
}

#[tokio::test]
async fn queued_tasks_share_a_transaction_and_fail_separately() {
    let folder = new_folder();
    let search = client(Engine::open(folder.path()).expect("a new folder"));
    let index = search.index("now");
    let mut tasks = Vec::new();
    for number in 0..20 {
        let id = if number == 7 {
            json!("no id!")
        } else {
            json!(number)
        };
        tasks.push(
            index
                .add_documents(
                    &[json!({ "id": id, "title": format!("titel {number}") })],
                    Some("id"),
                )
                .await
                .expect("accepted"),
        );
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let task = task
            .wait_for_completion(&search, None, None)
            .await
            .expect("finished");
        assert_eq!(
            matches!(task, Task::Succeeded { .. }),
            number != 7,
            "{number}: {task:?}"
        );
    }
    assert_eq!(
        index.get_stats().await.expect("stats").number_of_documents,
        19
    );
}

#[tokio::test]
async fn hostile_requests_are_refused_without_a_panic() {
    let folder = new_folder();
    let search = client(Engine::open(folder.path()).expect("a new folder"));
    add(
        &search,
        "now",
        &[json!({ "id": 1, "title": "städning", "nested": { "a": [1, [2, { "b": "x" }]] } })],
    )
    .await;
    let deep = format!("{}{}", "(".repeat(5_000), ")".repeat(5_000));
    let long = "ö ".repeat(20_000);
    let wide = vec!["id = 1"; 3_000].join(" OR ");
    for filter in [
        "\"",
        "id = ",
        "_geoRadius(1)",
        "id IN [",
        "💥 = 💥",
        &deep,
        &wide,
    ] {
        let found = search
            .index("now")
            .search()
            .with_filter(filter)
            .execute::<Value>()
            .await;
        assert!(found.is_err(), "{filter:.20} was accepted");
    }
    for query in [
        long.as_str(),
        "\"\"\"",
        "-",
        "-\"",
        "\u{0}\u{202e}",
        "ﷺ",
        "1/2",
    ] {
        search
            .index("now")
            .search()
            .with_query(query)
            .execute::<Value>()
            .await
            .unwrap_or_else(|error| panic!("{query:.20}: {error}"));
    }
    let found = search
        .index("now")
        .search()
        .with_query("x")
        .with_offset(usize::MAX)
        .with_limit(usize::MAX)
        .execute::<Value>()
        .await;
    assert_eq!(found.expect("an answer").hits.len(), 0);
    assert_eq!(titles(&search, "now", "städning").await, ["städning"]);
}
