//! A small cache.

use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Cached answers by key, a few dozen at most. The lock is not held during NVML calls, so two threads may make the same
/// call and get the same answer.
pub(crate) struct Memo<K, V>(Mutex<Vec<(K, V)>>);

/// Omits the contents, which do not describe the owner of the cache.
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

    /// Returns a cache with the same answers.
    #[cfg(feature = "apply")]
    pub(super) fn copy(&self) -> Self
    where
        K: Clone,
    {
        Self(Mutex::new(self.lock().clone()))
    }

    /// Returns the cached answer, or calls `ask` and caches its answer. Errors are not cached.
    pub(crate) fn get_or_ask<E>(&self, key: K, ask: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(answer) = self.get(&key) {
            return Ok(answer);
        }
        let answer = ask()?;
        self.keep(key, answer.clone());
        Ok(answer)
    }

    /// Locks the answers. A panicked thread can't have left a partial one, so poisoning is ignored.
    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<(K, V)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
