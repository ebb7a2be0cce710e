//! Boards in files, judged from outside: what `capture` writes of a simulated GPU, and what is simulated from it.

mod answers;
mod captures;
mod commands;
mod damaged;
mod equality;
mod flaws;
mod malformed;
mod random_states;
