//! Drafts of tenders, whether they are ready, and whether the reader may tender at all.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Error, ID, Object, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};

use super::offer::TenderOffer;
use crate::{
    auth::{
        OrganisationKind, Person,
        policy::{self, Subject, SupplierAction, table},
    },
    graphql::{
        context::{backend, request},
        errors::{UserErrorCode, database, loading},
        loaders::{Loaded, Loaders, ParentOf, group, parent_loader},
        organisation::{DeclarationOf, NonprofitStatusesOf},
        procurement::{AllLots, LotEndsOf, Procurement},
    },
    kernel::{
        ids::{OrganisationId, ProcurementId, TenderDraftId, TenderId},
        refusal::{Code, Failure, Refusal},
    },
    organisation::rules::nonprofit::NonprofitStatus,
    procurement::{Content, Lot, store},
    tender::{
        content,
        rules::{
            eligibility::{self, Candidate, Invitation, Reason},
            offer::{self, OfferScope, inside_offer},
        },
        store::draft::{self as drafts, StoredDraft},
        team_copy::TeamKey,
    },
};

parent_loader!(TenderDraftId => ProcurementId: drafts::procurements_of);

/// Key for the draft of the reader's organisation for a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnDraftOf(pub ProcurementId);

impl Loader<OwnDraftOf> for Loaders {
    type Value = StoredDraft;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OwnDraftOf]) -> Loaded<OwnDraftOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = drafts::of_procurements(&self.pool, &ids, reader).await?;
        let rows = rows
            .into_iter()
            .map(|row| (OwnDraftOf(row.procurement), row));
        Ok(rows.collect())
    }
}

/// Key for the encrypted copy of a tender of the reader's organisation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CopyOf(pub TenderId);

impl Loader<CopyOf> for Loaders {
    type Value = Vec<u8>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[CopyOf]) -> Loaded<CopyOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<TenderId> = keys.iter().map(|key| key.0).collect();
        let rows = drafts::copies(&self.pool, &ids, reader).await?;
        Ok(rows
            .into_iter()
            .map(|(id, sealed)| (CopyOf(id), sealed))
            .collect())
    }
}

/// Key for the lots of the valid tenders of the reader's organisation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StandingLotsOf(pub ProcurementId);

impl Loader<StandingLotsOf> for Loaders {
    type Value = Vec<String>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[StandingLotsOf]) -> Loaded<StandingLotsOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = drafts::standing_lots(&self.pool, &ids, reader).await?;
        let groups = group(rows, |(procurement, _)| StandingLotsOf(*procurement)).into_iter();
        let lots = |rows: Vec<(_, String)>| rows.into_iter().map(|(_, lot)| lot).collect();
        Ok(groups.map(|(key, rows)| (key, lots(rows))).collect())
    }
}

/// Draft of a tender, decrypted.
pub struct TenderDraft {
    stored: StoredDraft,
    offer: content::TenderOffer,
}

impl TenderDraft {
    /// Loads the draft of the reader's organisation, if the reader may read it.
    pub async fn load(
        context: &Context<'_>,
        procurement: ProcurementId,
    ) -> Result<Option<Self>, Error> {
        let Some(organisation) = drafting(context) else {
            return Ok(None);
        };
        let found = request(context)
            .loader
            .load_one(OwnDraftOf(procurement))
            .await;
        let Some(stored) = found.map_err(loading)? else {
            return Ok(None);
        };
        let key = TeamKey::of(&backend(context).database, organisation);
        let offer = key.and_then(|key| key.open(stored.id.0, &stored.sealed));
        let offer = offer.map_err(unreadable)?;
        Ok(Some(Self { stored, offer }))
    }

    /// Loads the draft with this ID if it is of the reader's organisation.
    pub async fn resolve(context: &Context<'_>, id: TenderDraftId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(ParentOf(id)).await;
        let Some(procurement) = found.map_err(loading)? else {
            return Ok(None);
        };
        let own = Self::load(context, procurement).await?;
        Ok(own.filter(|own| own.stored.id == id))
    }
}

/// Returns the organisation that the reader acts for, if the reader may read its drafts.
fn drafting(context: &Context<'_>) -> Option<OrganisationId> {
    let actor = &request(context).actor;
    let organisation = actor.person()?.acting_for?;
    let whose = Subject {
        whose: &[organisation],
        ..Subject::default()
    };
    let rule = const { table::of("Procurement", "tenderDraft") };
    rule.admits(actor, &whose).then_some(organisation)
}

fn unreadable(failure: Failure) -> Error {
    match failure {
        Failure::Unexpected(cause) => database(sqlx::Error::Decode(cause)),
        Failure::Refused(_) => database(sqlx::Error::RowNotFound),
    }
}

