//! Receives a document of a tender.

use std::error::Error;

use futures::Stream;

use super::stream::{Description, Sealer};
use crate::{
    auth::{
        Actor,
        policy::{self, SupplierAction},
    },
    database::Database,
    document::{self, Document, Files, Upload, UploadFailure, encrypt::SealedUpload, rules::Media},
    kernel::ids::{DocumentId, ProcurementId},
    procurement::read,
    tender::{rules::check_receiving, sealing::SealingKey},
};

/// A received document: what is stored, and what its uploader called it.
pub struct Uploaded {
    /// The sealed document.
    pub stored: Document,
    /// Name of the file.
    pub file_name: String,
    /// Media type of the content.
    pub media_type: &'static str,
}

/// Receives a document for tenders of the actor's organisation in a procurement that receives tenders,
/// and seals it while it arrives. It is removed after 24 hours, unless a tender has it.
pub async fn upload<B: AsRef<[u8]>, E: Error>(
    (database, files, sealing): (&Database, &Files, &SealingKey),
    actor: &Actor,
    procurement: ProcurementId,
    upload: Upload,
    body: &mut (impl Stream<Item = Result<B, E>> + Unpin),
) -> Result<Uploaded, UploadFailure> {
    let (_, organisation) = policy::supplier(actor, SupplierAction::Tender)?;
    let found = read::visible(database, actor, procurement).await?;
    let (deadline, zone) = found.deadline();
    check_receiving(found.stored_phase(), deadline, zone, database.clock.now())?;
    let media = Media::of_header(upload.content_type.as_deref())?;
    let file_name = upload.file_name.clone();
    let description = Description {
        document: DocumentId::new(),
        procurement,
        organisation,
        file_name: file_name.clone(),
        media_type: media.name.to_owned(),
    };
    let mut sealer = Sealer::new(sealing, &description)?;
    let sealed = SealedUpload {
        id: description.document,
        procurement,
        encrypt: &mut sealer,
    };
    let stored = document::upload(database, files, actor, upload, Some(sealed), body).await?;
    Ok(Uploaded {
        stored,
        file_name,
        media_type: media.name,
    })
}
