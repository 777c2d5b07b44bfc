//! Properties of two concurrent editors: random sequences of actions, compared with a simple model.

mod append_only;
mod visibility;
mod visibility_functions;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use torg::{kernel::ids::ProcurementId, procurement::Phase};

use crate::support::{
    app::TestApp,
    cast::Person,
    client::Answer,
    stage::{content_with, draft, english},
};

/// An action of one editor. `stale`: with the revision before the current one.
#[derive(Clone, Debug)]
enum Act {
    Update {
        by_editor: bool,
        stale: bool,
    },
    /// Both editors update the same revision concurrently.
    UpdateAtOnce,
    Publish {
        phase: Phase,
        stale: bool,
    },
    Cancel,
}

fn act() -> impl Strategy<Value = Act> {
    let phase = prop_oneof![Just(Phase::Upcoming), Just(Phase::Tendering)];
    let stale = prop::bool::weighted(0.25);
    prop_oneof![
        6 => (any::<bool>(), stale).prop_map(|(by_editor, stale)| Act::Update { by_editor, stale }),
        2 => Just(Act::UpdateAtOnce),
        5 => (phase, stale).prop_map(|(phase, stale)| Act::Publish { phase, stale }),
        1 => Just(Act::Cancel),
    ]
}

/// The expected state.
struct Model {
    phase: Phase,
    revision: i32,
    /// Title of the draft; `None` when there is no draft.
    draft: Option<String>,
    /// Published titles in the order of their notices.
    published: Vec<String>,
}

/// One procurement with its expected state.
struct Scene<'a> {
    app: &'a TestApp,
    id: String,
    model: Model,
    /// Notices and lots as they were read first.
    frozen: Vec<(i32, String, Option<String>)>,
    /// Number of titles so far; makes each title unique.
    titles: usize,
}

fn verdict(answer: &Answer) -> &str {
    answer
        .errors
        .first()
        .map_or("ok", |error| error.code.as_str())
}

