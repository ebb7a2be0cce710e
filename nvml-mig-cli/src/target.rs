//! The desired layouts, and the plans that lead to them.

mod configuration;

use std::cell::Cell;
use std::error::Error;
use std::io::stdin;
use std::path::PathBuf;

use nvml_mig::apply::{GpuPlanError, GpuPlanErrorReason, GpuPlanOptions, GpuTarget};
use nvml_mig::mig_parted::{MigPartedFile, MigPartedWarningKind};
use nvml_mig::plan::PlanOptions;
use nvml_mig::{Device, GpuPlan, Layout, ReturnCode};

use crate::arguments::Variables;
use crate::arguments::{Limits, Target, variable};
use crate::console::note;
use crate::exit::{NoGpu, Usage};
use crate::machine::{
    Each, Machine, MachineOptions, Readable, by_index, lacks_mig, no_mig, readable,
};

/// The desired layouts, read once: standard input can't be read again.
#[derive(Debug)]
pub(crate) struct Wanted {
    source: Source,
    /// Whether only MIG modes are wanted.
    mode_only: bool,
    has_warned: Cell<bool>,
}

#[derive(Debug)]
enum Source {
    /// For each selected GPU.
    Target(GpuTarget),
    File {
        file: MigPartedFile,
        config: String,
    },
}

impl Target {
    /// Reads the layout or the file. What mig-parted takes from its environment variables is taken from them too, if the
    /// command line names neither.
    ///
    /// # Errors
    ///
    /// [`Usage`] and the errors of layouts and files.
    pub(crate) fn read(&self) -> Result<Wanted, Box<dyn Error>> {
        let source = match &self.layout {
            Some(layout) => Source::Target(read(layout)?),
            None => {
                let file = self.open_file()?;
                let config = choose(&file, self.config())?;
                Source::File { file, config }
            }
        };
        Ok(Wanted {
            source,
            mode_only: self.is_mode_only()?,
            has_warned: Cell::new(false),
        })
    }

    /// Checks the file and the configuration or, if none is named, all of them.
    ///
    /// # Errors
    ///
    /// [`Usage`] and the errors of files.
    pub(crate) fn check_file(&self) -> Result<(), Box<dyn Error>> {
        // As in mig-parted, a wrong variable is an error also where it would change nothing.
        self.is_mode_only()?;
        let file = self.open_file()?;
        let config = self.config();
        if let Some(config) = config {
            return choose(&file, Some(config)).map(drop);
        }
        for name in file.names() {
            file.config(name)?;
        }
        warn(&file, None);
        Ok(())
    }

    fn open_file(&self) -> Result<MigPartedFile, Box<dyn Error>> {
        let Some(path) = self.file() else {
            let sentence = "a layout is needed, or a file: --file, or MIG_PARTED_CONFIG_FILE";
            return Err(Usage(sentence.to_owned()).into());
        };
        Ok(match path.to_str() {
            Some("-") => MigPartedFile::from_reader("standard input", stdin().lock())?,
            _ => MigPartedFile::read(&path)?,
        })
    }

    /// Returns the variables that mig-parted gives to hooks.
    pub(crate) fn hook_variables(&self, mode_only: bool) -> Variables {
        let file = self.file().filter(|_| self.layout.is_none());
        let file = file.map(|path| path.display().to_string());
        vec![
            ("MIG_PARTED_CONFIG_FILE", file.unwrap_or_default()),
            (
                "MIG_PARTED_SELECTED_CONFIG",
                self.config().unwrap_or_default(),
            ),
            ("MIG_PARTED_SKIP_RESET", "true".to_owned()),
            ("MIG_PARTED_MODE_CHANGE_ONLY", mode_only.to_string()),
        ]
    }

    /// The file, if there is one.
    fn file(&self) -> Option<PathBuf> {
        let named = || variable("MIG_PARTED_CONFIG_FILE").map(PathBuf::from);
        self.file.clone().or_else(named)
    }

    /// The name of the configuration, if there is one.
    fn config(&self) -> Option<String> {
        let named = || variable("MIG_PARTED_SELECTED_CONFIG");
        let named = || named().map(|name| name.to_string_lossy().into_owned());
        self.config.clone().or_else(named)
    }
}

