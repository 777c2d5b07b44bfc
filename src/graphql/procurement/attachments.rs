//! The types of documents attached to a notice or draft.

use async_graphql::{ComplexObject, Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{codes::DocumentType, loaders::AttachmentsOf};
use crate::{
    document::store::PublishedVersion,
    graphql::{
        bounded::oldest_first,
        context::request,
        document::Document,
        errors::loading,
        scalars::{Localized, Translations, language_code, localized_line},
    },
    kernel::ids::{DocumentId, PartId, ProcurementId, VersionId},
    procurement::content,
};

/// A document attached to a procurement.
#[derive(InputObject)]
pub struct AttachmentInput {
    /// ID of the attachment, unique within the procurement and unchanged in later notices even if
    /// the document is replaced, such as `DOC-0001`. 1 to 50 letters, digits, `-`, `_` or `.`.
    attachment_id: String,
    /// Title, at most 400 characters in each language; at least one is required.
    title: Translations,
    /// Type of document (OCDS code list `documentType`).
    document_type: DocumentType,
    /// Language of the document (BCP 47): `sv`. Null when it has none or several.
    language: Option<String>,
    /// ID of a document of the buyer, as returned by `POST /documents`. Attach it within 24 hours
    /// after the upload.
    document_id: ID,
}

impl From<AttachmentInput> for content::Attachment {
    fn from(input: AttachmentInput) -> Self {
        // A malformed ID becomes the nil UUID, which no document has, so that the use case refuses
        // it at its position.
        let document = DocumentId::from_global(&input.document_id);
        Self {
            id: input.attachment_id,
            title: localized_line(input.title),
            document_type: input.document_type.into(),
            language: input.language.map(language_code),
            document: document.unwrap_or(DocumentId(Uuid::nil())),
        }
    }
}

/// An attachment with its version and procurement.
pub struct Attachment {
    /// Version that the content belongs to.
    pub version: VersionId,
    /// Attachment in the content.
    pub attachment: content::Attachment,
    /// Procurement that the content belongs to.
    pub procurement: ProcurementId,
    /// Main language of the content.
    pub language: String,
}

impl Attachment {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "Attachment";
}

/// A document attached to a notice or draft.
#[Object]
impl Attachment {
    /// Opaque global ID of the attachment in this version, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let id = PartId::new(self.version, &self.attachment.id);
        id.to_global(Self::KIND).into()
    }

    /// ID of the attachment, unique within the procurement and the same in all notices even if the
    /// document is replaced, such as `DOC-0001`.
    async fn attachment_id(&self) -> &str {
        &self.attachment.id
    }

    /// Title.
    async fn title(&self) -> Localized {
        Localized::of_notice(self.attachment.title.clone(), &self.language)
    }

    /// Type of document (OCDS code list `documentType`).
    async fn document_type(&self) -> DocumentType {
        self.attachment.document_type.into()
    }

    /// Language of the document: the code of ISO 639-1, else of ISO 639-3. Null when it has none or
    /// several.
    async fn language(&self) -> Option<&str> {
        self.attachment.language.as_deref()
    }

    /// Document in this version. Null when it no longer exists.
    async fn document(&self, context: &Context<'_>) -> Result<Option<Document>, Error> {
        Document::find(context, self.attachment.document).await
    }

    /// The latest 100 documents that were published as this attachment, oldest first, each with the
    /// first notice that contained it.
    async fn versions(&self, context: &Context<'_>) -> Result<Vec<AttachmentVersion>, Error> {
        let key = AttachmentsOf(self.procurement);
        let found = request(context).loader.load_one(key).await;
        let versions = found.map_err(loading)?.unwrap_or_default();
        let own = versions
            .iter()
            .filter(|version| version.key == self.attachment.id);
        let version = |version: &PublishedVersion| AttachmentVersion {
            notice_number: version.notice_number,
            published_at: version.published_at,
            id: version.document,
        };
        Ok(oldest_first(own.map(version).collect()))
    }
}

/// A document that a notice published as an attachment.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AttachmentVersion {
    /// Number of the first notice that contained the document.
    notice_number: i32,
    /// Time when that notice was published.
    published_at: DateTime<Utc>,
    #[graphql(skip)]
    id: DocumentId,
}

#[ComplexObject]
impl AttachmentVersion {
    /// The document. Null when it no longer exists.
    async fn document(&self, context: &Context<'_>) -> Result<Option<Document>, Error> {
        Document::find(context, self.id).await
    }
}
