//! Each listener gets each event once, whatever the order in which events are recorded, committed
//! and become public, and however often the listener reconnects.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{prelude::*, test_runner::TestRunner};
use sqlx::{Postgres, Transaction};
use torg::{
    dialogue::event::{
        EventPosition,
        live::{EventSubscription, LiveEvents},
    },
    kernel::ids::{DialogueId, ProcurementId},
};

use crate::support::{
    app::TestApp,
    stage::{dialogue, published},
};

/// One step of the writers, the clock, or the listener.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A writer begins and records an event of now, or of this many seconds later.
    Record(u8, i64),
    /// The writer commits.
    Commit(u8),
    /// This many seconds pass.
    Pass(i64),
    /// The listener reads all available events.
    Take,
    /// The listener disconnects and returns with the cursor of its last event.
    Return,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..3, prop_oneof![Just(0i64), 1i64..40]).prop_map(|(writer, later)| Step::Record(writer, later)),
        3 => (0u8..3).prop_map(Step::Commit),
        2 => (1i64..8).prop_map(Step::Pass),
        2 => Just(Step::Take),
        2 => Just(Step::Return),
    ]
}

/// The event of a writer that has not committed, and the start of its transaction.
struct Open {
    begun: DateTime<Utc>,
    recorded: Vec<(i64, DateTime<Utc>)>,
}

struct Play<'a> {
    app: &'a TestApp,
    live: LiveEvents<()>,
    procurement: ProcurementId,
    round: DialogueId,
    writers: HashMap<u8, Transaction<'static, Postgres>>,
    open: HashMap<u8, Open>,
    committed: BTreeMap<i64, DateTime<Utc>>,
    listening: EventSubscription<()>,
    /// Events that this listener got, since its last connection and in total.
    told: BTreeSet<i64>,
    known: BTreeSet<i64>,
    last: Option<EventPosition>,
}

impl Play<'_> {
    async fn record(&mut self, writer: u8, later: i64) {
        let pool = &self.app.database.pool;
        if let std::collections::hash_map::Entry::Vacant(none) = self.writers.entry(writer) {
            none.insert(pool.begin().await.unwrap());
            let begun = self.app.now();
            let recorded = Vec::new();
            self.open.insert(writer, Open { begun, recorded });
        }
        let transaction = self.writers.get_mut(&writer).unwrap();
        let at = self.app.now() + TimeDelta::seconds(later);
        let id = insert(transaction, self.procurement, self.round, at).await;
        self.open.get_mut(&writer).unwrap().recorded.push((id, at));
    }

    async fn commit(&mut self, writer: u8) {
        if let Some(transaction) = self.writers.remove(&writer) {
            transaction.commit().await.unwrap();
            let open = self.open.remove(&writer).unwrap();
            self.committed.extend(open.recorded);
        }
    }

    /// Advances the clock; a write takes less than the overlap of 30 seconds.
    async fn pass(&mut self, seconds: i64) {
        let now = self.app.now() + TimeDelta::seconds(seconds);
        let long: Vec<u8> = self
            .open
            .iter()
            .filter(|(_, open)| now - open.begun > TimeDelta::seconds(25))
            .map(|(writer, _)| *writer)
            .collect();
        for writer in long {
            self.commit(writer).await;
        }
        self.app.advance(TimeDelta::seconds(seconds));
    }

    /// Reads events until one arrives that is recorded now.
    async fn take(&mut self) -> Result<(), TestCaseError> {
        let at = self.app.now();
        let pool = &self.app.database.pool;
        let mut connection = pool.acquire().await.unwrap();
        let mark = insert(&mut connection, self.procurement, self.round, at).await;
        self.committed.insert(mark, at);
        loop {
            let (event, _) = self.listening.next().await.unwrap();
            prop_assert!(self.told.insert(event.id), "{event:?} came twice");
            self.known.insert(event.id);
            self.last = Some(event.position().looked_back());
            if event.id == mark {
                break;
            }
        }
        let due = self.committed.iter().filter(|(_, due)| **due <= at);
        for (id, due) in due {
            prop_assert!(self.known.contains(id), "{id} of {due} was not told");
        }
        Ok(())
    }

    async fn come_back(&mut self) {
        let after = self.last;
        self.listening = EventSubscription::begin(&self.live, self.procurement, after)
            .await
            .unwrap();
        self.told.clear();
    }
}

async fn insert(
    connection: &mut sqlx::PgConnection,
    procurement: ProcurementId,
    round: DialogueId,
    at: DateTime<Utc>,
) -> i64 {
    sqlx::query_scalar(
        "insert into dialogue_event (procurement_id, dialogue_id, kind, subject_id, at)
         values ($1, $2, 'ASKER_DISCLOSED', $2, $3) returning id",
    )
    .bind(procurement.0)
    .bind(round.0)
    .bind(at)
    .fetch_one(connection)
    .await
    .unwrap()
}

async fn holds(app: &TestApp, steps: &[Step]) -> Result<(), TestCaseError> {
    let id = published(app, "UPCOMING").await;
    let round = dialogue(app, &id).await;
    let procurement = ProcurementId::from_global(&id).unwrap();
    // The opening of the round is older than the overlap.
    app.advance(TimeDelta::minutes(2));
    let live = LiveEvents::new(app.database.clone());
    let listening = EventSubscription::begin(&live, procurement, None)
        .await
        .unwrap();
    let mut play = Play {
        app,
        live,
        procurement,
        round: DialogueId::from_global(&round).unwrap(),
        writers: HashMap::new(),
        open: HashMap::new(),
        committed: BTreeMap::new(),
        listening,
        told: BTreeSet::new(),
        known: BTreeSet::new(),
        last: None,
    };
    // The listener needs a cursor to return with.
    play.take().await?;
    for step in steps {
        match *step {
            Step::Record(writer, later) => play.record(writer, later).await,
            Step::Commit(writer) => play.commit(writer).await,
            Step::Pass(seconds) => play.pass(seconds).await,
            Step::Take => play.take().await?,
            Step::Return => play.come_back().await,
        }
    }
    for writer in 0..3 {
        play.commit(writer).await;
    }
    play.pass(45).await;
    play.take().await
}

#[test]
fn no_order_of_commits_misses_or_repeats_an_event() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = runtime.block_on(TestApp::without_search());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 12,
        ..ProptestConfig::default()
    });
    runner
        .run(&prop::collection::vec(step(), 1..24), |steps| {
            runtime.block_on(holds(&app, &steps))
        })
        .unwrap();
}
