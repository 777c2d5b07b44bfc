//! Contributions as the buyer reads them and, once they are published, everybody.

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::loaders::{ContributionCount, ContributionPage, PublicationOf};
use crate::{
    dialogue::{
        contribution::{
            Answer, Value,
            read::{self, View},
            store,
        },
        store::Dialogue,
    },
    graphql::{
        connection::connection,
        context::request,
        document::Document,
        errors::{loading, refused},
        organisation::Organisation,
        scalars::Money,
    },
    kernel::{
        ids::{ContributionId, DialogueId, DocumentId},
        paging::{Page, Slice},
        refusal::{Code, Refusal},
    },
};

/// A page of contributions.
pub type Contributions = Connection<String, Contribution, ContributionTotal, EmptyFields>;

/// When the round's contributions were published.
pub async fn published_at(
    context: &Context<'_>,
    dialogue: DialogueId,
) -> Result<Option<DateTime<Utc>>, Error> {
    let loader = &request(context).loader;
    loader
        .load_one(PublicationOf(dialogue))
        .await
        .map_err(loading)
}

/// A page of the round's contributions, as much of them as the reader may see; `None` where that is nothing yet.
pub async fn contributions(
    context: &Context<'_>,
    dialogue: &Dialogue,
    first: i32,
    after: Option<String>,
) -> Result<Option<Contributions>, Error> {
    let page = Page::new(first, after.as_deref()).map_err(refused)?;
    let after = page.after.as_deref().map(place).transpose()?;
    let Some(view) = view(context, dialogue).await? else {
        return Ok(None);
    };
    let key = ContributionPage {
        dialogue: dialogue.id,
        view,
        after,
        first: page.first,
    };
    let found = request(context)
        .loader
        .load_one(key)
        .await
        .map_err(loading)?;
    let (items, more) = found
        .map(|slice| (slice.items, slice.more))
        .unwrap_or_default();
    let slice = Slice {
        items: items.into_iter().map(Contribution).collect(),
        more,
    };
    let total = ContributionTotal(dialogue.id, view);
    let cursor = |contribution: &Contribution| contribution.0.id.0.to_string();
    Ok(Some(connection(slice, after.is_some(), total, cursor)))
}

async fn view(context: &Context<'_>, dialogue: &Dialogue) -> Result<Option<View>, Error> {
    let request = request(context);
    let procurement = request
        .loader
        .load_one(dialogue.procurement)
        .await
        .map_err(loading)?;
    let published = published_at(context, dialogue.id).await?.is_some();
    Ok(procurement.and_then(|found| read::view(&request.actor, found.buyer, published)))
}

fn place(cursor: &str) -> Result<ContributionId, Error> {
    let bad = || {
        refused(Refusal::at(
            Code::Invalid,
            &["after"],
            "`after` is not a cursor of this list; use `pageInfo.endCursor` of the page before",
        ))
    };
    cursor.parse().map(ContributionId).map_err(|_| bad())
}

/// How many contributions there are to read.
pub struct ContributionTotal(DialogueId, View);

/// What the connection of contributions has beside its page.
#[Object]
impl ContributionTotal {
    /// How many contributions there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        let count = request(context)
            .loader
            .load_one(ContributionCount(self.0, self.1))
            .await
            .map_err(loading)?;
        Ok(count.unwrap_or_default())
    }
}

/// What one supplier answered.
pub struct Contribution(store::Contribution);

/// What one supplier answered to a round's questionnaire: the latest it handed in. The buyer's editors and publishers
/// read it at once and whole; everybody else once the contributions are published, without the business secrets.
#[Object]
impl Contribution {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Whose.
    async fn organisation(&self, context: &Context<'_>) -> Result<Option<Organisation>, Error> {
        match self.0.organisation {
            Some(id) => Organisation::load(context, id).await.map(Some),
            None => Ok(None),
        }
    }

    /// What a supplier is called by that chose not to be named: 1, 2, 3, … within the round, the same for all its
    /// contributions there; null for a named one. It has nothing to do with the number that it asks questions under.
    async fn contributor_number(&self) -> Option<i32> {
        self.0.pseudonym
    }

    /// The version of the questionnaire that is answered.
    async fn questionnaire_version(&self) -> i32 {
        self.0.questionnaire_version
    }

    /// Is a later version in force?
    async fn outdated(&self) -> bool {
        self.0.outdated
    }

    /// The answers, by question ID.
    async fn answers(&self) -> Vec<ContributionAnswer<'_>> {
        self.0.answers.iter().map(ContributionAnswer).collect()
    }

    /// When it was handed in, by the database's clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// As on the supplier's receipt; null where the supplier chose not to be named, whom it would tell.
    async fn sha256(&self) -> Option<String> {
        self.0.sha256.as_deref().map(hexadecimal)
    }
}

/// Bytes in hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The answer to one question.
pub struct ContributionAnswer<'a>(pub &'a Answer);

/// The answer to one question; of the fields of values, the one of the question's type is not null.
#[Object]
impl ContributionAnswer<'_> {
    /// Which question of the questionnaire (`QuestionnaireQuestion.id`).
    async fn question_id(&self) -> &str {
        &self.0.question
    }

    /// Did the supplier mark it as a business secret? It is shown to the buyer and to the supplier alone.
    async fn business_secret(&self) -> bool {
        self.0.business_secret
    }

    /// TEXT: as it was written. Plain text: escape it before it goes into a page.
    async fn text(&self) -> Option<&str> {
        match &self.0.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// NUMBER: in the question's unit.
    async fn number(&self) -> Option<Decimal> {
        match &self.0.value {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// CHOICE: the IDs of the options chosen (`QuestionOption.id`).
    async fn option_ids(&self) -> Option<&[String]> {
        match &self.0.value {
            Value::Choice(chosen) => Some(chosen),
            _ => None,
        }
    }

    /// YES_NO: yes?
    async fn yes_no(&self) -> Option<bool> {
        match &self.0.value {
            Value::YesNo(yes) => Some(*yes),
            _ => None,
        }
    }

    /// MONEY: without VAT.
    async fn money(&self) -> Option<Money> {
        match &self.0.value {
            Value::Money(money) => Some(money.clone().into()),
            _ => None,
        }
    }

    /// DATE: a day.
    async fn date(&self) -> Option<NaiveDate> {
        match &self.0.value {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// FILE: the documents. Their `url` takes the token of somebody who reads this answer.
    async fn files(&self, context: &Context<'_>) -> Result<Option<Vec<Document>>, Error> {
        let Value::File(files) = &self.0.value else {
            return Ok(None);
        };
        let ids: Vec<DocumentId> = files.iter().map(|file| file.document).collect();
        let loader = &request(context).loader;
        let mut found = loader.load_many(ids.clone()).await.map_err(loading)?;
        let found = ids.iter().filter_map(|id| found.remove(id));
        Ok(Some(found.map(Document).collect()))
    }
}
