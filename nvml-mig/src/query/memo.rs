//! Answers that are kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Answers by what was asked. NVML is never asked under the lock: two threads may ask at once, and get the same.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(Mutex<BTreeMap<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.lock().get(key).cloned()
    }

    pub(crate) fn keep(&self, key: K, answer: V) {
        self.lock().insert(key, answer);
    }

    /// The answer that is kept, or else that of `ask`. A refusal is not kept.
    pub(crate) fn get_or_ask<E>(&self, key: K, ask: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(answer) = self.get(&key) {
            return Ok(answer);
        }
        let answer = ask()?;
        self.keep(key, answer.clone());
        Ok(answer)
    }

    /// A thread that panicked left whole answers behind.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
