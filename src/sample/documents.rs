//! The files that the sample's people attach, and their upload.
//!
//! `documents/` holds them: drafts and minutes as PDF, forms as CSV, short texts as Markdown.

use std::convert::Infallible;

use futures::stream;
use include_dir::{Dir, include_dir};
use torg::{
    auth::Actor,
    document::{Upload, UploadFailure, rules::MEDIA, upload},
    kernel::{
        ids::DocumentId,
        refusal::{Failure, Fallible},
    },
};

use super::{SampleError, player::Player};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/sample/documents");

impl Player<'_> {
    /// Uploads files of the sample for the organisation that the actor acts for.
    pub(super) async fn upload_all(
        &self,
        actor: &Actor,
        names: &[String],
    ) -> Fallible<Vec<DocumentId>> {
        let mut documents = Vec::new();
        for name in names {
            documents.push(self.upload(actor, name).await?);
        }
        Ok(documents)
    }

    /// Uploads a file of the sample for the organisation that the actor acts for.
    pub(super) async fn upload(&self, actor: &Actor, name: &str) -> Fallible<DocumentId> {
        let file = FILES.get_file(name);
        let bytes = file
            .ok_or_else(|| SampleError::missing("file", name))?
            .contents();
        let document = Upload {
            file_name: name.to_owned(),
            content_type: Some(media_type(name)?.to_owned()),
            size: u64::try_from(bytes.len()).ok(),
        };
        let mut body = stream::iter([Ok::<_, Infallible>(bytes)]);
        let stored = upload(&self.history, self.files, actor, document, None, &mut body).await;
        Ok(stored.map_err(failure)?.id)
    }
}

/// Returns the media type for the extension of a file name.
fn media_type(name: &str) -> Result<&'static str, SampleError> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let media = MEDIA
        .iter()
        .find(|media| media.extensions.contains(&extension));
    let missing = || SampleError::missing("media type of the file", name);
    media.map(|media| media.name).ok_or_else(missing)
}

fn failure(failure: UploadFailure) -> Failure {
    match failure {
        UploadFailure::Refused(refusal) => refusal.into(),
        UploadFailure::Rejected(rejection) => Failure::unexpected(rejection.message.to_string()),
        UploadFailure::Storage(error) | UploadFailure::Unexpected(error) => {
            Failure::Unexpected(error)
        }
    }
}
