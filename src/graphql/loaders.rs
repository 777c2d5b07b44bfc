//! Loading by ID in batches: one SQL statement for all that one level of a query asks for. Made per request.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::Loader;
use sqlx::PgPool;

use crate::{
    dialogue::store::{
        self as dialogues, Dialogue, Extension,
        answers::{self, Answer, Draft},
        attachments,
        questions::{self, Question},
        timeline,
    },
    dialogue::timeline::{Happening, Place},
    document::store::{self as documents, Document, Version},
    kernel::{
        clock::Clock,
        ids::{
            DialogueId, DocumentId, NoticeId, OrganisationId, PersonId, ProcurementId, QuestionId,
        },
        paging::Slice,
    },
    organisation::{self, Organisation},
    procurement::{
        Lot,
        changes::Change,
        end::Ended,
        store::{self as procurements, Consent, PlacedLot, Procurement},
    },
    tender::store::{self as tenders, Award, OpenedTender, Opening, Receipt},
};

/// Loads for one request.
pub struct Loaders {
    pub pool: PgPool,
    /// For whom the reader acts: marks their own questions, finds their own tenders.
    pub reader: Option<OrganisationId>,
    /// What is public follows from the time.
    pub clock: Clock,
}

pub(super) type Loaded<K, V> = Result<HashMap<K, V>, Arc<sqlx::Error>>;

/// Groups rows under their keys.
pub(super) fn group<K: Eq + Hash, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

impl Loader<ProcurementId> for Loaders {
    type Value = Arc<Procurement>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ProcurementId]) -> Loaded<ProcurementId, Self::Value> {
        let found = procurements::by_ids(&self.pool, keys).await?;
        Ok(found.into_iter().map(|p| (p.id, Arc::new(p))).collect())
    }
}

impl Loader<DocumentId> for Loaders {
    type Value = Document;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DocumentId]) -> Loaded<DocumentId, Self::Value> {
        let found = documents::by_ids(&self.pool, keys, self.clock.now()).await?;
        Ok(found.into_iter().map(|d| (d.id, d)).collect())
    }
}

/// The documents that a procurement's notices published.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttachmentsOf(pub ProcurementId);

impl Loader<AttachmentsOf> for Loaders {
    type Value = Arc<Vec<Version>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AttachmentsOf]) -> Loaded<AttachmentsOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = documents::versions(&self.pool, &ids).await?;
        let groups = group(rows, |version| AttachmentsOf(version.procurement));
        Ok(groups
            .into_iter()
            .map(|(key, rows)| (key, Arc::new(rows)))
            .collect())
    }
}

impl Loader<OrganisationId> for Loaders {
    type Value = Organisation;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OrganisationId]) -> Loaded<OrganisationId, Self::Value> {
        let found = organisation::store::by_ids(&self.pool, keys).await?;
        Ok(found.into_iter().map(|o| (o.id, o)).collect())
    }
}

/// A page of a notice's lots.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LotPage {
    pub notice: NoticeId,
    pub after: Option<i32>,
    pub first: i64,
}

impl Loader<LotPage> for Loaders {
    type Value = Arc<Slice<PlacedLot>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[LotPage]) -> Loaded<LotPage, Self::Value> {
        let mut pages = HashMap::new();
        // One statement for each form of page; a query has one or two.
        for ((after, first), keys) in group(keys.to_vec(), |key| (key.after, key.first)) {
            let notices: Vec<NoticeId> = keys.iter().map(|key| key.notice).collect();
            let rows = procurements::lots(&self.pool, &notices, after, first).await?;
            for (notice, rows) in group(rows, |(notice, _)| *notice) {
                let lots = rows.into_iter().map(|(_, lot)| lot).collect();
                let page = LotPage {
                    notice,
                    after,
                    first,
                };
                pages.insert(page, Arc::new(Slice::from_overfetch(lots, first)));
            }
        }
        Ok(pages)
    }
}

/// How many lots a notice has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LotCount(pub NoticeId);

impl Loader<LotCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[LotCount]) -> Loaded<LotCount, Self::Value> {
        let notices: Vec<NoticeId> = keys.iter().map(|key| key.0).collect();
        let counts = procurements::lot_counts(&self.pool, &notices).await?;
        Ok(counts
            .into_iter()
            .map(|(id, count)| (LotCount(id), count))
            .collect())
    }
}

/// A procurement's rounds of dialogue.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DialoguesOf(pub ProcurementId);

