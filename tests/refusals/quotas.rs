//! Each mutation that stores something is refused once its quota is used up, and no other mutation
//! is.

use torg::database::quota::{
    Limits, Quota, Quotas, StorageKind,
    table::{self, Effect},
};

use crate::{
    policy::{self, ASKING, Scenes},
    quotas::assert_counters_match,
    support::{app::TestApp, cast::Person, client::mutations},
};

/// Returns quotas that allow nothing.
fn none() -> Quotas {
    let limits = Limits {
        total: 0,
        hour: 0,
        total_bytes: 0,
        hour_bytes: 0,
    };
    let quota = Quota {
        organisation: limits,
        unverified_buyer: limits,
        person: limits,
    };
    let kinds = StorageKind::ALL.into_iter();
    kinds.fold(Quotas::default(), |quotas, kind| quotas.with(kind, quota))
}

fn stores(mutation: &str) -> bool {
    let effects = table::effects(mutation).iter();
    effects
        .copied()
        .any(|effect| !matches!(effect, Effect::Free(_)))
}

#[test]
fn each_mutation_is_in_the_table_of_quotas() {
    let bounded = table::BOUNDED.iter().map(|(name, _)| *name);
    let stored = table::MUTATIONS.iter().map(|(name, _)| *name);
    let mut listed: Vec<&str> = stored.chain(bounded).collect();
    listed.sort_unstable();
    let of_schema: Vec<&str> = mutations().keys().map(String::as_str).collect();
    assert_eq!(
        listed, of_schema,
        "state in src/database/quota/table.rs what each mutation stores"
    );
}

/// Calls the mutation as each person at a server without quotas; returns the codes of the refusals,
/// or `yes`.
async fn verdicts(
    app: &TestApp,
    address: &str,
    mutation: &str,
    scenes: &Scenes<'_>,
) -> Vec<String> {
    let input = scenes.input(mutation).await;
    let mut verdicts = Vec::new();
    for (_, person) in ASKING {
        let client = policy::client(app, person).at(address);
        let answer = client.mutate(mutation, input.clone()).await;
        let codes: Vec<&str> = answer.errors.iter().map(|error| &*error.code).collect();
        let verdict = match codes[..] {
            [] => "yes".to_owned(),
            _ => codes.join(" "),
        };
        let is_refused_before = stores(mutation) && verdict == "yes";
        assert!(
            !is_refused_before || person == Some(Person::Admin),
            "{mutation} stores something for {person:?} without a quota"
        );
        verdicts.push(verdict);
    }
    verdicts
}

#[tokio::test]
async fn each_mutation_that_stores_is_refused_at_its_quota() {
    let app = TestApp::without_search().await;
    let scenes = Scenes::new(&app).await;
    let address = app.server_with_quotas(none()).await;
    for (mutation, _) in table::MUTATIONS {
        let verdicts = verdicts(&app, &address, mutation, &scenes).await;
        let is_refused = verdicts.iter().any(|verdict| verdict == "QUOTA_EXCEEDED");
        // The scene's person has no token here, and administrators have no quotas.
        let expected = stores(mutation) && *mutation != "erasePerson";
        assert_eq!(is_refused, expected, "{mutation}: {verdicts:?}");
    }
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn a_mutation_that_stores_nothing_that_grows_has_no_quota() {
    let app = TestApp::without_search().await;
    let scenes = Scenes::new(&app).await;
    let address = app.server_with_quotas(none()).await;
    for (mutation, _) in table::BOUNDED {
        let verdicts = verdicts(&app, &address, mutation, &scenes).await;
        assert!(
            verdicts.contains(&"yes".to_owned()),
            "{mutation}: {verdicts:?}"
        );
        assert!(
            !verdicts.contains(&"QUOTA_EXCEEDED".to_owned()),
            "{mutation}"
        );
    }
    assert_counters_match(&app).await;
}
