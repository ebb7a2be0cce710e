//! Checks whether a layout fits, plans the changes, applies them, and rolls back if something fails.
//!
//! Run it with `cargo run --example mig_layout -- plan "3g.20gb, 2*2g.10gb" --simulate a100-sxm4-40gb`; `-- help` lists
//! the commands.

mod applying;
mod arguments;
mod commands;
#[path = "../common/mod.rs"]
mod common;
mod exit;
mod fit;
mod plan_drawing;
mod plan_json;
mod target;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let session = match arguments.options.open() {
        Ok(session) => session,
        Err(error) => {
            common::note(&format!("error: {}", common::chain(&*error)));
            return exit::code_of(&*error).into();
        }
    };
    match commands::run(&arguments, &session) {
        Ok(code) => code.into(),
        Err(error) => {
            session.tell(&*error);
            if exit::needs_mig_mode(&*error) {
                common::note("note: --change-mig-mode allows changing MIG mode");
            }
            exit::code_of(&*error).into()
        }
    }
}