impl Loader<DialoguesOf> for Loaders {
    type Value = Vec<Dialogue>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DialoguesOf]) -> Loaded<DialoguesOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = dialogues::of_procurements(&self.pool, &ids).await?;
        Ok(group(rows, |dialogue| DialoguesOf(dialogue.procurement)))
    }
}

/// A page of a round's questions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuestionPage {
    pub dialogue: DialogueId,
    pub after: i32,
    pub first: i64,
}

impl Loader<QuestionPage> for Loaders {
    type Value = Slice<Question>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionPage]) -> Loaded<QuestionPage, Self::Value> {
        let mut pages = HashMap::new();
        for ((after, first), keys) in group(keys.to_vec(), |key| (key.after, key.first)) {
            let ids: Vec<DialogueId> = keys.iter().map(|key| key.dialogue).collect();
            let rows = questions::page(&self.pool, &ids, self.reader, after, first).await?;
            let rows: Vec<QuestionId> = rows.into_iter().map(|(_, question)| question).collect();
            let rows = questions::by_ids(&self.pool, &rows, self.reader, self.clock.now()).await?;
            for (dialogue, rows) in group(rows, |question| question.dialogue) {
                let page = QuestionPage {
                    dialogue,
                    after,
                    first,
                };
                pages.insert(page, Slice::from_overfetch(rows, first));
            }
        }
        Ok(pages)
    }
}

/// A page of a procurement's timeline.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TimelinePage {
    pub procurement: ProcurementId,
    pub before: Option<Place>,
    pub first: i64,
}

impl Loader<TimelinePage> for Loaders {
    type Value = Slice<Happening>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TimelinePage]) -> Loaded<TimelinePage, Self::Value> {
        let now = self.clock.now();
        let mut pages = HashMap::new();
        let groups = group(keys.to_vec(), |key| (key.before.clone(), key.first));
        for ((before, first), keys) in groups {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = timeline::pages(&self.pool, &ids, now, before.clone(), first + 1).await?;
            for (procurement, rows) in group(rows, |happening| happening.procurement) {
                let before = before.clone();
                let page = TimelinePage {
                    procurement,
                    before,
                    first,
                };
                pages.insert(page, Slice::from_overfetch(rows, first));
            }
        }
        Ok(pages)
    }
}

/// How many questions a round has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuestionCount(pub DialogueId);

impl Loader<QuestionCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionCount]) -> Loaded<QuestionCount, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let counts = questions::counts(&self.pool, &ids, self.reader).await?;
        Ok(counts
            .into_iter()
            .map(|(id, count)| (QuestionCount(id), count))
            .collect())
    }
}

/// The answers to a question, the latest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnswersTo(pub QuestionId);

impl Loader<AnswersTo> for Loaders {
    type Value = Vec<Answer>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AnswersTo]) -> Loaded<AnswersTo, Self::Value> {
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let rows = answers::published(&self.pool, &ids, self.clock.now()).await?;
        Ok(group(rows, |answer| AnswersTo(answer.question)))
    }
}

impl Loader<QuestionId> for Loaders {
    type Value = Question;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QuestionId]) -> Loaded<QuestionId, Self::Value> {
        let rows = questions::by_ids(&self.pool, keys, self.reader, self.clock.now()).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// What is attached to a question or an answer, by its ID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttachedTo(pub uuid::Uuid);

impl Loader<AttachedTo> for Loaders {
    type Value = Vec<DocumentId>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AttachedTo]) -> Loaded<AttachedTo, Self::Value> {
        let holders: Vec<uuid::Uuid> = keys.iter().map(|key| key.0).collect();
        let mut found: HashMap<AttachedTo, Vec<DocumentId>> = HashMap::new();
        for (holder, document) in attachments::of_holders(&self.pool, &holders).await? {
            found.entry(AttachedTo(holder)).or_default().push(document);
        }
        Ok(found)
    }
}

/// The answer to a question that is held until its time; for the buyer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldAnswerTo(pub QuestionId);

impl Loader<HeldAnswerTo> for Loaders {
    type Value = Answer;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[HeldAnswerTo]) -> Loaded<HeldAnswerTo, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let rows = answers::held(&self.pool, &ids, reader, self.clock.now()).await?;
        Ok(rows
            .into_iter()
            .map(|row| (HeldAnswerTo(row.question), row))
            .collect())
    }
}

/// What is being written as an answer to a question; for the buyer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnswerDraftOf(pub QuestionId);

impl Loader<AnswerDraftOf> for Loaders {
    type Value = Draft;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AnswerDraftOf]) -> Loaded<AnswerDraftOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let rows = answers::drafts(&self.pool, &ids, reader).await?;
        Ok(rows
            .into_iter()
            .map(|row| (AnswerDraftOf(row.question), row))
            .collect())
    }
}

