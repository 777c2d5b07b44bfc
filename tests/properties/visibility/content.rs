//! Content that the buyer can withdraw: answers, contributions and documents.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use torg::{
    dialogue::{
        contribution::store::Contribution,
        question::{
            rules::{is_answer_readable, is_answer_visible},
            store::answers,
        },
    },
    document,
    kernel::ids::DialogueId,
};
use uuid::Uuid;

use super::{
    Scene, Stored,
    state::{Reader, State},
};

/// The answers of each contribution.
pub fn answers() -> Value {
    json!([{ "business_secret": false, "question": "Q-1", "value": { "TEXT": "Yes." } }])
}

/// A contribution has its answers until the buyer withdraws its content.
pub fn check_contributions(state: &State, stored: &Stored, found: &[Contribution]) {
    for ((id, _), contributed) in stored.contributions.iter().zip(&state.contributions) {
        let Some(found) = found.iter().find(|found| found.id == *id) else {
            continue;
        };
        let withdrawn = contributed.withdrawn_by_buyer;
        assert_eq!(found.answers.is_empty(), withdrawn, "{contributed:?}");
        assert_eq!(found.withdrawal.is_some(), withdrawn, "{contributed:?}");
    }
}

impl Scene {
    /// Stores the withdrawal of an object by the buyer, if it is withdrawn.
    pub async fn withdraw(&self, withdrawn: bool, id: Uuid, kind: &str, dialogue: DialogueId) {
        if !withdrawn {
            return;
        }
        sqlx::query(
            "insert into content_withdrawal (subject_id, kind, procurement_id, reason, withdrawn_by, at)
             select $1, $2, procurement_id, '{}', $3, $4 from dialogue where id = $5",
        )
        .bind(id)
        .bind(kind)
        .bind(self.person)
        .bind(self.now)
        .bind(dialogue)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub async fn check_answers(&self, state: &State, reader: Reader, stored: &Stored) {
        let is_buyer = reader.organisation == Some(state.buyer);
        let (mut expected, mut readable) = (BTreeSet::new(), BTreeSet::new());
        for (id, asked) in stored.questions.iter().zip(&state.questions) {
            for (revision, (seconds, withdrawn)) in (1..).zip(&asked.answers) {
                let at = self.at(*seconds);
                if is_answer_visible(is_buyer, at, self.now) {
                    expected.insert((id.0, revision));
                }
                if is_answer_readable(*withdrawn, is_buyer, at, self.now) {
                    readable.insert((id.0, revision));
                }
            }
        }
        let pool = &self.pool;
        let published = answers::published(pool, &stored.questions, self.now).await;
        let mut found = published.unwrap();
        if let Some(organisation) = reader.organisation {
            let organisation = self.organisations[organisation];
            let held = answers::held(pool, &stored.questions, organisation, self.now).await;
            found.extend(held.unwrap());
        }
        let with_text = found.iter().filter(|answer| answer.text.is_some());
        let with_text = with_text.map(|answer| (answer.question.0, answer.revision));
        assert_eq!(with_text.collect::<BTreeSet<_>>(), readable);
        let found: Vec<(Uuid, i32)> = found
            .iter()
            .map(|answer| (answer.question.0, answer.revision))
            .collect();
        let distinct: BTreeSet<(Uuid, i32)> = found.iter().copied().collect();
        assert_eq!(distinct.len(), found.len(), "an answer is public or held");
        assert_eq!(distinct, expected);
    }

    pub async fn check_documents(&self, state: &State, reader: Reader, stored: &Stored) {
        let actor = self.actor(reader);
        let found = document::store::by_ids(&self.pool, &stored.documents, self.now).await;
        let found = found.unwrap();
        for (id, uploaded) in stored.documents.iter().zip(&state.documents) {
            let document = found.iter().find(|document| document.id == *id).unwrap();
            let shared = uploaded.shares.iter().any(|share| {
                let with_reader = share.with.is_none() || share.with == reader.organisation;
                share.from <= 0 && with_reader && (reader.editor || !share.editors_alone)
            });
            let expected =
                uploaded.in_notice || shared || reader.organisation == Some(uploaded.owner);
            let may_see = document::read::may_see(&actor, document);
            assert_eq!(may_see, expected, "{uploaded:?} {reader:?}");
            let may_read = document::read::may_read(&actor, document);
            assert_eq!(may_read, expected && !uploaded.withdrawn, "{uploaded:?}");
            assert_eq!(document.file_name.is_none(), uploaded.withdrawn);
            assert_eq!(document.sha256.is_none(), uploaded.withdrawn);
        }
    }
}
