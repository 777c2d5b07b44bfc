//! Counts the SQL statements that a test causes, from the events of the database driver.

use std::{cell::RefCell, collections::BTreeMap, sync::Once};

use serde_json::{Value, json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt},
};

use super::{app::TestApp, cast::Person};

/// Number of executions of each statement, by its text.
pub type StatementCounts = BTreeMap<String, usize>;

thread_local! {
    /// Statements of this thread while they are recorded. A test and everything that it starts run
    /// on one thread, so statements of other tests are never among them.
    static RECORDED: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Records the statements that the driver reports.
struct StatementLayer;

impl<S: Subscriber> Layer<S> for StatementLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        RECORDED.with_borrow_mut(|recorded| {
            if let Some(statements) = recorded {
                let mut statement = Statement::default();
                event.record(&mut statement);
                statements.push(statement.0);
            }
        });
    }
}

/// The text of a statement. The driver reports a short statement in `summary` alone, a long one
/// in `db.statement`.
#[derive(Default)]
struct Statement(String);

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_full_text = field.name() == "db.statement" && !value.is_empty();
        if is_full_text || (field.name() == "summary" && self.0.is_empty()) {
            self.0 = value.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Installs one subscriber for the whole process: `tracing` caches per call site whether any
/// subscriber wants its events, so subscribers of single threads would affect each other.
fn subscribe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let queries = Targets::new().with_target("sqlx::query", Level::DEBUG);
        let subscriber = tracing_subscriber::registry()
            .with(queries)
            .with(StatementLayer);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// Starts to record the statements of this thread.
pub fn start_recording() {
    subscribe();
    RECORDED.set(Some(Vec::new()));
}

/// Stops recording and returns how often each statement ran.
pub fn stop_recording() -> StatementCounts {
    let mut counts = StatementCounts::new();
    for statement in RECORDED.take().unwrap() {
        *counts.entry(statement).or_insert(0) += 1;
    }
    counts
}

/// Sends a query as `person`; returns how often each statement ran meanwhile, and the data. An
/// earlier request, which is not recorded, stores the identity hash that the first request of each
/// person adds.
pub async fn statements_of(
    app: &TestApp,
    person: Person,
    query: &str,
    variables: Value,
) -> (StatementCounts, Value) {
    let client = app.as_(person);
    client.ask("{ viewer { id } }", json!({})).await;
    start_recording();
    let data = client.ask(query, variables).await;
    (stop_recording(), data)
}