/// Chooses the configuration, which may go without saying, and prints what is odd about the file.
///
/// # Errors
///
/// [`Usage`] if there are several, and the error of the configuration.
fn choose(file: &MigPartedFile, config: Option<String>) -> Result<String, Box<dyn Error>> {
    let names: Vec<&str> = file.names().collect();
    let config = match (config, names.as_slice()) {
        (Some(name), _) => Some(name),
        (None, [only]) => Some((*only).to_owned()),
        (None, _) => None,
    };
    warn(file, config.as_deref());
    let Some(config) = config else {
        let names = names.join(", ");
        let sentence = format!("--config must name one of the file's configurations: {names}");
        return Err(Usage(sentence).into());
    };
    file.config(&config)?;
    Ok(config)
}

impl Wanted {
    /// Reads a configuration of a file that is somewhere else than on the disk; `name` stands for it in messages.
    ///
    /// # Errors
    ///
    /// Those of files.
    #[cfg(feature = "kubernetes")]
    pub(crate) fn of_text(name: &str, text: &str, config: &str) -> Result<Self, Box<dyn Error>> {
        let file = MigPartedFile::parse(name, text)?;
        let config = choose(&file, Some(config.to_owned()))?;
        Ok(Self {
            source: Source::File { file, config },
            mode_only: false,
            has_warned: Cell::new(false),
        })
    }

    /// Returns a plan for each selected GPU.
    pub(crate) fn plans(
        &self,
        machine: &Machine,
        options: &MachineOptions,
        plan_options: &GpuPlanOptions,
    ) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
        let targets = self.targets(machine, options)?;
        planned(targets.into_iter().map(|(gpu, target)| {
            let plan = target.map_err(|error| GpuPlanError::new(None, error.into()));
            let plan = plan.and_then(|(gpu, target)| self.plan(&gpu, target, plan_options));
            (gpu, plan)
        }))
    }

    /// Returns a plan for one GPU.
    ///
    /// # Errors
    ///
    /// Those of plans.
    pub(crate) fn plan(
        &self,
        gpu: &Device,
        target: GpuTarget,
        options: &GpuPlanOptions,
    ) -> Result<GpuPlan, GpuPlanError> {
        GpuPlan::from_device(gpu, target, self.options_for(gpu, options))
    }

    /// Returns the options with the line of the file that the layout of a GPU is from.
    fn options_for(&self, gpu: &Device, options: &GpuPlanOptions) -> GpuPlanOptions {
        let options = options.clone();
        if let Source::File { file, config } = &self.source
            && let Ok(config) = file.config(config)
            && let Some(position) = config.position(gpu)
        {
            return options.with_origin(position.to_string());
        }
        options
    }

    /// Returns the desired state of each selected GPU that has one, or why it can't be read.
    ///
    /// # Errors
    ///
    /// [`NoGpu`] or the same error of the file if there is none.
    pub(crate) fn targets(
        &self,
        machine: &Machine,
        options: &MachineOptions,
    ) -> Result<Each<(Device, GpuTarget)>, Box<dyn Error>> {
        let mut targets = match &self.source {
            Source::Target(target) => targets_of(target, machine, options)?,
            Source::File { file, config } => {
                let config = file.config(config)?;
                let (targets, warnings) = if options.selects_gpus() {
                    configuration::of_selected(config, options.each_device(machine)?)?
                } else {
                    let targets = config.each_target(machine.nvml().each_device()?)?;
                    (by_index(targets.gpus), targets.warnings)
                };
                if !self.has_warned.replace(true) {
                    for warning in &warnings {
                        note(&format!("warning: {warning}"));
                    }
                }
                targets
            }
        };
        if self.mode_only {
            let wanted = targets.iter_mut().flat_map(|(_, target)| target);
            for (_, target) in wanted.filter(|(_, target)| *target != GpuTarget::MigDisabled) {
                *target = of_mode(true);
            }
        }
        Ok(targets)
    }

    /// Returns whether only MIG modes are wanted.
    pub(crate) const fn is_mode_only(&self) -> bool {
        self.mode_only
    }
}

/// The target for a MIG mode alone: with MIG mode on, what is there stays.
pub(crate) fn of_mode(is_enabled: bool) -> GpuTarget {
    if is_enabled {
        GpuTarget::Add(Layout::default())
    } else {
        GpuTarget::MigDisabled
    }
}

