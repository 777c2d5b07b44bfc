//! The tenders of the scripts, as their suppliers submit them.

use rust_decimal::Decimal;
use torg::{
    dialogue::contribution::{AnswerValue, ContributionAnswer},
    kernel::{
        money::{Money, is_currency},
        refusal::Fallible,
    },
    procurement::{self, content::Requirement},
    tender::content::{LotOffer, TenderOffer, Validity},
};

use super::{
    model::{self, Procurement},
    player::Player,
};

impl Player<'_> {
    /// Returns the offer of a step: its price shared evenly among the lots, and an answer that meets
    /// each requirement.
    pub(super) async fn offer(
        &self,
        script: &Procurement,
        step: &model::Tender,
    ) -> Fallible<TenderOffer> {
        let id = self.played(&script.key)?.id;
        let stored = procurement::store::by_ids(&self.history.pool, &[id]).await?;
        let notice = stored.into_iter().find_map(|found| found.notice);
        let requirements = notice.map(|notice| notice.content.requirements.clone());
        let applies = |requirement: &Requirement| {
            let lots = &requirement.lots;
            lots.is_empty() || lots.iter().any(|lot| step.lots.contains(lot))
        };
        let requirements = requirements.unwrap_or_default().into_iter();
        Ok(TenderOffer {
            offers: offers(step),
            text: step.text.clone(),
            answers: requirements.filter(applies).map(answer).collect(),
            validity: Some(Validity::Months(4)),
            ..TenderOffer::default()
        })
    }
}

fn offers(step: &model::Tender) -> Vec<LotOffer> {
    let others = Decimal::from(step.lots.len().saturating_sub(1));
    let share = (step.price.amount / (others + Decimal::ONE)).round();
    let first = step.price.amount - share * others;
    let amounts = std::iter::once(first).chain(std::iter::repeat(share));
    let offers = step.lots.iter().zip(amounts).map(|(lot, amount)| LotOffer {
        lot: lot.clone(),
        price: Some(Money {
            amount,
            currency: step.price.currency.clone(),
        }),
        ..LotOffer::default()
    });
    offers.collect()
}

fn answer(requirement: Requirement) -> ContributionAnswer {
    let value = match requirement.minimum {
        Some(minimum) if is_currency(&minimum.unit) => AnswerValue::Money(Money {
            amount: minimum.value,
            currency: minimum.unit,
        }),
        Some(minimum) => AnswerValue::Number(minimum.value),
        None => AnswerValue::YesNo(true),
    };
    ContributionAnswer {
        business_secret: false,
        question: requirement.id,
        value,
    }
}
