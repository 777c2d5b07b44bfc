//! Documents in the graph. Their bytes go over HTTP: `POST /documents` and each document's `url`.

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
    /// The document with this ID, whoever may see it: for what refers to it, and is itself seen.
    pub async fn find(context: &Context<'_>, id: DocumentId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self))
    }

    /// The document with this ID, if the reader may see it.
    pub async fn load(context: &Context<'_>, id: DocumentId) -> Result<Option<Self>, Error> {
        let found = Self::find(context, id).await?;
        Ok(found.filter(|found| read::may_see(&request(context).actor, &found.0)))
    }
}

/// An uploaded file. It never changes; published with a notice, a round, a question, an answer, a contribution, minutes or
/// a summary it is everyone's, before that its organisation's members' and those whom it was handed in to.
#[Object]
impl Document {
    /// Opaque.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// What the file is called.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// Its media type: `application/pdf`.
    async fn media_type(&self) -> &str {
        &self.0.media_type
    }

    /// Its size in bytes.
    async fn size(&self) -> i64 {
        self.0.size
    }

    /// The SHA-256 of its bytes, in 64 hexadecimal digits.
    async fn sha256(&self) -> String {
        self.0.sha256_hex()
    }

    /// Where it is downloaded: a path on this server. Takes ranges; needs the token while it is not published.
    async fn url(&self) -> String {
        document::path(self.0.id)
    }

    /// When it was uploaded.
    async fn uploaded_at(&self) -> DateTime<Utc> {
        self.0.uploaded_at
    }
}
