//! The kept corpus, and what the targets reach without a fuzzer.

use std::fs;
use std::path::PathBuf;

use nvml_mig_testing::brute_force::random::Chance;

use nvml_mig_fuzz::{CFunctions, SmallStack, parsers, plan};

/// Files of these names are examples, which a parser accepts; the others were found by the fuzzer.
const EXAMPLE: &str = "example-";
/// Random inputs until each function has succeeded, which is a matter of chance: some hundreds are enough mostly.
const MOST_INPUTS: usize = 2000;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder.join(target)).unwrap();
    let files = files.map(|file| {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        (name, fs::read(file.path()).unwrap())
    });
    files.collect()
}

#[test]
fn every_parser_accepts_its_examples_and_bears_its_corpus() {
    for parser in parsers().unwrap() {
        let (name, mut examples) = (parser.name, 0);
        let parser = SmallStack::new(parser).unwrap();
        for (file, input) in corpus(name) {
            let accepted = parser.parse(&input);
            let accepted = accepted.unwrap_or_else(|broken| panic!("{name}/{file}: {broken:#}"));
            let is_example = file.starts_with(EXAMPLE);
            assert!(accepted || !is_example, "{name}/{file} is refused");
            examples += usize::from(is_example);
        }
        assert!(examples > 0, "no example of {name}");
    }
}

#[test]
fn the_planner_plans_and_refuses() {
    let answers = corpus("planner").into_iter();
    let answers: Vec<bool> = answers.map(|(_, input)| plan(&input)).collect();
    assert!(answers.contains(&true) && answers.contains(&false));
}

#[test]
fn every_c_function_is_called_and_the_simulated_ones_succeed() {
    let functions = CFunctions::load().unwrap();
    let mut codes = functions.call(&[]);
    for (_, input) in corpus("c-functions") {
        codes.append(functions.call(&input));
    }
    let mut chance = Chance::new(1);
    for _ in 0..MOST_INPUTS {
        if functions.not_reached(&codes).is_empty() {
            break;
        }
        let input: Vec<u8> = (0..20_000).map(|_| chance.any() as u8).collect();
        codes.append(functions.call(&input));
    }
    let (calls, successes) = codes.calls();
    println!("{calls} calls, {successes} of them successful");
    assert_eq!(functions.not_reached(&codes), [].into());
}
