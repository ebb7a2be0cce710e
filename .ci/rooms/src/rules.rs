//! The rules of a house, and what breaks them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::Result;

use crate::arrows::{Arrow, arrows};
use crate::circles::circles;
use crate::house::{House, MOST_NAMES};
use crate::modules::Modules;

/// One sentence for each broken rule.
pub fn broken(house: &House, modules: &Modules) -> Vec<String> {
    let arrows = arrows(modules);
    let mut broken = not_the_same_rooms(house, modules);
    for arrow in &arrows {
        for used in rooms_used(modules, arrow) {
            broken.extend(fault(house, modules, arrow, used));
        }
    }
    broken.extend(circles(modules, &arrows));
    broken
}

/// The other rooms that an arrow goes to: those that it names and the one in which the name is defined.
pub fn rooms_used<'a>(modules: &'a Modules, arrow: &Arrow) -> BTreeSet<&'a str> {
    let named = arrow.target.named.iter().copied();
    // Every path of a crate may start at its root.
    let named = named.filter(|id| modules.all[*id].parent.is_some());
    let own = modules.room(arrow.from);
    let ids = named.chain([arrow.target.home]);
    let rooms = ids.map(|id| modules.room(id));
    rooms.filter(|room| *room != own).collect()
}

fn fault(house: &House, modules: &Modules, arrow: &Arrow, used: &str) -> Option<String> {
    let room = modules.room(arrow.from);
    let (own, other) = (house.floor(room)?, house.floor(used)?);
    let why = if let Some(because) = house.never(room, used) {
        format!("{room} must not use {used}: {because}")
    } else if other < own {
        format!("{used} is above {room}")
    } else if other == own {
        format!("{used} is on the same floor as {room}")
    } else {
        return None;
    };
    let (file, line, name) = (&modules.all[arrow.from].file, arrow.line, &arrow.name);
    Some(format!("{file}:{line} uses {name}, and {why}"))
}

fn not_the_same_rooms(house: &House, modules: &Modules) -> Vec<String> {
    let package = house.package;
    let found: BTreeSet<_> = (0..modules.all.len()).map(|id| modules.room(id)).collect();
    let known: BTreeSet<_> = house.floors.concat().into_iter().collect();
    let new = found.difference(&known);
    let new = new.map(|room| format!("{room} of {package} has no floor in .ci/rooms/src/house.rs"));
    let gone = known.difference(&found);
    let gone =
        gone.map(|room| format!("{package} has no room {room}, and .ci/rooms/src/house.rs has"));
    new.chain(gone).collect()
}

/// A sentence if more names stand at the top of `src` than may; `plan.rs` and `plan/` are one.
pub fn crowded(root: &Path, house: &House) -> Result<Option<String>> {
    let folder = format!("{}/src", house.package);
    let paths: io::Result<Vec<_>> = fs::read_dir(root.join(&folder))?
        .map(|entry| Ok(entry?.path().with_extension("")))
        .collect();
    let names = paths?.into_iter().collect::<BTreeSet<_>>().len();
    Ok((names > MOST_NAMES).then(|| {
        format!("{folder} has {names} names at its top, and at most {MOST_NAMES} may stand there")
    }))
}