impl Scene<'_> {
    fn update_input(&mut self, stale: bool) -> (String, Value) {
        self.titles += 1;
        let title = format!("Title {}", self.titles);
        let text = json!([{ "language": "sv", "text": title }]);
        let input = json!({
            "procurementId": self.id,
            "revision": self.model.revision - i32::from(stale),
            "content": content_with(self.app, json!({ "title": text })),
        });
        (title, input)
    }

    fn editable(&self) -> bool {
        matches!(
            self.model.phase,
            Phase::Draft | Phase::Upcoming | Phase::Tendering
        )
    }

    async fn update(&mut self, by: Person, stale: bool) {
        let (title, input) = self.update_input(stale);
        let answer = self.app.as_(by).mutate("updateProcurement", input).await;
        let expected = match (self.editable(), stale) {
            (false, _) => "WRONG_PHASE",
            (true, true) => "CONFLICT",
            (true, false) => "ok",
        };
        assert_eq!(verdict(&answer), expected);
        if expected == "ok" {
            self.written(title);
        }
    }

    fn written(&mut self, title: String) {
        self.model.draft = Some(title);
        self.model.revision += 1;
    }

    async fn update_at_once(&mut self) {
        let (first, first_input) = self.update_input(false);
        let (second, second_input) = self.update_input(false);
        let (editor, publisher) = (
            self.app.as_(Person::Editor),
            self.app.as_(Person::Publisher),
        );
        let (one, other) = tokio::join!(
            editor.mutate("updateProcurement", first_input),
            publisher.mutate("updateProcurement", second_input),
        );
        match (verdict(&one), verdict(&other)) {
            ("ok", "CONFLICT") => self.written(first),
            ("CONFLICT", "ok") => self.written(second),
            ("WRONG_PHASE", "WRONG_PHASE") if !self.editable() => {}
            both => panic!("not exactly one of them wins: {both:?}"),
        }
    }

    async fn publish(&mut self, phase: Phase, stale: bool) {
        let input = json!({
            "procurementId": self.id,
            "phase": phase.as_str(),
            "revision": self.model.revision - i32::from(stale),
            "reason": english("Because."),
        });
        let answer = self
            .app
            .as_(Person::Publisher)
            .mutate("publishNotice", input)
            .await;
        let forward = match self.model.phase {
            Phase::Draft | Phase::Upcoming => true,
            now => now == phase && phase == Phase::Tendering,
        };
        let expected = match (stale, forward) {
            (true, _) => "CONFLICT",
            (false, false) => "WRONG_PHASE",
            (false, true) if self.model.draft.is_none() && self.model.phase == phase => {
                "ALREADY_DONE"
            }
            (false, true) => "ok",
        };
        assert_eq!(verdict(&answer), expected);
        if expected == "ok" {
            let title = self
                .model
                .draft
                .take()
                .or_else(|| self.model.published.last().cloned());
            self.model.published.push(title.unwrap());
            self.model.phase = phase;
            self.model.revision += 1;
        }
    }

    async fn cancel(&mut self) {
        let input = json!({ "procurementId": self.id, "phase": "CANCELLED", "reasonCode": "CHAN_NEED", "reason": english("Because.") });
        let answer = self
            .app
            .as_(Person::Publisher)
            .mutate("endProcurement", input)
            .await;
        let open = matches!(self.model.phase, Phase::Upcoming | Phase::Tendering);
        assert_eq!(verdict(&answer), if open { "ok" } else { "WRONG_PHASE" });
        if open {
            self.model.phase = Phase::Cancelled;
            self.model.revision += 1;
        }
    }

    /// Asserts that the stored state is the expected one, and that published notices are unchanged.
    async fn check(&mut self) {
        let id = ProcurementId::from_global(&self.id).unwrap();
        let pool = &self.app.database.pool;
        let notices: Vec<(i32, String, Option<String>)> = sqlx::query_as(
            "select number, content::text, (select string_agg(lot.content::text, ' ' order by position)
                                            from lot where notice_id = notice.id)
             from notice where procurement_id = $1 order by number",
        )
        .bind(id)
        .fetch_all(pool)
        .await
        .unwrap();
        assert_eq!(
            notices[..self.frozen.len()],
            self.frozen,
            "a published notice changed"
        );
        let numbers: Vec<i32> = notices.iter().map(|notice| notice.0).collect();
        let gapless: Vec<i32> = (1..=self.model.published.len() as i32).collect();
        assert_eq!(numbers, gapless);
        for (notice, title) in notices.iter().zip(&self.model.published) {
            let content: Value = serde_json::from_str(&notice.1).unwrap();
            assert_eq!(content["title"]["sv"], title.as_str());
        }
        let (revision, draft): (i32, Option<String>) = sqlx::query_as(
            "select revision, draft #>> '{content,title,sv}' from procurement where id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await
        .unwrap();
        assert_eq!((revision, &draft), (self.model.revision, &self.model.draft));
        self.frozen = notices;
    }
}

async fn play(app: &TestApp, acts: Vec<Act>) {
    let mut scene = Scene {
        app,
        id: draft(app).await,
        model: Model {
            phase: Phase::Draft,
            revision: 1,
            draft: Some("Städning av skolor".into()),
            published: Vec::new(),
        },
        frozen: Vec::new(),
        titles: 0,
    };
    for act in acts {
        match act {
            Act::Update {
                by_editor: true,
                stale,
            } => scene.update(Person::Editor, stale).await,
            Act::Update {
                by_editor: false,
                stale,
            } => scene.update(Person::Publisher, stale).await,
            Act::UpdateAtOnce => scene.update_at_once().await,
            Act::Publish { phase, stale } => scene.publish(phase, stale).await,
            Act::Cancel => scene.cancel().await,
        }
        scene.check().await;
    }
}

/// No published notice changes, their numbers have no gaps, and no editor's text is lost without a
/// refusal.
#[test]
fn concurrent_editors_lose_no_text() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::without_search());
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let acts = prop::collection::vec(act(), 1..14);
    let played = TestRunner::new(config).run(&acts, |acts| {
        runtime.block_on(play(&app, acts));
        Ok(())
    });
    if let Err(error) = played {
        panic!("{error}");
    }
    runtime.block_on(the_database_refuses(&app));
    let _inside = runtime.enter();
    drop(app);
}

/// The database refuses the change, in addition to the use cases.
async fn the_database_refuses(app: &TestApp) {
    for change in [
        "update notice set content = '{}'",
        "update notice set number = number + 1",
        "delete from notice",
        "update lot set content = '{}'",
        "delete from lot",
    ] {
        let refused = sqlx::query(change).execute(&app.database.pool).await;
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("append-only"), "{change}: {message}");
    }
}
