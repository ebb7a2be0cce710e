//! What a text is that is to be restored.

use serde_json::Value;

/// Said of what can be restored.
const EXPECTED: &str =
    "`nvml-mig snapshot --file` and mig-parted's `checkpoint` write files that can be restored";

/// Returns the JSON of a snapshot or of a checkpoint, as far as that can be told.
///
/// # Errors
///
/// A sentence that says what else it is.
pub(super) fn json(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Err(format!("the file is empty; {EXPECTED}"));
    }
    let json: Value = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
    if let Some(what) = foreign(|key| json.get(key).is_some()).or_else(|| of_json_output(&json)) {
        return Err(what);
    }
    let is_snapshot = json.get("version").is_some_and(Value::is_u64);
    if is_snapshot || json.get("MigState").is_some() {
        return Ok(json);
    }
    Err(format!(
        "this is neither a snapshot nor a checkpoint; {EXPECTED}"
    ))
}

fn of_json_output(json: &Value) -> Option<String> {
    let command = json.get("command")?.as_str()?.escape_debug();
    json.get("result").or_else(|| json.get("error"))?;
    Some(format!(
        "this is the output of `nvml-mig --json {command}`: of a snapshot, only its `result` can be restored"
    ))
}

fn not_json(text: &str, error: &serde_json::Error) -> String {
    let has_key = |key: &str| {
        text.lines()
            .any(|line| line.starts_with(&format!("{key}:")))
    };
    foreign(has_key).unwrap_or_else(|| format!("this is not complete JSON: {error}; {EXPECTED}"))
}

/// Recognizes other files of mig-parted by their keys.
fn foreign(has_key: impl Fn(&str) -> bool) -> Option<String> {
    if has_key("mig-configs") {
        let what = "this is a configuration file of mig-parted: `nvml-mig apply --file` applies it";
        return Some(what.to_owned());
    }
    let is_of_hooks = has_key("hooks");
    is_of_hooks.then(|| format!("this is a hooks file of mig-parted; {EXPECTED}"))
}
