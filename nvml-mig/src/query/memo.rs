//! A small cache.

use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Answers by what was asked, a few dozen at most. NVML is never asked under the lock: two threads may ask at once, and get
/// the same.
pub(crate) struct Memo<K, V>(Mutex<Vec<(K, V)>>);

/// What is kept says nothing of the one that keeps it.
impl<K, V> fmt::Debug for Memo<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: PartialEq, V: Clone> Memo<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        for (known, answer) in self.lock().iter() {
            if known == key {
                return Some(answer.clone());
            }
        }
        None
    }

    pub(crate) fn keep(&self, key: K, answer: V) {
        let mut answers = self.lock();
        for (known, old) in answers.iter_mut() {
            if *known == key {
                *old = answer;
                return;
            }
        }
        answers.push((key, answer));
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

    /// All answers. A thread that panicked left whole ones behind.
    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<(K, V)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
