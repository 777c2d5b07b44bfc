use std::{collections::HashMap, convert::Infallible, time::Duration};

use async_graphql::dataloader::{DataLoader, Loader};
use futures::future::join_all;

use super::*;

/// Notes the batches it is asked for; a key's value is the key.
#[derive(Clone, Default)]
struct Noted(Arc<Mutex<Vec<Vec<u32>>>>);

impl Loader<u32> for Noted {
    type Value = u32;
    type Error = Infallible;

    async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, Infallible> {
        let mut batch = keys.to_vec();
        batch.sort_unstable();
        self.0.lock().unwrap().push(batch);
        // Later keys take longer, so that two loads of a round end at different times; the tens are there at once.
        match keys[0] % 10 {
            0 => {}
            some => tokio::time::sleep(Duration::from_millis(u64::from(some))).await,
        }
        Ok(keys.iter().map(|key| (*key, *key)).collect())
    }
}

fn loader(rounds: &Rounds, noted: &Noted) -> DataLoader<Noted> {
    let rounds = rounds.clone();
    DataLoader::new(noted.clone(), move |load| rounds.add(load)).delay(Duration::ZERO)
}

/// Is polled again at once, as lists of many items do between their items.
async fn pause() {
    let mut paused = false;
    poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[tokio::test]
async fn a_level_is_loaded_at_once_however_often_its_items_pause() {
    let (rounds, noted) = (Rounds::default(), Noted::default());
    let loader = loader(&rounds, &noted);
    let item = async |number: u32| {
        for _ in 0..number % 7 {
            pause().await;
        }
        let first = loader.load_one(number).await.unwrap().unwrap();
        loader.load_one(first + 100).await.unwrap()
    };
    let found = rounds.drive(join_all((0..50).map(item))).await;
    assert_eq!(found, (100..150).map(Some).collect::<Vec<_>>());
    let levels: [Vec<u32>; 2] = [(0..50).collect(), (100..150).collect()];
    assert_eq!(*noted.0.lock().unwrap(), levels);
}

#[tokio::test]
async fn the_loads_of_a_round_run_beside_each_other_and_the_next_waits_for_both() {
    let (rounds, slow, quick) = (Rounds::default(), Noted::default(), Noted::default());
    let (of_slow, of_quick) = (loader(&rounds, &slow), loader(&rounds, &quick));
    let of_both = async {
        let one = async {
            of_slow.load_one(9).await.unwrap();
            of_quick.load_one(11).await.unwrap();
        };
        let other = async {
            of_quick.load_one(1).await.unwrap();
            of_quick.load_one(12).await.unwrap();
        };
        futures::join!(one, other)
    };
    rounds.drive(of_both).await;
    assert_eq!(*slow.0.lock().unwrap(), [[9]]);
    assert_eq!(*quick.0.lock().unwrap(), [vec![1], vec![11, 12]]);
}

#[tokio::test]
async fn what_is_loaded_at_once_begins_no_round_within_the_round() {
    let (rounds, first, second) = (Rounds::default(), Noted::default(), Noted::default());
    let (of_first, of_second) = (loader(&rounds, &first), loader(&rounds, &second));
    let of_both = async {
        let one = async {
            of_first.load_one(10).await.unwrap();
            of_second.load_one(2).await.unwrap();
        };
        futures::join!(one, of_second.load_one(1)).1.unwrap();
    };
    rounds.drive(of_both).await;
    assert_eq!(*second.0.lock().unwrap(), [[1], [2]]);
}

#[tokio::test]
async fn work_that_waits_for_something_else_goes_on_meanwhile() {
    let (rounds, noted) = (Rounds::default(), Noted::default());
    let loader = loader(&rounds, &noted);
    let (told, heard) = tokio::sync::oneshot::channel();
    let slow = async {
        loader.load_one(9).await.unwrap();
        heard.await.unwrap()
    };
    let other = async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        told.send(7).unwrap();
    };
    assert_eq!(rounds.drive(futures::future::join(slow, other)).await.0, 7);
}

#[tokio::test]
async fn what_nobody_drives_loads_by_itself() {
    let noted = Noted::default();
    let loader = loader(&Rounds::default(), &noted);
    assert_eq!(loader.load_one(1).await, Ok(Some(1)));
}
