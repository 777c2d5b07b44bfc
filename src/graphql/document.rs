//! The GraphQL type of documents. Their bytes are uploaded and downloaded over HTTP: `POST
//! /documents` and each document's `url`.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::{context::request, errors::loading, scalars::ReasonGiven};
use crate::{
    document::{self, read},
    kernel::ids::DocumentId,
};

/// An uploaded file.
pub struct Document(pub document::Document);

impl Document {
    /// Loads the document with this ID without checking who may see it: for an object that refers
    /// to it and that the reader may see.
    pub async fn find(context: &Context<'_>, id: DocumentId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self))
    }

    /// Loads the document with this ID. `None` when it does not exist or the reader may not see it.
    pub async fn load(context: &Context<'_>, id: DocumentId) -> Result<Option<Self>, Error> {
        let found = Self::find(context, id).await?;
        Ok(found.filter(|found| read::may_see(&request(context).actor, &found.0)))
    }

    fn is_own(&self, context: &Context<'_>) -> bool {
        request(context).actor.acts_for(self.0.organisation)
    }
}

/// An uploaded file; it never changes, but the buyer can withdraw it. It is public once it is published with a notice, round,
/// question, answer, contribution, minutes or summary. Before that it is visible to the members of
/// its organisation and to those that it was submitted to.
#[Object]
impl Document {
    /// Opaque global ID.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// File name. Of a document whose organisation is not named, a neutral one, except for the
    /// organisation itself. Null once the document is withdrawn.
    async fn file_name(&self, context: &Context<'_>) -> Option<String> {
        match self.is_own(context) {
            true => self.0.file_name.clone(),
            false => self.0.public_file_name(),
        }
    }

    /// Media type, such as `application/pdf`.
    async fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// Size in bytes.
    async fn size(&self) -> i64 {
        self.0.size
    }

    /// SHA-256 of the bytes, as 64 hexadecimal digits. Null once the document is withdrawn.
    async fn sha256(&self) -> Option<String> {
        self.0.sha256_hex()
    }

    /// Path on this server from which the file is downloaded. Accepts range requests. Requires the
    /// access token while the document is not public. Null once the document is withdrawn.
    async fn url(&self) -> Option<String> {
        let readable = self.0.withdrawal.is_none();
        readable.then(|| document::path(self.0.id))
    }

    /// Time of and reason for the withdrawal by the buyer. Null if the document is not withdrawn.
    pub(in crate::graphql) async fn withdrawal(&self) -> Option<ReasonGiven> {
        self.0.withdrawal.clone().map(ReasonGiven::from)
    }

    /// Time of the upload. Null for a document whose organisation is not named, except for the
    /// organisation itself: uploads at nearly the same time could be linked.
    async fn uploaded_at(&self, context: &Context<'_>) -> Option<DateTime<Utc>> {
        (self.is_own(context) || !self.0.anonymous).then_some(self.0.uploaded_at)
    }
}
