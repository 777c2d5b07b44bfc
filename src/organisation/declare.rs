//! A supplier saves its self-declaration.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    rules::self_declaration as rules,
    self_declaration::SelfDeclaration,
    store::self_declarations::{self as store, DeclarationVersion},
};
use crate::{
    auth::{
        Actor,
        policy::{
            Mutation, SupplierAction,
            mutation::{BySupplier, Member},
        },
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::OrganisationId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Saves the next version of the self-declaration of the organisation that the caller acts for.
/// Refuses with CONFLICT when another member saved one since the stated version.
#[derive(Debug, Serialize)]
pub struct SaveSelfDeclaration {
    /// Number of the version that the editor read; 0 for none.
    pub revision: i32,
    /// The self-declaration.
    pub content: SelfDeclaration,
}

impl UseCase for SaveSelfDeclaration {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("saveSelfDeclaration", SupplierAction::Tender);
    type Target = ();
    type Output = OrganisationId;

    fn validate(&self, _: &Actor, _: &Member) -> Fallible<()> {
        Ok(rules::check(&self.content)?)
    }

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<()> {
        match super::store::lock(work.connection(), caller.organisation).await? {
            Some(_) => Ok(()),
            None => Err(Refusal::not_found("organisationId", "organisation").into()),
        }
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (): (),
        now: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        let organisation = caller.organisation;
        let latest = store::latest(work.connection(), &[organisation]).await?;
        let number = latest.first().map_or(0, |version| version.number);
        if self.revision != number {
            let message = message!(
                "another member saved the self-declaration: its version is {number}, your input has {known}; load it \
                 again and repeat your change",
                number,
                known = self.revision,
            );
            return Err(Refusal::at(Code::Conflict, &["revision"], message).into());
        }
        let version = DeclarationVersion {
            organisation,
            number: number + 1,
            content: self.content,
            saved_at: now,
        };
        store::insert(work.connection(), &version, caller.person).await?;
        let detail = json!({ "version": version.number });
        work.audit("organisation.self_declaration", organisation.0, detail);
        Ok(organisation)
    }
}
