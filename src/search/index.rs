//! The index of procurements: how its documents are made, and when they are written.

use std::{collections::HashMap, sync::Arc};

use meilisearch_sdk::settings::Settings;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    INDEX, SearchClient, SearchError,
    document::{Document, Source, document},
    maintenance::{BATCH, IndexKind, write},
    public_questions,
    settings::settings,
    store,
};
use crate::{
    dialogue::{self, Window},
    kernel::{
        clock::Clock,
        ids::{NoticeId, OrganisationId, ProcurementId},
        paging::Page,
    },
    organisation::{self, Organisation},
    procurement::{self, Lot, store::Procurement},
};

/// The index of procurements.
pub(super) struct Procurements;

impl IndexKind for Procurements {
    const NAME: &'static str = INDEX;
    const LOCKS: i32 = 0x746f_7201;
    type Document = Document;

    fn settings() -> Settings {
        settings()
    }

    fn id(document: &Document) -> &str {
        &document.id
    }

    async fn ids_after(pool: &PgPool, after: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
        store::published_after(pool, after, BATCH as i64).await
    }

    async fn documents(
        pool: &PgPool,
        clock: &Clock,
        ids: &[Uuid],
    ) -> Result<Vec<Document>, SearchError> {
        documents(pool, clock, ids).await
    }
}

/// Updates the documents of the procurements. Returns after searches find them.
pub async fn index(
    client: &SearchClient,
    pool: &PgPool,
    clock: &Clock,
    ids: &[ProcurementId],
) -> Result<(), SearchError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    write::update::<Procurements>(client, pool, clock, &ids).await?;
    Ok(())
}

/// Loads the documents of the published ones of these procurements.
async fn documents(
    pool: &PgPool,
    clock: &Clock,
    ids: &[Uuid],
) -> Result<Vec<Document>, SearchError> {
    let ids: Vec<ProcurementId> = ids.iter().copied().map(ProcurementId).collect();
    let mut procurements = procurement::store::by_ids(pool, &ids).await?;
    procurements.retain(|procurement| procurement.notice.is_some());
    let ids: Vec<ProcurementId> = procurements.iter().map(|found| found.id).collect();
    let notices: Vec<NoticeId> = (procurements.iter())
        .filter_map(|procurement| Some(procurement.notice.as_ref()?.id))
        .collect();
    let mut lots: HashMap<NoticeId, Vec<Lot>> = HashMap::new();
    for (notice, placed) in procurement::store::lots(pool, &notices, Page::whole()).await? {
        let own = lots.entry(notice).or_default();
        own.push(Arc::unwrap_or_clone(placed.lot));
    }
    let mut windows: HashMap<ProcurementId, Vec<Window>> = HashMap::new();
    for dialogue in dialogue::round::store::of_procurements(pool, &ids).await? {
        if !dialogue.window.cancelled {
            let own = windows.entry(dialogue.procurement).or_default();
            own.push(dialogue.window);
        }
    }
    let organisations: Vec<OrganisationId> = procurements.iter().flat_map(buyers).collect();
    let organisations = organisation::store::by_ids(pool, &organisations).await?;
    let organisations: HashMap<OrganisationId, Organisation> = organisations
        .into_iter()
        .map(|organisation| (organisation.id, organisation))
        .collect();
    let numbers: HashMap<ProcurementId, u32> =
        store::numbers(pool, &ids).await?.into_iter().collect();
    let questions = public_questions::of_procurements(pool, clock, &ids).await?;
    let make = |procurement: &Procurement| {
        let notice = procurement.notice.as_ref()?;
        let buyers = buyers(procurement);
        Some(document(&Source {
            procurement,
            notice,
            number: *numbers.get(&procurement.id)?,
            lots: lots.get(&notice.id).map_or(&[], Vec::as_slice),
            buyers: buyers
                .iter()
                .filter_map(|id| organisations.get(id))
                .collect(),
            dialogues: windows.get(&procurement.id).map_or(&[], Vec::as_slice),
            questions: questions.get(&procurement.id).map_or(&[], Vec::as_slice),
        }))
    };
    Ok(procurements.iter().filter_map(make).collect())
}

/// Returns the lead buyer and the joint buyers of the notice in force.
fn buyers(procurement: &Procurement) -> Vec<OrganisationId> {
    let joint = procurement
        .notice
        .iter()
        .flat_map(|notice| notice.content.joint_buyers.iter().copied());
    std::iter::once(procurement.buyer).chain(joint).collect()
}
