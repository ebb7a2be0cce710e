//! What somebody has edited on the node.

use super::World;
use super::world::{GPU, these};

use crate::agent::had::Had;
use crate::agent::names::{APPLIED, LAYOUT, OUR_CONFIG};
use crate::agent::outcome::Outcome;

/// What the agent wrote about a layout that the GPU has had, and the layout's part of it.
fn written() -> (String, String) {
    let written = World::has_had_the_layout().annotation(APPLIED).to_owned();
    let layout = written.split(' ').next().unwrap().to_owned();
    (written, layout)
}

/// A space too many must not cost an instance.
#[test]
fn what_somebody_edits_on_the_node_is_read_as_it_was_meant() {
    let (written, layout) = written();
    for edited in [
        written.replace(' ', "  "),
        written.to_lowercase(),
        format!("{written}\n"),
        format!("{written},"),
        written.replace(' ', ","),
    ] {
        assert!(Had::read(Some(&edited), &layout).has(GPU), "{edited:?}");
    }
    let other = written.replace("halves@", "balanced@");
    assert!(Had::read(Some(&other), &layout).is_empty());
    assert!(Had::read(None, &layout).is_empty());
    for (name, value) in [
        (OUR_CONFIG, None),
        (OUR_CONFIG, Some("")),
        (OUR_CONFIG, Some("halves ")),
        (OUR_CONFIG, Some("balanced")),
        (LAYOUT, None),
        (LAYOUT, Some("balanced@1")),
    ] {
        let mut world = World::has_had_the_layout();
        world.node.annotations.remove(name);
        let value = value.map(|value| (name.to_owned(), value.to_owned()));
        world.node.annotations.extend(value);
        world.restart();
        assert_eq!(world.looks().had, these(&[GPU]), "{name}");
    }
}

/// Nobody knows which GPUs were meant, so none is changed for it.
#[test]
fn what_can_not_be_understood_stands_for_all_gpus() {
    let (written, layout) = written();
    for edited in [
        "",
        " ",
        GPU,
        "halves@1",
        &format!("\"{written}\""),
        &format!("\"{written}"),
        &written.replace(' ', ";"),
        &written.replace("GPU-", ""),
        &written[..written.len() - 4],
        &format!("{written} and more"),
    ] {
        assert_eq!(Had::read(Some(edited), &layout), Had::All, "{edited:?}");
        let mut world = World::has_had_the_layout();
        let edit = (APPLIED.to_owned(), edited.to_owned());
        world.node.annotations.extend([edit]);
        world.restart();
        assert_eq!(world.looks().had, Had::All, "{edited:?}");
        // It is made again if it is wanted anew.
        world.comes_out(Outcome::changed("GPU 0"));
        world.until_other();
        world.want("halves");
        assert!(world.looks().had.is_empty());
    }
}
