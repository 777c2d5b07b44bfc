//! Visibility in SQL agrees with the rules in Rust, for random states and readers.
//!
//! Each case stores one procurement with a round of dialogue, and reads it as one reader.

mod content;
mod state;

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use proptest::test_runner::{Config, TestRunner};
use sqlx::PgPool;
use torg::{
    auth::{Actor, Membership, OrganisationKind, Person, Role},
    dialogue::{
        contribution::{
            read::{is_readable, view},
            store as contributions,
        },
        question::{rules::QuestionHistory, store as questions},
    },
    kernel::{
        ids::{
            ContributionId, DialogueId, DocumentId, OrganisationId, PersonId, ProcurementId,
            QuestionId,
        },
        paging::Page,
    },
    procurement::{self, Content},
};
use uuid::Uuid;

use crate::support::postgres::database;
use state::{Contributed, Reader, State, organisation, reader, state};

/// Executes a statement with these values.
macro_rules! execute {
    ($pool:expr, $sql:literal $(, $value:expr)* $(,)?) => {
        sqlx::query($sql)$(.bind($value))*.execute($pool).await.unwrap()
    };
}

/// A database with organisations and a person.
struct Scene {
    pool: PgPool,
    organisations: Vec<OrganisationId>,
    person: PersonId,
    now: DateTime<Utc>,
}

/// IDs of the stored rows of a state.
struct Stored {
    procurement: ProcurementId,
    dialogue: DialogueId,
    questions: Vec<QuestionId>,
    contributions: Vec<(ContributionId, bool)>,
    documents: Vec<DocumentId>,
}

impl Scene {
    async fn new(pool: PgPool) -> Self {
        let person = PersonId::new();
        execute!(
            &pool,
            "insert into person (id, issuer, subject, name) values ($1, 'issuer', 'subject', 'Name')",
            person
        );
        let mut organisations = Vec::new();
        for _ in organisation() {
            let id = OrganisationId::new();
            execute!(
                &pool,
                "insert into organisation (id, kind, name) values ($1, 'BUYER', 'Name')",
                id
            );
            organisations.push(id);
        }
        Self {
            pool,
            organisations,
            person,
            now: Utc::now().trunc_subsecs(6),
        }
    }

    fn at(&self, seconds: i64) -> DateTime<Utc> {
        self.now + TimeDelta::seconds(seconds)
    }

    fn actor(&self, reader: Reader) -> Actor {
        let Some(organisation) = reader.organisation else {
            return Actor::Anonymous;
        };
        let organisation = self.organisations[organisation];
        Actor::Person(Person {
            id: self.person,
            name: "Name".to_owned(),
            admin: false,
            memberships: vec![Membership {
                organisation,
                kind: OrganisationKind::Buyer,
                roles: vec![if reader.editor {
                    Role::Editor
                } else {
                    Role::Opener
                }],
                verified: true,
            }],
            acting_for: Some(organisation),
            key: None,
        })
    }

