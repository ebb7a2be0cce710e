//! What functions returned.

use std::collections::BTreeMap;

/// How often each function returned each code.
#[derive(Default)]
pub struct Codes {
    by_name: BTreeMap<String, BTreeMap<u32, u64>>,
}

impl Codes {
    pub(super) fn count(&mut self, name: &str, code: u32) {
        self.add(name.to_owned(), code, 1);
    }

    pub fn append(&mut self, other: Self) {
        for (name, codes) in other.by_name {
            for (code, count) in codes {
                self.add(name.clone(), code, count);
            }
        }
    }

    fn add(&mut self, name: String, code: u32, count: u64) {
        let codes = self.by_name.entry(name).or_default();
        *codes.entry(code).or_default() += count;
    }

    pub(super) fn was_called(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub(super) fn succeeded(&self, name: &str) -> bool {
        let codes = self.by_name.get(name);
        codes.is_some_and(|codes| codes.contains_key(&0))
    }

    /// Returns the number of calls, and that of successful ones.
    pub fn calls(&self) -> (u64, u64) {
        let calls = self.by_name.values().flat_map(BTreeMap::values).sum();
        let successes = self.by_name.values().filter_map(|codes| codes.get(&0));
        (calls, successes.sum())
    }
}
