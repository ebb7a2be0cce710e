//! The rules on small packages, most of which break one.

use crate::house::{House, Never};
use crate::modules::{Modules, Sources};
use crate::rules;

const HOUSE: House = House {
    package: "small",
    floors: &[&["lib"], &["top"], &["left", "right"], &["ground"]],
    never: &[Never {
        room: "top",
        uses: &["ground"],
        because: "it asks left",
    }],
};

const LIB: &str = "mod ground; mod left; mod right; mod top; pub use top::Top;";

/// What is said of a package with these files beside those of rooms that use nothing.
fn broken(files: &[(&str, &str)]) -> Vec<String> {
    let empty = ["ground.rs", "left.rs", "right.rs"];
    let mut sources: Sources = empty.map(|file| (path(file), String::new())).into();
    sources.insert(path("lib.rs"), LIB.to_owned());
    sources.insert(path("top.rs"), "pub struct Top;".to_owned());
    for (file, text) in files {
        sources.insert(path(file), (*text).to_owned());
    }
    rules::broken(&HOUSE, &Modules::parse(&sources, "small").unwrap())
}

fn path(file: &str) -> String {
    format!("small/src/{file}")
}

#[test]
fn good_packages_pass() {
    let top = "use crate::left::Left; pub struct Top(Left);";
    let left = "mod part; pub use part::Part; use crate::ground::x; pub struct Left;";
    // A part uses the module around it.
    let part = "use super::Left; pub struct Part(Left, std::left::X);";
    let files = [("top.rs", top), ("left.rs", left), ("left/part.rs", part)];
    assert_eq!(broken(&files), [""; 0]);
}

#[test]
fn arrow_up_is_found_in_whatever_form() {
    for (text, name) in [
        ("use crate::top::Top;", "crate::top::Top"),
        ("use crate::{ground, top::{self}};", "crate::top"),
        ("pub use crate::top::*;", "crate::top"),
        ("fn f() { use crate::top::Top as T; }", "crate::top::Top"),
        ("fn f(_: Vec<crate::top::Top>) {}", "crate::top::Top"),
        ("fn f() { crate::top::Top::new() }", "crate::top::Top::new"),
        // Only the root says in which room this name is defined.
        ("use crate::Top;", "crate::Top"),
        ("use super::top::Top;", "super::top::Top"),
        ("mod inner { use super::super::Top; }", "super::super::Top"),
        (
            "fn f() { println!(\"{}\", [crate::top::X]) }",
            "crate::top::X",
        ),
        (
            "macro_rules! m { () => { $crate::top::f() } }",
            "crate::top::f",
        ),
        ("#[error(fmt = crate::top::f)] struct E;", "crate::top::f"),
    ] {
        let expected = format!("small/src/left.rs:2 uses {name}, and top is above left");
        assert_eq!(broken(&[("left.rs", &format!("\n{text}"))]), [expected]);
    }
}

#[test]
fn re_export_of_another_room_hides_nothing() {
    let left = "pub use crate::ground::Ground;";
    let right = "use crate::left::Ground;";
    assert_eq!(
        broken(&[("left.rs", left), ("right.rs", right)]),
        ["small/src/right.rs:1 uses crate::left::Ground, and left is on the same floor as right"]
    );
    let left = "pub use crate::Top as Other;";
    let files = [("left.rs", left), ("ground.rs", "use crate::left::Other;")];
    assert_eq!(
        broken(&files),
        [
            "small/src/ground.rs:1 uses crate::left::Other, and left is above ground",
            "small/src/ground.rs:1 uses crate::left::Other, and top is above ground",
            "small/src/left.rs:1 uses crate::Top, and top is above left",
        ]
    );
}

#[test]
fn use_of_the_root_itself_is_an_arrow_up() {
    let lib = format!("{LIB} pub const LIMIT: u32 = 1;");
    assert_eq!(
        broken(&[("lib.rs", &lib), ("left.rs", "use crate::LIMIT;")]),
        ["small/src/left.rs:1 uses crate::LIMIT, and lib is above left"]
    );
}

#[test]
fn forbidden_room_below_is_found() {
    let top = "pub struct Top; use crate::ground::Ground;";
    assert_eq!(
        broken(&[("top.rs", top)]),
        [
            "small/src/top.rs:1 uses crate::ground::Ground, and top must not use ground: it asks left"
        ]
    );
}

#[test]
fn circle_of_files_is_found() {
    let a = "use super::B; pub struct A;";
    let b = "\npub struct B(super::a::A);";
    let files = [
        ("left.rs", "mod a; mod b; pub use b::B;"),
        ("left/a.rs", a),
        ("left/b.rs", b),
    ];
    assert_eq!(
        broken(&files),
        ["a circle: small/src/left/a.rs:1 uses super::B, small/src/left/b.rs:2 uses super::a::A"]
    );
}

#[test]
fn module_that_hands_on_its_parts_makes_no_circle() {
    let files = [
        (
            "left.rs",
            "mod a; mod b; pub(crate) use self::{a::A, b::B};",
        ),
        ("left/a.rs", "use super::B; pub struct A(B);"),
        ("left/b.rs", "pub struct B;"),
    ];
    assert_eq!(broken(&files), [""; 0]);
}

#[test]
fn tests_are_not_counted() {
    let text = "#[cfg(test)] mod tests { use crate::top::Top; }";
    assert_eq!(broken(&[("left.rs", text)]), [""; 0]);
}

#[test]
fn rooms_are_those_of_the_table() {
    let files = ["lib.rs", "ground.rs", "left.rs", "top.rs", "new.rs"];
    let mut sources: Sources = files.map(|file| (path(file), String::new())).into();
    sources.insert(
        path("lib.rs"),
        "mod ground; mod left; mod new; mod top;".to_owned(),
    );
    assert_eq!(
        rules::broken(&HOUSE, &Modules::parse(&sources, "small").unwrap()),
        [
            "new of small has no floor in .ci/rooms/src/house.rs",
            "small has no room right, and .ci/rooms/src/house.rs has",
        ]
    );
}

#[test]
fn file_of_no_module_is_refused() {
    let sources = [
        (path("lib.rs"), String::new()),
        (path("lost.rs"), String::new()),
    ];
    let error = Modules::parse(&sources.into(), "small").err().unwrap();
    assert_eq!(error.to_string(), "small/src/lost.rs belongs to no module");
}
