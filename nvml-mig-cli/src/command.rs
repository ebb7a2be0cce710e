//! The commands.

mod application;
mod assertion;
mod checkpoint;
mod creation;
mod destruction;
mod device_nodes;
mod export;
mod fit;
mod generation;
mod hooked;
mod list;
mod mig_mode;
mod own_files;
mod preflight;
mod restoration;
mod saved_text;
mod slurm;
mod snapshot;
mod unchanged;
mod watch;

use std::error::Error;

use crate::arguments::{Arguments, Command, is_true};
use crate::change::{self, lock::tell_interrupted};
use crate::console::{Console, chain, note};
use crate::exit::{Exit, HalfMade, code_of, is_about_driver_files, is_in_use, needs_mig_mode};
use crate::machine::Machine;

/// Runs the command, and prints why it fails.
pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.machine;
    match &arguments.command {
        Command::Completions { shell } => return own_files::completions(*shell),
        Command::Man { folder } => return own_files::man(folder),
        Command::Assert {
            target,
            valid_config,
        } if target.is_only_checked(*valid_config)? => {
            return assertion::valid_config(console, target);
        }
        // A library that can't be opened is an obstacle, which the report names.
        Command::Preflight if options.is_real() => {
            if let Ok(machine) = options.open() {
                tell_interrupted(&machine, arguments.command.lock_folder().as_deref());
            }
            return preflight::of_library(console, options.library(), &options.driver_files());
        }
        // It opens the library only while it works.
        #[cfg(feature = "kubernetes")]
        Command::Agent(agent) => return crate::agent::run(agent, options),
        _ => {}
    }
    let machine = options.open()?;
    match on_machine(arguments, console, &machine) {
        Err(failed) => Ok(fail(console, &machine, &*failed)),
        exit => exit,
    }
}

/// Runs the command, and says first which GPUs are half made. What other programs get of these is no success: it changes with the
/// next command.
fn on_machine(
    arguments: &Arguments,
    console: &Console,
    machine: &Machine,
) -> Result<Exit, Box<dyn Error>> {
    let command = &arguments.command;
    if !command.shows_instances() {
        return carry_out(arguments, console, machine);
    }
    let half_made = tell_interrupted(machine, command.lock_folder().as_deref());
    let exit = carry_out(arguments, console, machine)?;
    if half_made.is_empty() || !command.hands_devices_on() {
        return Ok(exit);
    }
    let selected = arguments.machine.selected_uuids(machine)?;
    let mut shown = half_made;
    shown.retain(|uuid| selected.as_ref().is_none_or(|all| all.contains(uuid)));
    if exit == Exit::Done && !shown.is_empty() {
        return Err(HalfMade(shown.join(", ")).into());
    }
    Ok(exit)
}

fn carry_out(
    arguments: &Arguments,
    console: &Console,
    machine: &Machine,
) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.machine;
    match &arguments.command {
        Command::List { svg } => list::list(console, machine, options, svg.as_deref()),
        Command::Create {
            layout,
            consent,
            change_mig_mode,
        } => creation::create(console, machine, options, layout, *change_mig_mode, consent),
        Command::Destroy {
            instances,
            all,
            consent,
        } => destruction::destroy(console, machine, options, (instances, *all), consent),
        Command::Mode { action, consent } => {
            mig_mode::run(console, machine, options, *action, consent)
        }
        Command::Preflight => preflight::of_machine(console, machine),
        Command::Check(check) => crate::check::check(console, machine, options, check),
        Command::Watch { seconds } => watch::watch(console, machine, options, *seconds),
        Command::Fit { layout } => fit::fit(console, machine, options, layout.as_deref()),
        Command::Plan { target, limits } => {
            let wanted = target.read()?;
            let plan_options = limits.plan_options(&wanted);
            let plans = wanted.plans(machine, options, &plan_options)?;
            change::plan(console, &plans)
        }
        Command::Apply {
            target,
            limits,
            consent,
            hooks_file,
            skip_reset,
        } => {
            let skip_reset = is_true("MIG_PARTED_SKIP_RESET")? || *skip_reset;
            let how = (hooks_file.as_deref(), skip_reset);
            application::apply(console, machine, options, (target, *limits), how, consent)
        }
        Command::Assert { target, .. } => assertion::assert(console, machine, options, target),
        Command::Generate { output, file } => {
            generation::generate(console, machine, options, output.format, file.as_deref())
        }
        Command::Export {
            format,
            output,
            config,
        } => export::export(console, machine, options, (*format, output.format), config),
        Command::Snapshot(snapshot) => snapshot::take(console, machine, options, snapshot),
        Command::Restore(restore) => restoration::restore(console, machine, options, restore),
        Command::Nodes { create: true, lock } => {
            device_nodes::create(console, machine, options, lock)
        }
        Command::Nodes { create: false, .. } => device_nodes::report(console, machine, options),
        Command::Cdi { kind } => device_nodes::cdi(console, machine, options, kind.as_deref()),
        Command::Slurm => slurm::slurm(console, machine, options),
        #[cfg(feature = "kubernetes")]
        Command::Agent(agent) => crate::agent::run(agent, options),
        Command::Completions { .. } | Command::Man { .. } => Ok(Exit::Done),
    }
}

/// Prints why a command failed, and what helps.
fn fail(console: &Console, machine: &Machine, error: &(dyn Error + 'static)) -> Exit {
    let text = machine.gpu_names().in_text(&chain(error));
    let exit = console.fail_with(&text, code_of(error));
    if is_in_use(error) {
        machine.tell_users();
    }
    if needs_mig_mode(error) {
        note("note: --change-mig-mode allows changing MIG mode");
    }
    if is_about_driver_files(error) {
        note(
            "note: in a container, --host-proc and --host-dev name the folders where the host's /proc and /dev are",
        );
    }
    exit
}