    async fn store(&self, state: &State) -> Stored {
        let (procurement, notice) = self.store_procurement(state).await;
        let dialogue = DialogueId::new();
        execute!(
            &self.pool,
            "insert into dialogue (id, procurement_id, number, kind, title, description, opens_at, questions_until,
                                   answers_until, closes_at, moderated, opened_by)
             values ($1, $2, 1, 'OPEN_QA', '{}', '{}', $3, $4, $4, $4, $5, $6)",
            dialogue,
            procurement,
            self.at(-9),
            self.at(9),
            state.moderated,
            self.person,
        );
        Stored {
            procurement,
            dialogue,
            questions: self.store_questions(state, dialogue).await,
            contributions: self.store_contributions(state, dialogue).await,
            documents: self
                .store_documents(state, (procurement, notice), dialogue)
                .await,
        }
    }

    async fn store_procurement(&self, state: &State) -> (ProcurementId, Uuid) {
        let (id, notice) = (ProcurementId::new(), Uuid::now_v7());
        let joint: Vec<Uuid> = state
            .joint
            .iter()
            .map(|one| self.organisations[*one].0)
            .collect();
        execute!(
            &self.pool,
            "insert into procurement (id, ocid, buyer_id, phase, joint_buyers) values ($1, $2, $3, 'UPCOMING', $4)",
            id,
            id.0.to_string(),
            self.organisations[state.buyer],
            joint,
        );
        execute!(
            &self.pool,
            "insert into notice (id, procurement_id, number, phase, content, published_at)
             values ($1, $2, 1, 'UPCOMING', $3, $4)",
            notice,
            id,
            serde_json::to_value(Content::default()).unwrap(),
            self.now,
        );
        if state.published {
            execute!(
                &self.pool,
                "update procurement set notice_id = $2 where id = $1",
                id,
                notice
            );
        }
        (id, notice)
    }

    async fn insert_question(&self, dialogue: DialogueId, asker: usize, number: i32) -> QuestionId {
        let id = QuestionId::new();
        execute!(
            &self.pool,
            "insert into question (id, dialogue_id, number, asker_organisation_id, asker_person_id, text, language,
                                   asked_at)
             values ($1, $2, $3, $4, $5, 'Why?', 'en', $6)",
            id,
            dialogue,
            number,
            self.organisations[asker],
            self.person,
            self.now,
        );
        id
    }

    async fn store_questions(&self, state: &State, dialogue: DialogueId) -> Vec<QuestionId> {
        // The question that others are merged into; the test does not read it.
        let target = self.insert_question(dialogue, state.buyer, 100).await;
        let (pool, person, now) = (&self.pool, self.person, self.now);
        let mut ids = Vec::new();
        for (number, asked) in (1..).zip(&state.questions) {
            let id = self.insert_question(dialogue, asked.asker, number).await;
            if asked.released {
                execute!(
                    pool,
                    "insert into question_release (question_id, released_by, at) values ($1, $2, $3)",
                    id,
                    person,
                    now
                );
            }
            if asked.withdrawn {
                execute!(
                    pool,
                    "insert into question_withdrawal (question_id, withdrawn_by, at) values ($1, $2, $3)",
                    id,
                    person,
                    now
                );
            }
            if asked.refused {
                execute!(
                    pool,
                    "insert into question_refusal (question_id, reason, refused_by, at) values ($1, '{}', $2, $3)",
                    id,
                    person,
                    now
                );
            }
            if asked.merged {
                execute!(
                    pool,
                    "insert into question_merge (question_id, into_id, merged_by, at) values ($1, $2, $3, $4)",
                    id,
                    target,
                    person,
                    now
                );
            }
            for (revision, (seconds, withdrawn)) in (1..).zip(&asked.answers) {
                let answer = Uuid::now_v7();
                execute!(
                    pool,
                    "insert into answer (id, question_id, revision, text, answered_by, published_at)
                     values ($1, $2, $3, '{}', $4, $5)",
                    answer,
                    id,
                    revision,
                    person,
                    self.at(*seconds),
                );
                self.withdraw(*withdrawn, answer, "ANSWER", dialogue).await;
            }
            ids.push(id);
        }
        ids
    }

    /// Stores the contributions; returns their IDs, each with whether it is in force.
    async fn store_contributions(
        &self,
        state: &State,
        dialogue: DialogueId,
    ) -> Vec<(ContributionId, bool)> {
        let (pool, person) = (&self.pool, self.person);
        let mut ids = Vec::new();
        for (position, contributed) in state.contributions.iter().enumerate() {
            let of_sender = |one: &&Contributed| one.sender == contributed.sender;
            let earlier = state.contributions[..position].iter().filter(of_sender);
            let later = state.contributions[position + 1..].iter().find(of_sender);
            let id = ContributionId::new();
            execute!(
                pool,
                "insert into contribution (id, dialogue_id, organisation_id, number, questionnaire_version, answers,
                                           secret_answers, named, sha256, submitted_by, submitted_at)
                 values ($1, $2, $3, $4, 0, $8, $8, true, $5, $6, $7)",
                id,
                dialogue,
                self.organisations[contributed.sender],
                i32::try_from(earlier.count()).unwrap() + 1,
                vec![0u8; 32],
                person,
                self.at(contributed.submitted),
                content::answers(),
            );
            let withdrawn = contributed.withdrawn_by_buyer;
            self.withdraw(withdrawn, id.0, "CONTRIBUTION", dialogue)
                .await;
            if contributed.withdrawn {
                execute!(
                    pool,
                    "insert into contribution_withdrawal (contribution_id, withdrawn_by, at) values ($1, $2, $3)",
                    id,
                    person,
                    self.now
                );
            }
            ids.push((id, later.is_none() && !contributed.withdrawn));
        }
        if let Some(seconds) = state.contributions_published {
            execute!(
                pool,
                "insert into contribution_publication (dialogue_id, published_by, at) values ($1, $2, $3)",
                dialogue,
                person,
                self.at(seconds)
            );
        }
        ids
    }

    async fn store_documents(
        &self,
        state: &State,
        (procurement, notice): (ProcurementId, Uuid),
        dialogue: DialogueId,
    ) -> Vec<DocumentId> {
        let pool = &self.pool;
        let mut ids = Vec::new();
        for (position, uploaded) in state.documents.iter().enumerate() {
            let id = DocumentId::new();
            execute!(
                pool,
                "insert into document (id, organisation_id, uploaded_by, file_name, media_type, size, sha256, state,
                                       uploaded_at, unused_since)
                 values ($1, $2, $3, 'a.pdf', 'application/pdf', 1, $4, 'STORED', $5, $5)",
                id,
                self.organisations[uploaded.owner],
                self.person,
                vec![0u8; 32],
                self.now,
            );
            if uploaded.in_notice {
                execute!(
                    pool,
                    "insert into published_document (notice_id, key, document_id, procurement_id)
                     values ($1, $2, $3, $4)",
                    notice,
                    format!("DOC-{position}"),
                    id,
                    procurement
                );
            }
            for share in &uploaded.shares {
                execute!(
                    pool,
                    "insert into document_share (holder_id, document_id, organisation_id, at, editors_alone)
                     values (gen_random_uuid(), $1, $2, $3, $4)",
                    id,
                    share.with.map(|one| self.organisations[one]),
                    self.at(share.from),
                    share.editors_alone,
                );
            }
            self.withdraw(uploaded.withdrawn, id.0, "DOCUMENT", dialogue)
                .await;
            ids.push(id);
        }
        ids
    }

    async fn check(&self, state: &State, reader: Reader) {
        let stored = self.store(state).await;
        self.check_procurement(state, reader, &stored).await;
        self.check_questions(state, reader, &stored).await;
        self.check_answers(state, reader, &stored).await;
        self.check_contributions(state, reader, &stored).await;
        self.check_documents(state, reader, &stored).await;
    }

    async fn check_procurement(&self, state: &State, reader: Reader, stored: &Stored) {
        let found = procurement::store::by_ids(&self.pool, &[stored.procurement]).await;
        let found = found.unwrap().pop().unwrap();
        let in_rust = procurement::read::may_see(&self.actor(reader), &found);
        let in_sql: bool = sqlx::query_scalar(
            "select procurement_visible(notice_id is not null, buyer_id, joint_buyers, $2)
             from procurement where id = $1",
        )
        .bind(stored.procurement)
        .bind(reader.organisation.map(|one| self.organisations[one]))
        .fetch_one(&self.pool)
        .await
        .unwrap();
        assert_eq!(in_sql, in_rust);
        let is_party = reader
            .organisation
            .is_some_and(|one| one == state.buyer || state.joint.contains(&one));
        assert_eq!(in_rust, state.published || is_party);
    }

    async fn check_questions(&self, state: &State, reader: Reader, stored: &Stored) {
        let organisation = reader.organisation.map(|one| self.organisations[one]);
        let mut visible = BTreeSet::new();
        let mut readable = BTreeSet::new();
        for (id, asked) in stored.questions.iter().zip(&state.questions) {
            let history = QuestionHistory {
                released: !state.moderated || asked.released,
                withdrawn: asked.withdrawn,
                merged: asked.merged,
                answered: false,
                refused: asked.refused,
                answers_until: self.now,
            };
            let is_party = reader
                .organisation
                .is_some_and(|one| one == asked.asker || one == state.buyer);
            if history.is_visible(is_party) {
                visible.insert(id.0);
            }
            if history.is_readable(is_party) {
                readable.insert(id.0);
            }
        }
        let pool = &self.pool;
        let found = questions::by_ids(pool, &stored.questions, organisation, self.now);
        let found = found.await.unwrap();
        let ids: BTreeSet<Uuid> = found.iter().map(|question| question.id.0).collect();
        assert_eq!(ids, visible, "questions by ID");
        let with_text = found.iter().filter(|question| question.text.is_some());
        let with_text: BTreeSet<Uuid> = with_text.map(|question| question.id.0).collect();
        assert_eq!(with_text, readable, "questions with text");
        let rounds = [stored.dialogue];
        let page = questions::page(pool, &rounds, None, organisation, Page::whole());
        let page = page.await;
        let page = page.unwrap();
        let of_state = page.iter().filter(|(_, id)| stored.questions.contains(id));
        let listed: BTreeSet<Uuid> = of_state.map(|(_, id)| id.0).collect();
        assert_eq!(listed, visible, "questions of the round");
        let counts = questions::counts(pool, &[stored.dialogue], None, organisation).await;
        let count = counts.unwrap().first().map_or(0, |(_, count)| *count);
        assert_eq!(usize::try_from(count).unwrap(), page.len(), "count");
    }

    async fn check_contributions(&self, state: &State, reader: Reader, stored: &Stored) {
        let published_at = state
            .contributions_published
            .map(|seconds| self.at(seconds));
        let buyer = self.organisations[state.buyer];
        let Some(view) = view(&self.actor(reader), buyer, published_at.is_some()) else {
            assert!(published_at.is_none());
            return;
        };
        let mut expected = BTreeSet::new();
        for ((id, in_force), contributed) in stored.contributions.iter().zip(&state.contributions) {
            let submitted_at = self.at(contributed.submitted);
            if is_readable(view, *in_force, submitted_at, published_at) {
                expected.insert(id.0);
            }
        }
        let dialogues = [stored.dialogue];
        let page = contributions::page(&self.pool, &dialogues, view, Page::whole()).await;
        let page = page.unwrap();
        let found: BTreeSet<Uuid> = page.iter().map(|one| one.id.0).collect();
        content::check_contributions(state, stored, &page);
        assert_eq!(found, expected, "{view:?}");
        let counts = contributions::counts(&self.pool, &dialogues, view).await;
        let count = counts.unwrap().first().map_or(0, |(_, count)| *count);
        assert_eq!(usize::try_from(count).unwrap(), found.len(), "count");
    }
}

#[test]
fn visibility_in_sql_agrees_with_the_rules() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(database());
    let scene = runtime.block_on(Scene::new(database.pool.clone()));
    let config = Config {
        cases: 192,
        failure_persistence: None,
        ..Config::default()
    };
    let checked = TestRunner::new(config).run(&(state(), reader()), |(state, reader)| {
        runtime.block_on(scene.check(&state, reader));
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
    let _inside = runtime.enter();
    drop(database);
}
