//! Attachments of a procurement: documents of its draft are kept, and become public with the notice.

use chrono::{DateTime, Utc};

use super::{
    content::Content,
    store::{NewNotice, invitations},
};
use crate::{
    database::UnitOfWork,
    document::{self, store::publish as publish_documents},
    kernel::{
        ids::{DocumentId, OrganisationId, ProcurementId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Keeps the documents that a draft refers to, and releases those that it no longer refers to.
/// The draft's joint buyers that accepted their invitation can read them too. Refuses documents of other organisations.
pub async fn hold(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    buyer: OrganisationId,
    content: &Content,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let ids = documents(content);
    let missing =
        document::attach::hold(work.connection(), procurement.0, buyer, &ids, now).await?;
    refuse(&missing)?;
    let connection = work.connection();
    document::store::unshare(connection, procurement.0).await?;
    if !ids.is_empty() {
        let accepted = invitations::accepted(work.connection(), procurement).await?;
        let readers = accepted.into_iter();
        for reader in readers.filter(|buyer| content.joint_buyers.contains(buyer)) {
            let (connection, holder) = (work.connection(), procurement.0);
            let reader = Some(reader);
            document::store::share(connection, holder, &ids, reader, now).await?;
        }
    }
    Ok(())
}

/// Makes the documents of a notice public, and releases those of the draft.
pub async fn publish(
    work: &mut UnitOfWork,
    buyer: OrganisationId,
    notice: &NewNotice<'_>,
) -> Fallible<()> {
    let content = &notice.draft.content;
    let ids = documents(content);
    let holder = (notice.procurement.0, buyer);
    let missing = document::attach::missing(work.connection(), holder, &ids).await?;
    refuse(&missing)?;
    let attachments = content.attachments.iter();
    let attached: Vec<_> = attachments
        .map(|attachment| (attachment.id.as_str(), attachment.document))
        .collect();
    let (procurement, now) = (notice.procurement, notice.published_at);
    publish_documents(work.connection(), procurement, notice.id, &attached).await?;
    document::attach::hold(work.connection(), procurement.0, buyer, &[], now).await?;
    document::store::unshare(work.connection(), procurement.0).await?;
    Ok(())
}

/// Releases the documents of a draft that is discarded.
pub async fn release(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    buyer: OrganisationId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    document::attach::hold(work.connection(), procurement.0, buyer, &[], now).await?;
    document::store::unshare(work.connection(), procurement.0).await?;
    Ok(())
}

fn documents(content: &Content) -> Vec<DocumentId> {
    let attachments = content.attachments.iter();
    attachments.map(|attachment| attachment.document).collect()
}

/// Refuses missing documents. A document of another organisation counts as missing.
fn refuse(missing: &[usize]) -> Fallible<()> {
    let refusal = |position: &usize| {
        let field = ["attachments", &position.to_string(), "documentId"];
        let message = "your organisation has no such document; upload it with `POST /documents` and attach it within a day";
        Refusal::at(Code::NotFound, &field, message)
    };
    match missing {
        [] => Ok(()),
        missing => Err(missing.iter().map(refusal).collect::<Vec<_>>().into()),
    }
}
