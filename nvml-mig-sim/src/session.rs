//! The state of the simulated library in this process: whether NVML is initialised, the machine, event sets and GPM
//! samples. Every exported function goes through this module.

mod objects;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nvml_mig_sys::nvmlReturn_t;

pub(crate) use objects::{Objects, Sampled};

use crate::calls::{self, Call};
use crate::chain;
use crate::machine::{Answer, DriverVersion, Machine, MachineSpec, Refusal};
use crate::store::{Store, StoreError};

/// Environment variable with the state file, for clients that are not aware of the simulator.
const STATE_VARIABLE: &str = "NVML_MIG_SIM_STATE";

static SESSION: Mutex<Session> = Mutex::new(Session::new());

thread_local! {
    /// The older name by which a function is being called, if it is.
    static CALLED_AS: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Makes a call under an older name of its function: faults and the log use the name that was called.
pub(crate) fn called_as(name: &'static str, call: impl FnOnce() -> nvmlReturn_t) -> nvmlReturn_t {
    CALLED_AS.set(Some(name));
    call()
}

/// The state of the library in this process.
#[derive(Debug)]
pub(crate) struct Session {
    /// Number of initialisations without a matching shutdown.
    users: u32,
    store: Option<Store>,
    objects: Objects,
    /// The last state file error printed, so that it is printed once and not at every call.
    printed: String,
}

/// Locks the session for one call.
pub(crate) fn lock() -> MutexGuard<'static, Session> {
    // An earlier call that panicked has returned UNKNOWN; later calls may still work.
    SESSION.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All locks of this library: while they are held, no thread is in a call.
#[derive(Debug)]
pub(crate) struct Held {
    _session: MutexGuard<'static, Session>,
    _calls: MutexGuard<'static, Vec<Call>>,
}

/// Waits until no thread is in a call, and holds all locks.
pub(crate) fn hold() -> Held {
    // In the order in which a call takes them.
    let _session = lock();
    let _calls = calls::lock();
    Held { _session, _calls }
}

/// Handles a call that only reads the machine.
pub(crate) fn answer(
    function: &'static str,
    arguments: impl FnOnce() -> String,
    call: impl FnOnce(&Machine) -> Answer,
) -> nvmlReturn_t {
    record(function, arguments, |function| {
        let mut session = enter(function)?;
        call(session.machine()?)
    })
}

/// Handles a read-only call that may precede initialisation; `call` receives whether NVML is initialised.
pub(crate) fn answer_any_time(
    function: &'static str,
    arguments: impl FnOnce() -> String,
    call: impl FnOnce(bool, &Machine) -> Answer,
) -> nvmlReturn_t {
    record(function, arguments, |function| {
        let started = lock().users > 0;
        if started {
            let mut session = enter(function)?;
            return call(started, session.machine()?);
        }
        call(started, lock().machine()?)
    })
}

/// Returns the driver version, or the default if there is no machine. Works before initialisation too.
pub(crate) fn driver() -> DriverVersion {
    let found = catch_unwind(|| lock().machine().map(|machine| machine.driver.clone()));
    found.ok().and_then(Result::ok).unwrap_or_default()
}

/// Handles a call that may change the machine.
pub(crate) fn change(
    function: &'static str,
    arguments: impl FnOnce() -> String,
    call: impl FnOnce(&mut Machine) -> Answer,
) -> nvmlReturn_t {
    record(function, arguments, |function| {
        let mut session = enter(function)?;
        let machine = session.machine()?;
        if machine.faults.is_pretended(function) {
            // The caller gets the answer of a change that is not kept.
            return call(&mut machine.clone());
        }
        session.change(call)?
    })
}

/// Handles a call on event sets or GPM samples, which belong to this process.
pub(crate) fn with_objects<T>(
    function: &'static str,
    arguments: impl FnOnce() -> String,
    call: impl FnOnce(&Machine, &mut Objects) -> Answer<T>,
    then: impl FnOnce(T) -> Answer,
) -> nvmlReturn_t {
    record(function, arguments, |function| {
        let mut session = enter(function)?;
        let found = session.with_objects(call)?;
        // The rest may wait, and other calls must not be blocked meanwhile.
        drop(session);
        then(found)
    })
}

/// Handles an initialisation, which must work before any other call.
pub(crate) fn start(function: &'static str, arguments: impl FnOnce() -> String) -> nvmlReturn_t {
    record(function, arguments, |function| {
        let mut session = lock();
        session.machine()?;
        let delay = session.admit(function)?;
        session.users = session.users.saturating_add(1);
        drop(session);
        std::thread::sleep(delay);
        Ok(())
    })
}

/// Handles a shutdown. Before initialisation it succeeds and does nothing (libnvidia-ml.so.1 of drivers 450 to 550).
pub(crate) fn stop(function: &'static str, arguments: impl FnOnce() -> String) -> nvmlReturn_t {
    record(function, arguments, |function| {
        if lock().users == 0 {
            return Ok(());
        }
        let mut session = enter(function)?;
        // Another thread may have shut down while this call was delayed.
        session.users = session.users.saturating_sub(1);
        if session.users == 0 {
            session.objects = Objects::new();
        }
        Ok(())
    })
}

/// Makes the call, logs it, and turns a panic of the simulator into a return code: no panic may cross into C.
fn record(
    function: &'static str,
    arguments: impl FnOnce() -> String,
    call: impl FnOnce(&'static str) -> Answer,
) -> nvmlReturn_t {
    let function = CALLED_AS.take().unwrap_or(function);
    let answer = catch_unwind(AssertUnwindSafe(|| call(function)));
    let answer = answer.unwrap_or(Err(Refusal::Unknown));
    let code = answer.map_or_else(Refusal::code, |()| 0);
    if calls::is_wanted() {
        let arguments = catch_unwind(AssertUnwindSafe(arguments)).unwrap_or_default();
        note(Call::new(function, arguments, code));
    }
    nvmlReturn_t(code)
}

/// Logs a call wherever logging is on: in this process, beside the state file, or both.
fn note(call: Call) {
    if calls::is_in_file() {
        lock().note_in_file(&call);
    }
    calls::note(call);
}

/// Locks the session for a call of `function`, or refuses the call.
fn enter(function: &str) -> Answer<MutexGuard<'static, Session>> {
    let mut session = lock();
    if session.users == 0 {
        return Err(Refusal::Uninitialized);
    }
    let delay = session.admit(function)?;
    if delay.is_zero() {
        return Ok(session);
    }
    drop(session);
    std::thread::sleep(delay);
    Ok(lock())
}

impl Session {
    const fn new() -> Self {
        Self {
            users: 0,
            store: None,
            objects: Objects::new(),
            printed: String::new(),
        }
    }

    /// Returns the current machine. The first call decides which machine is used.
    pub(crate) fn machine(&mut self) -> Answer<&Machine> {
        let Self { store, printed, .. } = self;
        let machine = opened(store).and_then(Store::read);
        let machine = machine.map_err(|error| tell(printed, &error))?;
        calls::switch_in_file(machine.log_calls);
        Ok(machine)
    }

    /// Changes the machine.
    pub(crate) fn change<T>(&mut self, change: impl FnOnce(&mut Machine) -> T) -> Answer<T> {
        let Self { store, printed, .. } = self;
        opened(store)
            .and_then(|store| store.change(change))
            .map_err(|error| tell(printed, &error))
    }

    /// Uses the event sets and GPM samples of this process.
    pub(crate) fn with_objects<T>(
        &mut self,
        call: impl FnOnce(&Machine, &mut Objects) -> Answer<T>,
    ) -> Answer<T> {
        let Self {
            store,
            printed,
            objects,
            ..
        } = self;
        let machine = opened(store).and_then(Store::read);
        call(machine.map_err(|error| tell(printed, &error))?, objects)
    }

    /// Sets up the machine before the first initialisation; returns a sentence if that is not possible.
    pub(crate) fn set_up(
        &mut self,
        file: Option<&PathBuf>,
        spec: &MachineSpec,
    ) -> Result<(), String> {
        if self.store.is_some() {
            return Err("this library already simulates a machine".to_owned());
        }
        let store = match file {
            Some(path) => Store::in_file(path, spec),
            None => Store::in_memory(spec),
        };
        self.store = Some(store.map_err(|error| chain(&error))?);
        Ok(())
    }

    fn note_in_file(&mut self, call: &Call) {
        if let Some(Store::File(file)) = &self.store
            && let Err(error) = file.note_call(call)
        {
            tell(&mut self.printed, &error);
        }
    }

    /// Returns the injected failure of this call, or else its injected delay.
    fn admit(&mut self, function: &str) -> Answer<Duration> {
        let faults = &self.machine()?.faults;
        if faults.is_empty() {
            return Ok(Duration::ZERO);
        }
        let delay = faults.delay_of(function).unwrap_or_default();
        if faults.concern(function) {
            self.change(|machine| fail(machine, function))??;
        }
        Ok(delay)
    }
}

fn fail(machine: &mut Machine, function: &str) -> Answer {
    match machine.faults.count_call(function) {
        Some(0) => Ok(()),
        Some(code) => Err(Refusal::Injected(code)),
        None if machine.faults.is_hidden(function) => Err(Refusal::FunctionNotFound),
        None => Ok(()),
    }
}

/// Returns the store. If none was set up, it is opened as the environment says, or else holds one A30 in memory.
fn opened(store: &mut Option<Store>) -> Result<&mut Store, StoreError> {
    let found = match store.take() {
        Some(found) => found,
        None => match std::env::var_os(STATE_VARIABLE) {
            Some(path) => Store::in_file(path.as_ref(), &MachineSpec::default())?,
            None => Store::in_memory(&MachineSpec::default())?,
        },
    };
    Ok(store.insert(found))
}

fn tell(printed: &mut String, error: &StoreError) -> Refusal {
    let text = chain(error);
    if *printed != text {
        eprintln!("nvml-mig-sim: {text}");
        *printed = text;
    }
    Refusal::Unknown
}
