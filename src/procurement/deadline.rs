//! The time zone of the deadline.

use super::content::Content;
use crate::{
    database::UnitOfWork,
    kernel::{ids::OrganisationId, refusal::Fallible, zone::Zone},
    organisation,
};

/// Returns the country of the buyer, if it is known.
pub async fn country(work: &mut UnitOfWork, buyer: OrganisationId) -> Fallible<Option<String>> {
    let seat = organisation::store::seat(work.connection(), buyer).await?;
    Ok(seat.and_then(|(country, _)| country))
}

/// Sets the time zone of a deadline whose buyer has stated none: that of the buyer's country and
/// region, or [`Zone::DEFAULT`] without a country.
pub(super) async fn set_zone(
    work: &mut UnitOfWork,
    buyer: OrganisationId,
    content: &mut Content,
) -> Fallible<()> {
    if content.tender_deadline.is_none() || content.tender_deadline_zone.is_some() {
        return Ok(());
    }
    let seat = organisation::store::seat(work.connection(), buyer).await?;
    let (country, region) = seat.unwrap_or_default();
    let zone = country.and_then(|country| Zone::of_place(&country, region.as_deref()));
    content.tender_deadline_zone = Some(zone.unwrap_or(Zone::DEFAULT).name().to_owned());
    Ok(())
}
