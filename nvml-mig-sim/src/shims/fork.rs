//! Lets no fork happen in the middle of a call. The child would inherit a lock that is held by a thread which it does not
//! have, and wait forever in its first call: Python's multiprocessing forks beside other threads.

use core::cell::RefCell;
use core::ffi::c_int;
use std::sync::Once;

use crate::session::{self, Held};

type Handler = extern "C" fn();

unsafe extern "C" {
    /// The linker binds this to the part of the C library that knows which library registers the handlers: they go when
    /// it is unloaded (glibc).
    safe fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
}

thread_local! {
    /// The locks, from before a fork until after it. The thread that forks is the one that the child has.
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// Registers the handlers, once for each loaded library.
pub(super) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        // Without memory for the handlers, forks are as unsafe as they are with most libraries.
        let _failed = pthread_atfork(hold, release, release);
    });
}

extern "C" fn hold() {
    // A thread that ends has no storage any more, and makes no call either.
    let _ending = HELD.try_with(|held| *held.borrow_mut() = Some(session::hold()));
}

extern "C" fn release() {
    let _ending = HELD.try_with(|held| drop(held.borrow_mut().take()));
}
