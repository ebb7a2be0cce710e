//! Journals that are cut off, damaged or changed: never a wrong success, and nothing is changed after one that is refused.

use std::fs;
use std::path::Path;

use crate::support::transactions::scenes::SAMPLE;
use crate::support::transactions::{Stage, State, assert_told, matrix, reported, state};
use matrix::journal_text::crc32;
use matrix::killed::{Killed, kills};
use matrix::pieces::pieces;
use nvml_mig::apply::ApplyFailure;
use serde_json::{Map, Value, json};

/// The machines of these tests: on each, a process was killed in the middle of a change.
fn each_killed(mut test: impl FnMut(&mut Stage, &State, &Killed, &str)) {
    // Compute instances, MIG mode, and a GPU instance that stays.
    for scene in [SAMPLE[1], SAMPLE[2], SAMPLE[4]] {
        let mut stage = Stage::shared(scene);
        let target = stage.target();
        let kills = kills(&mut stage);
        let killed = &kills[kills.len() / 2];
        let [(_, journal)] = killed.journals.as_slice() else {
            panic!("one journal");
        };
        killed.put(&mut stage);
        test(&mut stage, &target, killed, journal);
    }
}

/// Writes the text to the journal, and checks that it is refused, kept, and that nothing is changed.
fn is_refused(stage: &Stage, path: &Path, text: &[u8]) -> String {
    fs::write(path, text).unwrap();
    let before = pieces(stage);
    let mut lock = stage.lock();
    let recovered = lock.recover(&stage.nvml, |_| {});
    let Err(error) = recovered else {
        panic!("{}: {recovered:?}", String::from_utf8_lossy(text));
    };
    assert!(lock.is_interrupted());
    assert!(error.rollback.is_none());
    let ApplyFailure::Journal {
        path: named,
        source,
        ..
    } = *error.failure
    else {
        panic!("{error}");
    };
    assert_eq!((named.as_path(), &pieces(stage)), (path, &before));
    assert_eq!(fs::read(path).unwrap(), text);
    let message = source.to_string();
    assert_eq!(message.lines().count(), 1);
    message
}

#[test]
fn a_journal_cut_at_any_byte_is_refused() {
    each_killed(|stage, _, killed, journal| {
        let path = &killed.journals[0].0;
        for length in 0..journal.len() {
            let message = is_refused(stage, path, &journal.as_bytes()[..length]);
            assert!(message.starts_with("it is "), "{message}");
        }
    });
}

#[test]
fn a_journal_with_any_byte_changed_is_refused() {
    each_killed(|stage, _, killed, journal| {
        let path = &killed.journals[0].0;
        for at in 0..journal.len() {
            let mut bytes = journal.as_bytes().to_vec();
            bytes[at] ^= 1 << (at % 8);
            is_refused(stage, path, &bytes);
        }
    });
}

/// With the checksum of the lines that are left, as no accident writes it.
#[test]
fn a_journal_that_lacks_a_line_or_has_one_twice_is_refused() {
    each_killed(|stage, _, killed, journal| {
        let path = &killed.journals[0].0;
        let lines: Vec<&str> = journal.lines().collect();
        for at in 0..lines.len() {
            let without = [&lines[..at], &lines[at + 1..]].concat();
            let twice = [&lines[..=at], &lines[at..]].concat();
            for lines in [without, twice] {
                is_refused(stage, path, (lines.join("\n") + "\n").as_bytes());
                let (_, head) = lines.split_last().unwrap();
                is_refused(stage, path, with_checksum(&head.join("\n")).as_bytes());
            }
        }
        let two = journal.replacen("\"gpus\":1", "\"gpus\":2", 1);
        let two: Vec<&str> = two.lines().collect();
        let text = with_checksum(&[two[0], two[1], two[1]].join("\n"));
        let message = is_refused(stage, path, text.as_bytes());
        assert_eq!(message, "it is damaged: it lists the same GPU twice");
    });
}

fn with_checksum(lines: &str) -> String {
    let lines = format!("{lines}\n");
    format!("{lines}{{\"checksum\":{}}}\n", crc32(lines.as_bytes()))
}

/// A field that is lost, and one that is not of its kind.
#[test]
fn a_journal_without_a_field_is_refused() {
    each_killed(|stage, _, killed, journal| {
        let path = &killed.journals[0].0;
        let mut tried = 0;
        each_change(journal, &lost_or_odd, &mut |place, text| {
            // These have defaults, and nothing is concluded from them.
            let has_default = place.ends_with(".busy") || place.ends_with(".pinned");
            let name = place.rsplit('.').next().unwrap();
            if has_default && text.matches(name).count() < journal.matches(name).count() {
                return;
            }
            is_refused(stage, path, text.as_bytes());
            tried += 1;
        });
        assert!(tried > 30, "{tried}");
    });
}

/// Values that a journal could have, but did not: what is reported is what is there, and nothing is destroyed that the
/// unchanged journal does not call created.
#[test]
fn a_journal_with_other_values_leads_to_no_wrong_success() {
    let mut accepted = 0;
    each_killed(|stage, target, killed, journal| {
        let path = &killed.journals[0].0;
        let mut texts = Vec::new();
        each_change(journal, &others_of_its_kind, &mut |place, text| {
            texts.push((place.to_owned(), text));
        });
        for (place, text) in texts {
            killed.put(stage);
            fs::write(path, &text).unwrap();
            let what = format!("{}: {place}: {text}", stage.scene);
            accepted += usize::from(judge(stage, target, killed, &place, &what));
        }
    });
    assert!(accepted > 100, "{accepted}");
}

