//! What is noted of a request, or of a subscription, while it runs. It goes with the task that serves it, so that whoever
//! knows something says it without being handed anything.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tracing::Instrument;

use super::meters;

/// The characters of an operation's name that are logged; the grammar allows letters, digits and `_`.
const NAME_LIMIT: usize = 64;
/// The different codes of one answer that are noted.
const CODES: usize = 8;

/// What kind of request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A GraphQL operation that reads.
    Query,
    /// One that changes something.
    Mutation,
    /// One that listens.
    Subscription,
    /// A GraphQL request of which the operation is not known: it was refused before.
    Graphql,
    /// The upgrade to a WebSocket.
    Socket,
    /// A document's upload or download.
    Document,
    /// Whether the process is well.
    Health,
    /// Anything else: the explorer, paths that do not exist.
    Other,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Query,
        Self::Mutation,
        Self::Subscription,
        Self::Graphql,
        Self::Socket,
        Self::Document,
        Self::Health,
        Self::Other,
    ];

    /// Its name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
            Self::Graphql => "graphql",
            Self::Socket => "socket",
            Self::Document => "document",
            Self::Health => "health",
            Self::Other => "other",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Ok,
    /// With a refusal that the client can mend.
    Refused,
    /// With a failure of ours, or of what we depend on.
    Failed,
    /// The client went away.
    Cancelled,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Refused, Self::Failed, Self::Cancelled];

    /// Its name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is noted of one request. Cheap to clone.
#[derive(Clone)]
pub struct Record {
    begun: Instant,
    noted: Arc<Mutex<Noted>>,
}

struct Noted {
    operation: Option<String>,
    kind: Kind,
    actor: &'static str,
    codes: Vec<String>,
}

/// The same, to be told.
pub struct Told {
    /// The operation's name, if it has one.
    pub operation: Option<String>,
    /// What kind of request.
    pub kind: Kind,
    /// The kind of who asked.
    pub actor: &'static str,
    /// The codes of its errors.
    pub codes: Vec<String>,
    /// How long it took.
    pub duration: Duration,
}

tokio::task_local! {
    static HERE: Record;
}

impl Record {
    /// Of a request that begins now. `actor` is said before anybody is identified.
    pub fn new(kind: Kind, actor: &'static str) -> Self {
        let noted = Noted {
            operation: None,
            kind,
            actor,
            codes: Vec::new(),
        };
        Self {
            begun: Instant::now(),
            noted: Arc::new(Mutex::new(noted)),
        }
    }

    /// Runs what serves the request.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        HERE.scope(self.clone(), work).await
    }

    /// Runs some of what serves it.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        HERE.sync_scope(self.clone(), work)
    }

    /// What was noted so far.
    pub fn told(&self) -> Told {
        let noted = self.noted();
        Told {
            operation: noted.operation.clone(),
            kind: noted.kind,
            actor: noted.actor,
            codes: noted.codes.clone(),
            duration: self.begun.elapsed(),
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn here(note: impl FnOnce(&mut Noted)) {
        // Outside of a request there is nothing to note it of.
        let _ = HERE.try_with(|record| note(&mut record.noted()));
    }
}

impl Told {
    /// How it ended, by the status that was answered (none when the client went away before) and the codes.
    pub fn outcome(&self, status: Option<u16>) -> Outcome {
        match status {
            None => Outcome::Cancelled,
            Some(500..) => Outcome::Failed,
            Some(_) if self.codes.iter().any(|code| is_ours(code)) => Outcome::Failed,
            Some(400..) => Outcome::Refused,
            Some(_) if !self.codes.is_empty() => Outcome::Refused,
            Some(_) => Outcome::Ok,
        }
    }
}

/// Is it a failure that no client can mend?
fn is_ours(code: &str) -> bool {
    code == "INTERNAL" || code.ends_with("_UNAVAILABLE")
}

/// Notes which operation it is. Of the name only the beginning is kept.
pub fn operation(name: Option<&str>, kind: Kind) {
    Record::here(|noted| {
        noted.operation = name.map(|name| name.chars().take(NAME_LIMIT).collect());
        noted.kind = kind;
    });
}

/// The operation's name, as noted.
pub fn operation_name() -> Option<String> {
    HERE.try_with(|record| record.noted().operation.clone())
        .ok()
        .flatten()
}

/// Notes the kind of who asks.
pub fn actor(kind: &'static str) {
    Record::here(|noted| noted.actor = kind);
}

/// Notes, and counts, that something was refused or failed, by the code that the client is told. Outside of a request it is
/// only counted.
pub fn refused(code: &str) {
    meters::refused(code);
    Record::here(|noted| {
        if noted.codes.len() < CODES && !noted.codes.iter().any(|one| one == code) {
            noted.codes.push(code.to_owned());
        }
    });
}

/// The same of a request that nothing was noted of yet.
pub fn refused_otherwise(code: &str) {
    let noted = HERE.try_with(|record| !record.noted().codes.is_empty());
    if !noted.unwrap_or_default() {
        refused(code);
    }
}

/// Work that goes on in a task of its own, still for this request.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let record = HERE.try_with(Record::clone).ok();
    let work = async move {
        match record {
            Some(record) => HERE.scope(record, work).await,
            None => work.await,
        }
    };
    work.in_current_span()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_serves_a_request_notes_what_it_knows() {
        let record = Record::new(Kind::Graphql, "UNIDENTIFIED");
        refused("NOT_NOTED_ANYWHERE");
        let elsewhere = record
            .scope(async {
                operation(Some(&"Ö".repeat(500)), Kind::Query);
                actor("BUYER");
                refused("FIRST");
                refused("FIRST");
                tokio::spawn(carried(async { refused("SECOND") })).await
            })
            .await;
        assert!(elsewhere.is_ok());
        let told = record.told();
        assert_eq!(told.operation, Some("Ö".repeat(NAME_LIMIT)));
        assert_eq!((told.kind, told.actor), (Kind::Query, "BUYER"));
        assert_eq!(told.codes, ["FIRST", "SECOND"]);
    }

    #[test]
    fn an_outcome_is_ours_the_clients_or_neithers() {
        let ended = |codes: &[&str], status| {
            let record = Record::new(Kind::Query, "ANONYMOUS");
            codes
                .iter()
                .for_each(|code| record.within(|| refused(code)));
            record.told().outcome(status)
        };
        for (codes, status, outcome) in [
            (&[][..], Some(200), Outcome::Ok),
            (&[], Some(101), Outcome::Ok),
            (&["NOT_FOUND"], Some(200), Outcome::Refused),
            (&[], Some(404), Outcome::Refused),
            (&["INTERNAL"], Some(200), Outcome::Failed),
            (&["SEARCH_UNAVAILABLE"], Some(200), Outcome::Failed),
            (&["OVERLOADED"], Some(503), Outcome::Failed),
            (&[], None, Outcome::Cancelled),
        ] {
            assert_eq!(ended(codes, status), outcome, "{codes:?} {status:?}");
        }
    }
}
