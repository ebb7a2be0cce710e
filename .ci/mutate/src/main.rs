//! Gives every parser of nvml-mig mutated and nested inputs: `cargo run -- SECONDS [SEED] [PARSER]`, with SECONDS for each
//! parser; `cargo run -- --input PARSER FILE` for one input. Each runs in a process of its own, with 1 GiB of memory, on a thread with a stack of 256 KiB, as a Go or musl
//! program might have. A panic, an abort, a text of an error with more than a line, and an input that takes long are failures;
//! the input is kept under `target/ci/mutate`.

mod checks;
mod mutation;
#[path = "../../fuzz/src/numbers.rs"]
mod numbers;
mod parsers;
mod serde_types;

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use mutation::Mutation;
use numbers::Numbers;
use parsers::{Parser, parsers};

/// The stack of the thread that parses.
const STACK: usize = 256 << 10;
/// The memory of the process that parses, in KiB.
const MEMORY: u64 = 1 << 20;
/// How long one input may take. The longest have two megabytes, and the code is not optimised.
const LONG: Duration = Duration::from_secs(10);
/// How long a process may take beyond its time: one input, and the start on a busy machine.
const GRACE: Duration = Duration::from_secs(30);
/// Tells the program that it is the process of one parser.
const CHILD: &str = "--child";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [CHILD, name, seconds, seed, file] => {
            let end = Instant::now() + Duration::from_secs(seconds.parse()?);
            parse_until(end, find(name)?, seed.parse()?, Path::new(file))
        }
        [CHILD, ..] => bail!("a child has four arguments"),
        ["--input", name, file] => parse_on_a_small_stack(find(name)?, fs::read(file)?),
        [seconds] => all(seconds.parse()?, now()?, None),
        [seconds, seed] => all(seconds.parse()?, seed.parse()?, None),
        [seconds, seed, name] => all(seconds.parse()?, seed.parse()?, Some(name)),
        _ => bail!("usage: SECONDS [SEED] [PARSER], or --input PARSER FILE"),
    }
}

fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

fn find(name: &str) -> Result<Parser> {
    let mut parsers = parsers().into_iter();
    let parser = parsers.find(|parser| parser.name == name);
    parser.with_context(|| format!("there is no parser {name}"))
}

/// Each parser for so many seconds, two at a time.
fn all(seconds: u64, seed: u64, only: Option<&str>) -> Result<()> {
    println!("seed {seed}");
    let folder = folder()?;
    fs::create_dir_all(&folder)?;
    let names = parsers().into_iter().map(|parser| parser.name);
    let names: Vec<_> = names
        .filter(|name| only.is_none_or(|only| only == *name))
        .collect();
    ensure!(!names.is_empty(), "there is no such parser");
    for pair in names.chunks(2) {
        let start = |name: &&'static str| Running::start(name, seconds, seed, &folder);
        let running: Result<Vec<Running>> = pair.iter().map(start).collect();
        for running in running? {
            running.finish(Duration::from_secs(seconds) + GRACE)?;
        }
    }
    println!("{} parsers", names.len());
    Ok(())
}

fn folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("no target folder")?;
    Ok(target.join("ci/mutate"))
}

/// The process of one parser.
struct Running {
    name: &'static str,
    child: Child,
    began: Instant,
    input: PathBuf,
}

impl Running {
    fn start(name: &'static str, seconds: u64, seed: u64, folder: &Path) -> Result<Self> {
        let input = folder.join(format!("{name}.input"));
        let child = Command::new("sh")
            .args(["-c", "ulimit -v \"$0\" && exec \"$@\""])
            .arg(MEMORY.to_string())
            .arg(std::env::current_exe()?)
            .args([CHILD, name, &seconds.to_string(), &seed.to_string()])
            .arg(&input)
            .spawn()?;
        let began = Instant::now();
        Ok(Self {
            name,
            child,
            began,
            input,
        })
    }

    fn finish(mut self, limit: Duration) -> Result<()> {
        let (name, input) = (self.name, self.input.display());
        while self.began.elapsed() < limit {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "{name} ended with {status}: see {input}");
                return Ok(fs::remove_file(&self.input)?);
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        self.child.wait()?;
        bail!("{name} hangs: see {input}")
    }
}

/// Parses one input, as after a failure.
fn parse_on_a_small_stack(parser: Parser, input: Vec<u8>) -> Result<()> {
    let began = Instant::now();
    let thread = thread::Builder::new().stack_size(STACK);
    let thread = thread.spawn(move || (parser.parse)(&input))?;
    let Ok(parsed) = thread.join() else {
        bail!("it panicked");
    };
    println!("it took {:?}", began.elapsed());
    parsed
}

/// Parses inputs until the time is over. Each is written before it is parsed, so that it is there after an abort.
fn parse_until(end: Instant, parser: Parser, seed: u64, file: &Path) -> Result<()> {
    let name = parser.name;
    let mut input = File::create(file)?;
    let mut mutation = Mutation::new(Numbers(seed), parser.seeds);
    let parse = move || -> Result<(u64, Duration)> {
        let (mut count, mut longest) = (0, Duration::ZERO);
        while Instant::now() < end {
            let bytes = mutation.next();
            input.set_len(0)?;
            input.rewind()?;
            input.write_all(&bytes)?;
            let began = Instant::now();
            (parser.parse)(&bytes)?;
            let took = began.elapsed();
            ensure!(
                took < LONG,
                "an input of {} bytes took {took:?}",
                bytes.len()
            );
            longest = longest.max(took);
            count += 1;
        }
        Ok((count, longest))
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(parse)?;
    let Ok(parsed) = thread.join() else {
        bail!("{name} panicked");
    };
    let (count, longest) = parsed.with_context(|| name)?;
    println!("{name}: {count} inputs, the longest took {longest:?}");
    Ok(())
}
