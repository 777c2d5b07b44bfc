use std::{collections::HashMap, convert::Infallible, time::Duration};

use async_graphql::dataloader::{DataLoader, Loader};
use futures::future::join_all;

use super::*;

/// Loader that records its batches. The value of a key is the key.
#[derive(Clone, Default)]
struct RecordingLoader(Arc<Mutex<Vec<Vec<u32>>>>);

impl Loader<u32> for RecordingLoader {
    type Value = u32;
    type Error = Infallible;

    async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, Infallible> {
        let mut batch = keys.to_vec();
        batch.sort_unstable();
        self.0.lock().unwrap().push(batch);
        // The delay in milliseconds is the last digit of the key: loads of one batch end at
        // different times, and multiples of ten load at once.
        match keys[0] % 10 {
            0 => {}
            delay => tokio::time::sleep(Duration::from_millis(u64::from(delay))).await,
        }
        Ok(keys.iter().map(|key| (*key, *key)).collect())
    }
}

fn loader(batches: &LoaderBatches, recorder: &RecordingLoader) -> DataLoader<RecordingLoader> {
    let batches = batches.clone();
    DataLoader::new(recorder.clone(), move |load| batches.add(load)).delay(Duration::ZERO)
}

/// Yields once and is polled again at once, as long lists do between their items.
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
async fn one_batch_loads_a_level_whose_items_yield() {
    let (batches, recorder) = (LoaderBatches::default(), RecordingLoader::default());
    let loader = loader(&batches, &recorder);
    let item = async |number: u32| {
        for _ in 0..number % 7 {
            pause().await;
        }
        let first = loader.load_one(number).await.unwrap().unwrap();
        loader.load_one(first + 100).await.unwrap()
    };
    let found = batches.drive(join_all((0..50).map(item))).await;
    assert_eq!(found, (100..150).map(Some).collect::<Vec<_>>());
    let levels: [Vec<u32>; 2] = [(0..50).collect(), (100..150).collect()];
    assert_eq!(*recorder.0.lock().unwrap(), levels);
}

#[tokio::test]
async fn loads_of_a_batch_run_concurrently_before_the_next_batch() {
    let (batches, slow, quick) = (
        LoaderBatches::default(),
        RecordingLoader::default(),
        RecordingLoader::default(),
    );
    let (of_slow, of_quick) = (loader(&batches, &slow), loader(&batches, &quick));
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
    batches.drive(of_both).await;
    assert_eq!(*slow.0.lock().unwrap(), [[9]]);
    assert_eq!(*quick.0.lock().unwrap(), [vec![1], vec![11, 12]]);
}

#[tokio::test]
async fn an_immediate_result_adds_nothing_to_the_running_batch() {
    let (batches, first, second) = (
        LoaderBatches::default(),
        RecordingLoader::default(),
        RecordingLoader::default(),
    );
    let (of_first, of_second) = (loader(&batches, &first), loader(&batches, &second));
    let of_both = async {
        let one = async {
            of_first.load_one(10).await.unwrap();
            of_second.load_one(2).await.unwrap();
        };
        futures::join!(one, of_second.load_one(1)).1.unwrap();
    };
    batches.drive(of_both).await;
    assert_eq!(*second.0.lock().unwrap(), [[1], [2]]);
}

#[tokio::test]
async fn work_continues_while_a_batch_loads() {
    let (batches, recorder) = (LoaderBatches::default(), RecordingLoader::default());
    let loader = loader(&batches, &recorder);
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let slow = async {
        loader.load_one(9).await.unwrap();
        receiver.await.unwrap()
    };
    let other = async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        sender.send(7).unwrap();
    };
    assert_eq!(batches.drive(futures::future::join(slow, other)).await.0, 7);
}

#[tokio::test]
async fn a_load_without_a_driver_starts_at_once() {
    let recorder = RecordingLoader::default();
    let loader = loader(&LoaderBatches::default(), &recorder);
    assert_eq!(loader.load_one(1).await, Ok(Some(1)));
}