/// How a round was extended.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExtensionsOf(pub DialogueId);

impl Loader<ExtensionsOf> for Loaders {
    type Value = Vec<Extension>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ExtensionsOf]) -> Loaded<ExtensionsOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = dialogues::extensions(&self.pool, &ids).await?;
        Ok(group(rows, |extension| ExtensionsOf(extension.dialogue)))
    }
}

/// The opening of a procurement's tenders.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpeningOf(pub ProcurementId);

impl Loader<OpeningOf> for Loaders {
    type Value = Opening;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OpeningOf]) -> Loaded<OpeningOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::openings(&self.pool, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (OpeningOf(row.procurement), row))
            .collect())
    }
}

/// A procurement's opened tenders. Policy is asked before this is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpenedOf(pub ProcurementId);

impl Loader<OpenedOf> for Loaders {
    type Value = Vec<OpenedTender>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OpenedOf]) -> Loaded<OpenedOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::opened(&self.pool, &ids).await?;
        Ok(group(rows, |tender| OpenedOf(tender.procurement)))
    }
}

/// A procurement's awards.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AwardsOf(pub ProcurementId);

impl Loader<AwardsOf> for Loaders {
    type Value = Vec<Award>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AwardsOf]) -> Loaded<AwardsOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::awards(&self.pool, &ids).await?;
        Ok(group(rows, |award| AwardsOf(award.procurement)))
    }
}

/// The reader's organisation's own tenders to a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnTendersOf(pub ProcurementId);

impl Loader<OwnTendersOf> for Loaders {
    type Value = Vec<Receipt>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OwnTendersOf]) -> Loaded<OwnTendersOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::of_supplier(&self.pool, &ids, reader).await?;
        Ok(group(rows, |receipt| OwnTendersOf(receipt.procurement)))
    }
}

/// What changed from the notice before to this one; a first notice is left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChangesOf(pub NoticeId);

impl Loader<ChangesOf> for Loaders {
    type Value = Arc<Vec<Change>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ChangesOf]) -> Loaded<ChangesOf, Self::Value> {
        let ids: Vec<NoticeId> = keys.iter().map(|key| key.0).collect();
        let mut found = HashMap::new();
        for (id, beside) in procurements::successions(&self.pool, &ids).await? {
            let changes = beside
                .changes()
                .map_err(|error| sqlx::Error::Decode(error.into()))?;
            found.insert(ChangesOf(id), Arc::new(changes));
        }
        Ok(found)
    }
}

/// All lots of a notice, to compare a draft with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AllLots(pub NoticeId);

impl Loader<AllLots> for Loaders {
    type Value = Arc<Vec<Lot>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AllLots]) -> Loaded<AllLots, Self::Value> {
        let ids: Vec<NoticeId> = keys.iter().map(|key| key.0).collect();
        let rows = procurements::lots(&self.pool, &ids, None, i64::from(i32::MAX)).await?;
        let lots = group(rows, |(notice, _)| AllLots(*notice)).into_iter();
        let lots = lots.map(|(key, rows)| {
            let lots = rows.into_iter().map(|(_, placed)| placed.lot);
            (key, Arc::new(lots.collect()))
        });
        Ok(lots.collect())
    }
}

/// What the joint buyers of a procurement answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConsentsTo(pub ProcurementId);

impl Loader<ConsentsTo> for Loaders {
    type Value = Vec<Consent>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ConsentsTo]) -> Loaded<ConsentsTo, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = procurements::consents(&self.pool, &ids).await?;
        Ok(group(rows, |consent| ConsentsTo(consent.procurement)))
    }
}

/// How a procurement ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EndOf(pub ProcurementId);

impl Loader<EndOf> for Loaders {
    type Value = Ended;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EndOf]) -> Loaded<EndOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = procurements::ends(&self.pool, &ids).await?;
        Ok(rows.into_iter().map(|(id, end)| (EndOf(id), end)).collect())
    }
}

/// Does this person follow this procurement?
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Follows(pub PersonId, pub ProcurementId);

impl Loader<Follows> for Loaders {
    type Value = ();
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[Follows]) -> Loaded<Follows, Self::Value> {
        let mut followed = HashMap::new();
        for (person, keys) in group(keys.to_vec(), |key| key.0) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.1).collect();
            let found = procurements::followed(&self.pool, person, &ids).await?;
            followed.extend(found.into_iter().map(|id| (Follows(person, id), ())));
        }
        Ok(followed)
    }
}
