//! The GraphQL type of documents. Their bytes are uploaded and downloaded over HTTP: `POST
//! /documents` and each document's `url`.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::{context::request, errors::loading};
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
}

/// An uploaded file; it never changes. It is public once it is published with a notice, round,
/// question, answer, contribution, minutes or summary. Before that it is visible to the members of
/// its organisation and to those that it was submitted to.
#[Object]
impl Document {
    /// Opaque global ID.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// File name.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// Media type, such as `application/pdf`.
    async fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// Size in bytes.
    async fn size(&self) -> i64 {
        self.0.size
    }

    /// SHA-256 of the bytes, as 64 hexadecimal digits.
    async fn sha256(&self) -> String {
        self.0.sha256_hex()
    }

    /// Path on this server from which the file is downloaded. Accepts range requests. Requires the
    /// access token while the document is not public.
    async fn url(&self) -> String {
        document::path(self.0.id)
    }

    /// Time of the upload.
    async fn uploaded_at(&self) -> DateTime<Utc> {
        self.0.uploaded_at
    }
}
