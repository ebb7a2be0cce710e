//! Hooks files of mig-parted: commands that run before and after a change.

mod hook_command;
mod hook_output;
pub(crate) mod own_session;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::arguments::Variables;
use crate::change::signals;
use crate::console::note;
use crate::exit::{HookFailed, Usage};

use hook_command::{HookCommand, NotRun};

/// The points at which hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hook {
    ApplyStart,
    PreApplyMode,
    PreApplyConfig,
    ApplyExit,
}

/// The hooks of a file, and the environment that mig-parted gives them.
#[derive(Debug)]
pub(crate) struct Hooks {
    hooks: BTreeMap<String, Vec<HookCommand>>,
    environment: Variables,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a hooks file: a mapping with `version` and `hooks`")]
struct File {
    version: String,
    #[serde(default)]
    hooks: BTreeMap<String, Vec<HookCommand>>,
}

impl Hook {
    const ALL: [Self; 4] = [
        Self::ApplyStart,
        Self::PreApplyMode,
        Self::PreApplyConfig,
        Self::ApplyExit,
    ];

    /// The name in a file.
    const fn name(self) -> &'static str {
        match self {
            Self::ApplyStart => "apply-start",
            Self::PreApplyMode => "pre-apply-mode",
            Self::PreApplyConfig => "pre-apply-config",
            Self::ApplyExit => "apply-exit",
        }
    }
}

impl Hooks {
    /// Reads a hooks file, for a change with these variables of mig-parted.
    ///
    /// # Errors
    ///
    /// [`Usage`] for a file that can't be read, is no hooks file, or has a hook for an unknown point, which would never run.
    pub(crate) fn read(path: &Path, variables: Variables) -> Result<Self, Usage> {
        let wrong = |what: String| Usage::of_file(path, what);
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let documents = Yaml::load_from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let value = documents.first().map_or(Value::Null, json);
        let file = File::deserialize(value).map_err(|error| wrong(error.to_string()))?;
        if file.version != "v1" {
            let version = file.version.escape_debug();
            return Err(wrong(format!(
                "the version is '{version}', and only v1 is known"
            )));
        }
        let names = Hook::ALL.map(Hook::name);
        if let Some(unknown) = file
            .hooks
            .keys()
            .find(|name| !names.contains(&name.as_str()))
        {
            return Err(wrong(format!(
                "there are no hooks '{}', but {}",
                unknown.escape_debug(),
                names.join(", ")
            )));
        }
        let path = path.display().to_string();
        let mut environment = variables;
        environment.push(("MIG_PARTED_HOOKS_FILE", path));
        Ok(Self {
            hooks: file.hooks,
            environment,
        })
    }

    /// Runs the hooks of one point, up to the first that fails. After a signal, only those of the end run.
    ///
    /// # Errors
    ///
    /// [`HookFailed`] for a command that can't be started or does not succeed, and after a signal.
    pub(crate) fn run(&self, point: Hook) -> Result<(), HookFailed> {
        for hook in self.hooks.get(point.name()).into_iter().flatten() {
            let name = format!("hook {}: {}", point.name(), hook.command);
            if point != Hook::ApplyExit && signals::has_stopped() {
                return Err(HookFailed::Stopped(name));
            }
            note(&format!("running {name}"));
            hook.run(&self.environment).map_err(|why| match why {
                NotRun::Failed(why) => HookFailed::Failed(format!("{name}: {why}")),
                NotRun::Interrupted(why) => HookFailed::Interrupted(format!("{name}: {why}")),
                NotRun::Ended => HookFailed::Ended(name),
            })?;
        }
        Ok(())
    }
}

/// Converts YAML to JSON, with numbers and so on as texts where they are keys.
fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| (text(key), json(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Yaml::Value(Scalar::Null) => Value::Null,
        other => Value::String(text(other)),
    }
}

fn text(yaml: &Yaml<'_>) -> String {
    match yaml {
        Yaml::Value(Scalar::String(text)) => text.to_string(),
        Yaml::Value(Scalar::Boolean(value)) => value.to_string(),
        Yaml::Value(Scalar::Integer(value)) => value.to_string(),
        Yaml::Value(Scalar::FloatingPoint(value)) => value.to_string(),
        _ => String::new(),
    }
}