/// Loads the copy of a submitted tender of the reader's organisation, if the reader may read it.
pub async fn own_offer(
    context: &Context<'_>,
    tender: TenderId,
) -> Result<Option<TenderOffer>, Error> {
    let Some(organisation) = drafting(context) else {
        return Ok(None);
    };
    let found = request(context).loader.load_one(CopyOf(tender)).await;
    let Some(sealed) = found.map_err(loading)? else {
        return Ok(None);
    };
    let key = TeamKey::of(&backend(context).database, organisation);
    let content = key.and_then(|key| key.open::<content::TenderContent>(tender.0, &sealed));
    Ok(Some(TenderOffer(content.map_err(unreadable)?.offer)))
}

/// Draft of a tender, which the members of a supplier write together. No other organisation reads
/// it, and it is stored encrypted.
#[Object]
impl TenderDraft {
    /// Global ID of the draft. `submitTender` takes it.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.stored.id.to_global().into()
    }

    /// Number of times the draft was saved. `saveTenderDraft` and `submitTender` take it to detect
    /// concurrent changes.
    async fn revision(&self) -> i32 {
        self.stored.revision
    }

    /// Time when the draft was last saved.
    async fn saved_at(&self) -> DateTime<Utc> {
        self.stored.saved_at
    }

    /// What the draft offers so far, for all lots.
    async fn offer(&self) -> TenderOffer {
        TenderOffer(self.offer.clone())
    }
}

/// A reason why an organisation may not tender.
#[derive(SimpleObject)]
pub struct EligibilityReason {
    /// Code for programs to switch on; as in `userErrors` of `submitTender`.
    code: UserErrorCode,
    /// Reason in the reader's language, and what to do about it.
    message: String,
    /// Lot that it concerns (`Lot.lotId`). Null: the whole procurement.
    lot_id: Option<String>,
}

/// Whether the organisation that the reader acts for may submit a tender now.
#[derive(SimpleObject)]
pub struct TenderEligibility {
    /// Whether a tender for at least one lot may be submitted now.
    can_submit: bool,
    /// Reasons why it may not, for the whole procurement or for single lots; at most 15,003. The
    /// submission is refused for the same reasons.
    reasons: Vec<EligibilityReason>,
}

/// Something that a draft needs before it can be submitted.
#[derive(SimpleObject)]
pub struct MissingPart {
    /// Code for programs to switch on; as in `userErrors` of `submitTender`.
    code: UserErrorCode,
    /// What to do, in the reader's language.
    message: String,
    /// Path inside the input of `saveTenderDraft`, such as `["offer", "lots", "0", "price"]`. Empty
    /// if it is not about one field.
    field: Vec<String>,
    /// Lot that it concerns (`Lot.lotId`). Null: the whole tender.
    lot_id: Option<String>,
}

/// Whether a draft can be submitted.
#[derive(SimpleObject)]
pub struct TenderReadiness {
    /// Whether the draft can be submitted now.
    ready: bool,
    /// What is missing or wrong; at most 15,003 reasons about the organisation and the procurement,
    /// and those about the offer. The submission is refused for the same reasons.
    missing: Vec<MissingPart>,
}

/// The procurement, its lots and the reader's organisation, as the rules see them.
struct Facts {
    lots: Arc<Vec<Lot>>,
    content: Arc<Content>,
    standing: Vec<String>,
    reasons: Vec<Reason>,
}

async fn facts(context: &Context<'_>, stored: &Arc<store::Procurement>) -> Result<Facts, Error> {
    let (request, backend) = (request(context), backend(context));
    let notice = stored.notice.as_ref();
    let lots = match notice {
        Some(notice) => request.loader.load_one(AllLots(notice.id)).await,
        None => Ok(None),
    };
    let lots = lots.map_err(loading)?.unwrap_or_default();
    let ended = request.loader.load_one(LotEndsOf(stored.id)).await;
    let ended = ended.map_err(loading)?.unwrap_or_default().into_iter();
    let ended: Vec<String> = ended.map(|end| end.lot).collect();
    let content = notice.map(|notice| notice.content.clone());
    let content = content.unwrap_or_default();
    let (deadline, zone) = stored.deadline();
    let invitation = Invitation {
        stored_phase: stored.stored_phase(),
        deadline,
        zone,
        content: &content,
        lots: &lots,
        ended: &ended,
        now: backend.database.clock.now(),
    };
    let whole = |refusal| Reason { refusal, lot: None };
    let mut reasons = eligibility::of_procurement(&invitation);
    let mut standing = Vec::new();
    match acting(request.actor.person()) {
        Ok((organisation, kind)) => {
            let allowed = policy::supplier(&request.actor, SupplierAction::Tender);
            reasons.extend(allowed.err().map(whole));
            if kind != OrganisationKind::Buyer {
                standing = standing_lots(context, stored.id).await?;
                let candidate = Candidate {
                    kind,
                    registered: is_registered(context, organisation).await?,
                    standing: &standing,
                };
                reasons.extend(eligibility::of_candidate(
                    &invitation,
                    &candidate,
                    &backend.reservations,
                ));
            }
        }
        Err(refusal) => reasons.push(whole(refusal)),
    }
    Ok(Facts {
        lots,
        content,
        standing,
        reasons,
    })
}

