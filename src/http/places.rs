//! How many one person or network has at a time: sockets, connections.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
};

use super::rates::Who;

/// Who has how many. Cheap to clone.
#[derive(Clone, Default)]
pub struct Places(Arc<Mutex<HashMap<Who, u32>>>);

/// One of somebody's places, until it is dropped.
pub struct Place {
    who: Who,
    places: Places,
}

impl Places {
    /// One more for them; none if they have `most`.
    pub fn take(&self, who: Who, most: NonZero<u32>) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = taken.entry(who).or_default();
        if *number >= most.get() {
            return None;
        }
        *number += 1;
        let places = self.clone();
        Some(Place { who, places })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = taken.get_mut(&self.who) {
            *number -= 1;
            if *number == 0 {
                taken.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_so_many_and_what_is_given_back_is_free() {
        let places = Places::default();
        let two = NonZero::new(2).unwrap();
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|ip| Who::Network(ip.parse().unwrap()));
        let first = places.take(one, two);
        let second = places.take(one, two);
        assert!(first.is_some() && second.is_some());
        assert!(places.take(one, two).is_none());
        assert!(places.take(other, two).is_some());
        drop(first);
        assert!(places.take(one, two).is_some());
        drop(second);
        assert!(places.0.lock().unwrap().is_empty());
    }
}
