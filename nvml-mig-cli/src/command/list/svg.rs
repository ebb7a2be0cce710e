//! The drawing as an SVG picture, for documentation and reports.

use std::slice::from_ref;

use super::report::{ComputePart, Gpu, GpuPart, Mig, Place};
use super::slices::compute_part;

/// Space around the picture.
const MARGIN: u32 = 16;
/// Width of the column that names the rows.
const NAMES: u32 = 128;
/// Width of all slices together, so that the picture is 800 wide. A GPU of more than eight gets a wider picture.
const SLICES: u32 = 640;
/// Least width of a slice: enough for the name of a profile.
const SLICE: u32 = 80;
/// Space on each side of a box.
const GAP: u32 = 2;
/// Height of one GPU with its margin.
const GPU: u32 = 212;
/// Height of the upper line of a box.
const LINE: u32 = 15;
/// Estimated width of a character, on the safe side: the reader's sans-serif font is unknown.
const CHARACTER: u32 = 7;

/// One class for each kind of box. The white background keeps the text legible on a dark page.
const STYLE: &str = "<style>
text { font-family: Arial, Helvetica, sans-serif; font-size: 12px; fill: #1f2328 }
.title { font-size: 15px; font-weight: bold }
.note { font-size: 11px; fill: #59636e }
.box { text-anchor: middle }
.background { fill: #ffffff; stroke: #d1d9e0 }
.slice { fill: #eaeef2; stroke: #afb8c1 }
.gpu { fill: #ddf4ff; stroke: #0969da }
.compute { fill: #fff8c5; stroke: #9a6700 }
.mig { fill: #dafbe1; stroke: #1a7f37 }
.free { fill: none; stroke: #8c959f; stroke-dasharray: 4 3 }
</style>
";

/// All GPUs, one below the other.
pub(crate) fn picture(gpus: &[Gpu]) -> String {
    let widths = gpus.iter().map(|gpu| slices_width(gpu.memory_slices()));
    let width = 2 * MARGIN + NAMES + widths.max().unwrap_or(SLICES);
    let height: u32 = gpus.iter().map(|_| GPU).sum();
    let size = format!("width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\"");
    let mut text = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {size} role=\"img\">\n");
    text += "<title>Partitioned GPUs</title>\n";
    text += STYLE;
    let all = Area::new(1, 1, width - 2, height.saturating_sub(2));
    text += &all.rectangle("background");
    for (top, gpu) in (0..).step_by(GPU as usize).zip(gpus) {
        text += &one_gpu(gpu, top);
    }
    text + "</svg>\n"
}

fn slices_width(slices: u32) -> u32 {
    SLICES.max(slices * SLICE)
}

/// The name of a GPU, and its rows.
fn one_gpu(gpu: &Gpu, top: u32) -> String {
    let title = format!("GPU {}: {}", gpu.index, gpu.name);
    let mut text = words("title", MARGIN, top + 28, &title);
    let slices = gpu.memory_slices();
    if slices == 0 {
        return text;
    }
    let left = MARGIN + NAMES;
    let area = |y, height| Area::new(left, top + y, slices_width(slices), height);
    text += &names(top);
    text += &memory(area(44, 24), slices);
    let rows = area(74, 122);
    let taken = gpu.gpu_instances().iter().map(|one| one.placement);
    text += &free(rows, slices, &taken.collect::<Vec<_>>());
    for instance in gpu.gpu_instances() {
        let area = rows.part(instance.placement, slices);
        text += &gpu_instance(area, instance, gpu.compute_slices(instance));
    }
    text
}

/// The names of the rows, with a note on each kind of instance.
fn names(top: u32) -> String {
    let rows = [
        (60, "Memory slices", ""),
        (89, "GPU instances", "memory and engines"),
        (128, "Compute instances", "multiprocessors"),
        (170, "MIG devices", "what programs use"),
    ];
    let rows = rows.map(|(y, name, note)| {
        words("name", MARGIN, top + y, name) + &words("note", MARGIN, top + y + 14, note)
    });
    rows.concat()
}

fn memory(area: Area, slices: u32) -> String {
    let numbered = (0..slices).map(|start| {
        let slice = area.part(Place { start, size: 1 }, slices);
        slice.filled("slice", &[&[start.to_string()]])
    });
    numbered.collect()
}

/// A GPU instance around its compute instances.
fn gpu_instance(area: Area, instance: &GpuPart, slices: u32) -> String {
    let Place { start, size } = instance.placement;
    let last = start + size.saturating_sub(1);
    let kind = format!("GPU instance {}", instance.id);
    let place = format!("{kind}, memory slices {start} to {last}");
    let labels = [place, kind, format!("id {}", instance.id)];
    let head = area.row(0, 40);
    let mut text = area.rectangle("gpu") + &head.label(&[from_ref(&instance.profile), &labels]);
    let inside = area.narrower(2 * GAP);
    let compute_instances = &instance.compute_instances;
    let taken = compute_instances.iter().map(|one| one.placement);
    text += &free(inside.row(40, 38), slices, &taken.collect::<Vec<_>>());
    for one in compute_instances {
        text += &compute_instance(inside.part(one.placement, slices), one);
    }
    text
}

/// A compute instance, and its MIG device below it.
fn compute_instance(area: Area, instance: &ComputePart) -> String {
    let ComputePart { id, profile, .. } = instance;
    let profile = [profile.clone(), compute_part(profile).to_owned()];
    let kind = [format!("compute instance {id}"), format!("id {id}")];
    let text = area.row(40, 38).filled("compute", &[&profile, &kind]);
    let mig = instance.mig_device.as_ref();
    text + &mig.map_or_else(String::new, |mig| mig_device(area.row(80, 38), mig))
}

/// A MIG device with the beginning of its UUID.
fn mig_device(area: Area, Mig { index, uuid, .. }: &Mig) -> String {
    let uuid = uuid.strip_prefix("MIG-").unwrap_or(uuid);
    let short: String = uuid.chars().take(8).collect();
    let uuid = [format!("MIG-{short}..."), short];
    let kind = [format!("MIG device {index}"), format!("index {index}")];
    area.filled("mig", &[&uuid, &kind])
}

/// A box for each slice without an instance.
fn free(area: Area, slices: u32, taken: &[Place]) -> String {
    let single = (0..slices).map(|start| Place { start, size: 1 });
    let free = single.filter(|slice| !taken.iter().any(|place| place.contains(slice.start)));
    free.map(|slice| {
        area.part(slice, slices)
            .filled("free", &[&["free".to_owned()]])
    })
    .collect()
}

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy)]
struct Area {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Area {
    const fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Returns the part of the area that a placement occupies if the whole area is `slices` wide.
    fn part(self, place: Place, slices: u32) -> Self {
        let at = |slice| self.width * slice / slices.max(1);
        let (start, end) = (at(place.start), at(place.start + place.size));
        let (x, width) = (self.x + start, end - start);
        Self { x, width, ..self }.narrower(GAP)
    }

    const fn narrower(self, by: u32) -> Self {
        let (x, width) = (self.x + by, self.width.saturating_sub(2 * by));
        Self { x, width, ..self }
    }

    const fn row(self, below: u32, height: u32) -> Self {
        let y = self.y + below;
        Self { y, height, ..self }
    }

    fn rectangle(self, class: &str) -> String {
        let Self {
            x,
            y,
            width,
            height,
        } = self;
        format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n"
        )
    }

    fn filled(self, class: &str, lines: &[&[String]]) -> String {
        self.rectangle(class) + &self.label(lines)
    }

    /// Draws lines of text in the middle. Each line uses the first wording that fits, otherwise the last.
    fn label(self, lines: &[&[String]]) -> String {
        let above = lines.iter().skip(1).map(|_| LINE).sum::<u32>() / 2;
        let first = (self.y + self.height / 2 + 4).saturating_sub(above);
        let rows = (first..).step_by(LINE as usize).zip(lines);
        let middle = self.x + self.width / 2;
        rows.filter_map(|(y, wordings)| Some(words("box", middle, y, self.fitting(wordings)?)))
            .collect()
    }

    fn fitting(self, wordings: &[String]) -> Option<&String> {
        let width = |text: &str| text.chars().map(|_| CHARACTER).sum::<u32>();
        let mut fitting = wordings.iter().filter(|text| width(text) <= self.width);
        fitting.next().or(wordings.last())
    }
}

fn words(class: &str, x: u32, y: u32, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!(
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>\n",
        escaped(text)
    )
}

/// Names come from the driver and may contain any character.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