/// Returns whether the journal was accepted.
fn judge(stage: &mut Stage, target: &State, killed: &Killed, place: &str, what: &str) -> bool {
    let mut lock = stage.lock();
    let recovered = lock.recover(&stage.nvml, |_| {});
    drop(lock);
    let found = state(&stage.device);
    // These are the previous and the desired state; recovery can't tell that they were changed.
    let is_goal = ["before", "after", "mode_after", "modes"];
    let is_goal = is_goal.iter().any(|goal| place.starts_with(goal));
    match recovered {
        Err(error) => {
            assert!(error.rollback.is_none(), "{what}: {error}");
            assert!(
                pieces(stage).iter().eq(killed.places.keys()),
                "{what}: {error}"
            );
            return false;
        }
        Ok(None) => assert!(is_goal || &found == target, "{what}"),
        Ok(Some(rollback)) if rollback.is_complete() => {
            assert!(is_goal || found == stage.original, "{what}: {rollback:?}");
        }
        Ok(Some(rollback)) if rollback.gpus[0].read_back && is_goal => {
            let found = found.unwrap_or_default();
            assert_eq!(reported(&rollback.gpus[0].found), found, "{what}");
        }
        Ok(Some(rollback)) if rollback.gpus[0].read_back => {
            assert_told(&rollback, &found, &format!("{what}: {rollback:?}"));
        }
        Ok(Some(rollback)) => assert!(!rollback.gpus[0].refused.is_empty(), "{what}"),
    }
    true
}

/// Calls `test` with the journal, for each place of a line and each value that `values` has instead of the one there. `Null`
/// is for none.
fn each_change(
    journal: &str,
    values: &dyn Fn(&Value) -> Vec<Option<Value>>,
    test: &mut dyn FnMut(&str, String),
) {
    let lines: Vec<&str> = journal.lines().collect();
    for at in 0..lines.len() {
        let line: Value = serde_json::from_str(lines[at]).unwrap();
        each_value(&line, "", values, &mut |place, changed| {
            let changed = changed.to_string();
            let mut lines = lines.clone();
            lines[at] = &changed;
            let (last, head) = lines.split_last().unwrap();
            let head = head.join("\n");
            // A changed checksum stays so.
            let text = if at == lines.len() - 1 {
                format!("{head}\n{last}\n")
            } else {
                with_checksum(&head)
            };
            test(place, text);
        });
    }
}

fn each_value(
    value: &Value,
    place: &str,
    values: &dyn Fn(&Value) -> Vec<Option<Value>>,
    test: &mut dyn FnMut(&str, Value),
) {
    let inside = |key: &str| format!("{place}{}{key}", if place.is_empty() { "" } else { "." });
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                let place = inside(key);
                let with = |new: Option<Value>| {
                    let mut fields: Map<String, Value> = fields.clone();
                    match new {
                        Some(new) => fields.insert(key.clone(), new),
                        None => fields.remove(key),
                    };
                    Value::Object(fields)
                };
                for new in values(field) {
                    test(&place, with(new));
                }
                each_value(field, &place, values, &mut |place, new| {
                    test(place, with(Some(new)));
                });
            }
        }
        Value::Array(elements) => {
            // Those between are alike.
            let last = elements.len().saturating_sub(1);
            let ends = elements.iter().enumerate();
            for (at, element) in ends.filter(|(at, _)| *at == 0 || *at == last) {
                let place = inside(&at.to_string());
                each_value(element, &place, values, &mut |place, new| {
                    let mut elements = elements.clone();
                    elements[at] = new;
                    test(place, Value::Array(elements));
                });
            }
        }
        _ => {}
    }
}

/// No value, and values that none of its kind has.
fn lost_or_odd(value: &Value) -> Vec<Option<Value>> {
    let mut odd = vec![None, Some(json!(1.5))];
    if !value.is_number() {
        odd.push(Some(json!(-1)));
    }
    if !value.is_string() {
        odd.push(Some(json!("x")));
    }
    odd
}

/// Other values of the same kind.
fn others_of_its_kind(value: &Value) -> Vec<Option<Value>> {
    let others = match value {
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            [0, 2, number + 1, u64::from(u32::MAX), u64::MAX]
                .map(Value::from)
                .to_vec()
        }
        Value::String(text) => ["", "x", "unknown", "done", "../../etc/passwd", "\u{1b}\n"]
            .map(Value::from)
            .into_iter()
            .chain([Value::from(text.repeat(2))])
            .collect(),
        Value::Bool(is) => vec![json!(!is)],
        Value::Array(elements) => {
            let mut others = vec![json!([])];
            for at in 0..elements.len() {
                let mut without = elements.clone();
                without.remove(at);
                others.push(Value::Array(without));
                let mut twice = elements.clone();
                twice.insert(at, elements[at].clone());
                others.push(Value::Array(twice));
            }
            others
        }
        Value::Null => vec![json!("enabled"), json!("disabled"), json!(1)],
        Value::Object(_) => Vec::new(),
    };
    others.into_iter().map(Some).collect()
}
