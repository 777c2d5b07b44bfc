//! Makes the content of a tender from the offer of a submission.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    content::{TenderContent, TenderOffer, Tenderer},
    draft,
    rules::{
        eligibility::{self, Candidate, Invitation},
        offer::{self, OfferScope},
    },
    store::draft as drafts,
};
use crate::{
    auth::policy::mutation::Member,
    database::UnitOfWork,
    kernel::{
        ids::TenderDraftId,
        refusal::{Failure, Fallible},
    },
    organisation::{
        self,
        rules::nonprofit::NonprofitStatus,
        store::self_declarations::{latest, name_and_identifiers},
    },
    procurement::{self, Content, Lot, reservation::ReservationRules, store::Procurement},
};

/// What is submitted.
#[derive(Debug, Serialize)]
pub enum Submitted {
    /// An offer of the client.
    Offer(TenderOffer),
    /// The organisation's draft.
    Draft {
        /// The draft.
        draft: TenderDraftId,
        /// Revision that the client read.
        revision: i32,
        /// Lots to submit; `None`: all lots of the draft.
        lots: Option<Vec<String>>,
    },
}

/// Returns the content to seal, after all checks of the offer, and the lots of the procurement.
pub async fn compose(
    work: &mut UnitOfWork,
    caller: &Member,
    procurement: &Procurement,
    submitted: Submitted,
    reservations: &ReservationRules,
    now: DateTime<Utc>,
) -> Fallible<(TenderContent, Vec<Lot>)> {
    let offer = match submitted {
        Submitted::Offer(offer) => offer,
        Submitted::Draft {
            draft,
            revision,
            lots,
        } => draft::submitted(work, procurement.id, caller, (draft, revision), lots).await?,
    };
    let lots = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
    let ended = procurement::lots::ended(work, procurement.id).await?;
    let nothing = Content::default();
    let content = procurement.notice.as_ref();
    let content = content.map_or(&nothing, |notice| &notice.content);
    let organisation = caller.organisation;
    let standing =
        drafts::standing_lots(work.connection(), &[procurement.id], organisation).await?;
    let standing: Vec<String> = standing.into_iter().map(|(_, lot)| lot).collect();
    let (deadline, zone) = procurement.deadline();
    let invitation = Invitation {
        stored_phase: procurement.stored_phase(),
        deadline,
        zone,
        content,
        lots: &lots,
        ended: &ended,
        now,
    };
    let candidate = Candidate {
        kind: caller.kind,
        registered: is_registered(work, caller).await?,
        standing: &standing,
    };
    eligibility::check(&invitation, &candidate, reservations, &offer.lots())?;
    let declaration = latest(work.connection(), &[caller.organisation]).await?;
    let declaration = declaration.into_iter().next();
    let scope = OfferScope {
        content,
        lots: &lots,
        standing: &standing,
        last_day: offer::day(deadline, zone),
        as_one: true,
        declared: declaration.is_some(),
    };
    offer::check(&offer, &scope).map_err(offer::inside_offer)?;
    let (name, identifiers) = name_and_identifiers(work.connection(), caller.organisation).await?;
    let tenderer = Tenderer {
        organisation: caller.organisation,
        name,
        identifiers,
    };
    let declaration = declaration
        .filter(|_| offer.self_declaration)
        .map(|version| version.content);
    let content = TenderContent::new(offer, tenderer, declaration)
        .ok_or_else(|| Failure::unexpected("an offer that passed its checks has no price"))?;
    Ok((content, lots))
}

/// Returns whether the caller's organisation is registered as a nonprofit.
async fn is_registered(work: &mut UnitOfWork, caller: &Member) -> Fallible<bool> {
    let status =
        organisation::store::nonprofit_status(work.connection(), caller.organisation).await?;
    Ok(status == Some(NonprofitStatus::Registered))
}
