//! Documents attached to a notice or draft.

use async_graphql::{ComplexObject, Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{codes::DocumentType, loaders::AttachmentsOf};
use crate::{
    document::store::Version,
    graphql::{
        context::request,
        document::Document,
        errors::loading,
        scalars::{Localized, Translations, localized},
    },
    kernel::ids::{DocumentId, ProcurementId},
    procurement::content,
};

/// A document attached to a procurement.
#[derive(InputObject)]
pub struct AttachmentInput {
    /// Unique within the procurement and kept through its notices, whatever document it is: `DOC-0001`.
    attachment_id: String,
    /// What it is called, at most 400 characters.
    title: Translations,
    /// What it is.
    document_type: DocumentType,
    /// The language it is written in (ISO 639-1); leave out where it has none or several.
    language: Option<String>,
    /// The `id` that `POST /documents` answered; a document of the buyer's.
    document_id: ID,
}

impl From<AttachmentInput> for content::Attachment {
    fn from(input: AttachmentInput) -> Self {
        // What is no document's ID is kept as one that no document has, for the use case to refuse in its place.
        let document = DocumentId::from_global(&input.document_id);
        Self {
            id: input.attachment_id,
            title: localized(input.title),
            document_type: input.document_type.into(),
            language: input.language,
            document: document.unwrap_or(DocumentId(Uuid::nil())),
        }
    }
}

/// A document attached to a notice or draft.
pub struct Attachment {
    /// As the content has it.
    pub attachment: content::Attachment,
    /// The procurement whose content it is.
    pub procurement: ProcurementId,
}

/// A document attached to a notice or draft.
#[Object]
impl Attachment {
    /// Unique within the procurement and stable through its notices, whatever document it is: `DOC-0001`.
    async fn attachment_id(&self) -> &str {
        &self.attachment.id
    }

    /// What it is called.
    async fn title(&self) -> Localized {
        Localized(self.attachment.title.clone())
    }

    /// What it is.
    async fn document_type(&self) -> DocumentType {
        self.attachment.document_type.into()
    }

    /// The language it is written in (ISO 639-1); null where it has none or several.
    async fn language(&self) -> Option<&str> {
        self.attachment.language.as_deref()
    }

    /// The document in this version.
    async fn document(&self, context: &Context<'_>) -> Result<Option<Document>, Error> {
        Document::find(context, self.attachment.document).await
    }

    /// The documents that were published as this attachment, oldest first: each with the notice that brought it.
    async fn versions(&self, context: &Context<'_>) -> Result<Vec<AttachmentVersion>, Error> {
        let key = AttachmentsOf(self.procurement);
        let found = request(context).loader.load_one(key).await;
        let versions = found.map_err(loading)?.unwrap_or_default();
        let own = versions
            .iter()
            .filter(|version| version.key == self.attachment.id);
        let version = |version: &Version| AttachmentVersion {
            notice_number: version.notice_number,
            published_at: version.published_at,
            id: version.document,
        };
        Ok(own.map(version).collect())
    }
}

/// A document that was published as an attachment.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AttachmentVersion {
    /// The first notice that it was in.
    notice_number: i32,
    /// When that was published.
    published_at: DateTime<Utc>,
    #[graphql(skip)]
    id: DocumentId,
}

#[ComplexObject]
impl AttachmentVersion {
    /// The document.
    async fn document(&self, context: &Context<'_>) -> Result<Option<Document>, Error> {
        Document::find(context, self.id).await
    }
}