/// Returns the organisation that a person acts for, with its kind.
fn acting(person: Option<&Person>) -> Result<(OrganisationId, OrganisationKind), Refusal> {
    let Some(person) = person else {
        let message = "sign in first: send `Authorization: Bearer <token>`";
        return Err(Refusal::new(Code::NotAuthenticated, message));
    };
    match person.acting() {
        Some(membership) => Ok((membership.organisation, membership.kind)),
        None => {
            let message = "you act for no organisation; create one, accept an invitation, or name the one you act for in \
                           the header `Torg-Acting-For: <organisation ID>`";
            Err(Refusal::new(Code::NoOrganisation, message))
        }
    }
}

async fn standing_lots(context: &Context<'_>, id: ProcurementId) -> Result<Vec<String>, Error> {
    let found = request(context).loader.load_one(StandingLotsOf(id)).await;
    Ok(found.map_err(loading)?.unwrap_or_default())
}

async fn is_registered(context: &Context<'_>, id: OrganisationId) -> Result<bool, Error> {
    let found = request(context)
        .loader
        .load_one(NonprofitStatusesOf(id))
        .await;
    let found = found.map_err(loading)?.unwrap_or_default();
    let latest = found.first().map(|entry| entry.status);
    Ok(latest == Some(NonprofitStatus::Registered))
}

/// Returns whether the reader's organisation may tender for this procurement.
pub async fn eligibility(
    context: &Context<'_>,
    procurement: &Procurement,
) -> Result<TenderEligibility, Error> {
    let facts = facts(context, &procurement.stored).await?;
    let can_submit = eligibility::can_submit(&facts.reasons, &facts.lots);
    let request = request(context);
    let reason = |reason: Reason| EligibilityReason {
        code: reason.refusal.code.into(),
        message: request.message(&reason.refusal.message),
        lot_id: reason.lot,
    };
    Ok(TenderEligibility {
        can_submit,
        reasons: facts.reasons.into_iter().map(reason).collect(),
    })
}

/// Returns whether the draft of the reader's organisation can be submitted, for these lots if they
/// are stated; `None` without a draft.
pub async fn readiness(
    context: &Context<'_>,
    procurement: &Procurement,
    lots: Option<Vec<String>>,
) -> Result<Option<TenderReadiness>, Error> {
    let Some(draft) = TenderDraft::load(context, procurement.stored.id).await? else {
        return Ok(None);
    };
    let facts = facts(context, &procurement.stored).await?;
    let declared = match drafting(context) {
        Some(organisation) => {
            let found = request(context)
                .loader
                .load_one(DeclarationOf(organisation))
                .await;
            found.map_err(loading)?.is_some()
        }
        None => false,
    };
    let (deadline, zone) = procurement.stored.deadline();
    let scope = OfferScope {
        content: &facts.content,
        lots: &facts.lots,
        standing: &facts.standing,
        last_day: offer::day(deadline, zone),
        as_one: lots.is_some(),
        declared,
    };
    let offer = match &lots {
        Some(lots) => draft.offer.for_lots(lots),
        None => draft.offer,
    };
    let offered = offer.lots();
    let concerns = |reason: &Reason| reason.lot.as_ref().is_none_or(|lot| offered.contains(lot));
    let general = facts.reasons.into_iter().filter(concerns);
    let own = offer::check(&offer, &scope).map_err(inside_offer);
    let own = own.err().unwrap_or_default().into_iter();
    let own = own.map(|refusal| Reason {
        lot: lot_of(&refusal.field, &offered),
        refusal,
    });
    let request = request(context);
    let missing: Vec<MissingPart> = general
        .chain(own)
        .map(|reason| MissingPart {
            code: reason.refusal.code.into(),
            message: request.message(&reason.refusal.message),
            field: reason.refusal.field,
            lot_id: reason.lot,
        })
        .collect();
    Ok(Some(TenderReadiness {
        ready: missing.is_empty(),
        missing,
    }))
}

/// Returns the lot whose offer a path leads into.
fn lot_of(field: &[String], offered: &[String]) -> Option<String> {
    match field {
        [_, lots, position, ..] if lots == "lots" => {
            offered.get(position.parse::<usize>().ok()?).cloned()
        }
        _ => None,
    }
}