pub(crate) fn targets_of(
    target: &GpuTarget,
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Each<(Device, GpuTarget)>, Box<dyn Error>> {
    let gpus = match target {
        GpuTarget::MigDisabled => options.each_mig_device(machine)?,
        _ => each_with_mig(machine, options)?,
    };
    let with_target = |device| (device, target.clone());
    let targets = gpus.into_iter();
    Ok(targets
        .map(|(gpu, device)| (gpu, device.map(with_target)))
        .collect())
}

/// Prints what is odd about a file, except for the error of the chosen configuration, which is printed as such.
fn warn(file: &MigPartedFile, chosen: Option<&str>) {
    for warning in file.warnings() {
        let is_error = matches!(warning.kind(), MigPartedWarningKind::UnusableConfig { name, .. } if chosen == Some(name));
        if !is_error {
            note(&format!("warning: {warning}"));
        }
    }
}

/// Returns the selected GPUs, or all that have MIG. A GPU without MIG is an error if it was named, and so are no GPUs.
pub(crate) fn each_with_mig(
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Each<Device>, Box<dyn Error>> {
    let mut gpus = options.each_mig_device(machine)?;
    let without_mig = |gpu: &Result<Device, _>| gpu.as_ref().is_ok_and(lacks_mig);
    if options.selects_gpus() {
        return match gpus.iter().find(|(_, gpu)| without_mig(gpu)) {
            Some((gpu, _)) => Err(no_mig(gpu).into()),
            None => Ok(gpus),
        };
    }
    // One that can't be read may have MIG.
    gpus.retain(|(_, gpu)| !without_mig(gpu));
    if gpus.is_empty() {
        return Err(NoGpu("no GPU of this machine supports MIG").into());
    }
    Ok(gpus)
}

/// The same, none of which is a share of a GPU: only its host can partition that.
pub(crate) fn each_to_partition(
    machine: &Machine,
    options: &MachineOptions,
) -> Result<Each<Device>, Box<dyn Error>> {
    let gpus = each_with_mig(machine, options)?;
    let mut devices = gpus.iter().filter_map(|(_, gpu)| gpu.as_ref().ok());
    match devices.find(|device| device.is_vgpu_guest()) {
        Some(guest) => {
            let uuid = Some(guest.uuid()?);
            Err(GpuPlanError::new(uuid, GpuPlanErrorReason::VgpuGuest).into())
        }
        None => Ok(gpus),
    }
}

/// Sorts out the GPUs that can't be read. A plan that can't be made for another reason is an error.
pub(crate) fn planned(
    each: impl IntoIterator<Item = (String, Result<GpuPlan, GpuPlanError>)>,
) -> Result<Readable<GpuPlan>, Box<dyn Error>> {
    let each = each.into_iter().map(|(gpu, plan)| {
        let plan = match plan {
            Err(error) => unless_unreadable(error).map(Err),
            Ok(plan) => Ok(Ok(plan)),
        };
        (gpu, plan)
    });
    let Readable { items, refused } = readable(each)?;
    let items = items.into_iter().collect::<Result<_, GpuPlanError>>()?;
    Ok(Readable { items, refused })
}

/// Returns the error, unless it is that the GPU can't be read. A GPU without MIG is not one that can't be read.
///
/// # Errors
///
/// That of NVML for such a GPU.
pub(crate) fn unless_unreadable(error: GpuPlanError) -> Result<GpuPlanError, nvml_mig::Error> {
    match *error.reason {
        GpuPlanErrorReason::Nvml(error) if error.code() != Some(ReturnCode::NotSupported) => {
            Err(error)
        }
        reason => Ok(GpuPlanError::new(error.uuid, reason)
            .with_processes(error.processes)
            .with_origin(error.origin)),
    }
}

impl Limits {
    /// Returns what a plan may change. Where only modes are wanted, they may be changed.
    pub(crate) fn plan_options(self, wanted: &Wanted) -> GpuPlanOptions {
        let instances = PlanOptions::default().with_destroy_idle(!self.keep);
        let change_mig_mode = self.change_mig_mode || wanted.is_mode_only();
        GpuPlanOptions::from(instances).with_change_mig_mode(change_mig_mode)
    }
}

/// Parses a layout; `off` means MIG mode off.
fn read(text: &str) -> Result<GpuTarget, Box<dyn Error>> {
    if text == "off" {
        return Ok(GpuTarget::MigDisabled);
    }
    Ok(text.parse::<Layout>()?.into())
}
