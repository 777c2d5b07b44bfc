//! The type of the documents of opened tenders, and its loader.

use std::sync::Arc;

use async_graphql::{Context, Error, Object, dataloader::Loader};

use crate::{
    graphql::{
        context::request,
        document::Document,
        errors::loading,
        loaders::{Loaded, Loaders, group},
    },
    kernel::ids::{DocumentId, TenderId},
    tender::{
        document::BoundDocument,
        store::document::{self as store, OpenedDocument},
    },
};

/// A document of an opened tender.
pub struct TenderDocument {
    sha256: String,
    document: Option<DocumentId>,
    failure: Option<String>,
}

impl TenderDocument {
    /// Loads what became of the documents of an opened tender, in its order.
    pub async fn load(
        context: &Context<'_>,
        tender: TenderId,
        bound: &[BoundDocument],
    ) -> Result<Vec<Self>, Error> {
        if bound.is_empty() {
            return Ok(Vec::new());
        }
        let found = request(context).loader.load_one(DocumentsOf(tender)).await;
        let found = found.map_err(loading)?.unwrap_or_default();
        let document = |bound: &BoundDocument| {
            let opened = found.iter().find(|opened| opened.sealed == bound.id);
            Self {
                sha256: bound.sha256.to_string(),
                document: opened.and_then(|opened| opened.document),
                failure: opened.and_then(|opened| opened.failure.clone()),
            }
        };
        Ok(bound.iter().map(document).collect())
    }
}

/// Document of an opened tender.
#[Object]
impl TenderDocument {
    /// SHA-256 of the sealed document, as 64 hexadecimal digits; equal to the one that its upload
    /// returned.
    async fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The document, to read. Null until the opener has written it, usually for a few seconds, and for
    /// a document with a `failure`.
    async fn document(&self, context: &Context<'_>) -> Result<Option<Document>, Error> {
        match self.document {
            Some(id) => Document::load(context, id).await,
            None => Ok(None),
        }
    }

    /// Reason why the document could not be opened: it is missing, or is not what was sealed. Null
    /// otherwise.
    async fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

/// Key for what became of the documents of an opened tender.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct DocumentsOf(TenderId);

impl Loader<DocumentsOf> for Loaders {
    type Value = Vec<OpenedDocument>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DocumentsOf]) -> Loaded<DocumentsOf, Self::Value> {
        let ids: Vec<TenderId> = keys.iter().map(|key| key.0).collect();
        let rows = store::opened_documents(&self.pool, &ids).await?;
        Ok(group(rows, |row| DocumentsOf(row.tender)))
    }
}
