//! Circles: files that use each other, in one room or in several.

use std::collections::BTreeMap;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::arrows::Arrow;
use crate::modules::Modules;

/// One sentence for each circle, with one use for each of its arrows.
pub fn circles(modules: &Modules, arrows: &[Arrow]) -> Vec<String> {
    let mut uses = BTreeMap::new();
    for arrow in arrows {
        let ends = (file(modules, arrow.from), file(modules, arrow.target.home));
        let is_part = modules.is_inside(arrow.from, arrow.target.home);
        if ends.0 != ends.1 && !arrow.is_face && !is_part {
            uses.entry(ends).or_insert(arrow);
        }
    }
    let graph: DiGraphMap<&str, ()> = uses.keys().copied().collect();
    let mut circles = tarjan_scc(&graph);
    circles.retain(|files| files.len() > 1);
    circles.iter().map(|files| sentence(files, &uses)).collect()
}

fn sentence(files: &[&str], uses: &BTreeMap<(&str, &str), &Arrow>) -> String {
    let inside = |(from, to): &(&str, &str)| files.contains(from) && files.contains(to);
    let parts: Vec<_> = uses
        .iter()
        .filter(|(ends, _)| inside(ends))
        .map(|((from, _), arrow)| format!("{from}:{} uses {}", arrow.line, arrow.name))
        .collect();
    format!("a circle: {}", parts.join(", "))
}

fn file(modules: &Modules, id: usize) -> &str {
    &modules.all[id].file
}
