//! Draws the slices of a GPU: a row of GPU instances and free memory slices, and below each GPU instance its compute
//! instances and free compute slices.

mod canvas;

use nvml_mig_sim::machine::{Gpu, GpuInstance};

use canvas::{Canvas, Range};

/// Width of a GPU's slices in columns.
const WIDTH: u32 = 64;

/// Draws the slices of a GPU.
pub(super) fn of(gpu: &Gpu) -> String {
    let slices = gpu.board.memory_slices;
    let scale = Scale::new(0, WIDTH / slices * slices, slices);
    let mut canvas = Canvas::default();
    for slice in 0..slices {
        let Range { from, .. } = scale.range(slice, 1);
        canvas.write(from, 0, &slice.to_string());
    }
    let cells = gpu_cells(gpu, &scale);
    let bottom = draw(&mut canvas, 1, &cells);
    let inside = gpu.gpu_instances.iter();
    let inside = inside.flat_map(|instance| compute_cells(gpu, instance, &scale));
    let inside: Vec<Cell> = inside.collect();
    draw(&mut canvas, bottom, &inside);
    canvas.text()
}

/// Removes the prefix `MIG ` of a profile's name.
pub(super) fn short(name: &str) -> &str {
    name.strip_prefix("MIG ").unwrap_or(name)
}

/// A box with its lines of text.
struct Cell {
    range: Range,
    lines: Vec<String>,
}

impl Cell {
    fn empty(range: Range, what: &str) -> Self {
        let lines = vec![what.to_owned()];
        Self { range, lines }
    }
}

/// Draws boxes side by side; returns the row of their lower border.
fn draw(canvas: &mut Canvas, top: u32, cells: &[Cell]) -> u32 {
    let heights = cells.iter().map(|cell| cell.lines.len());
    let height = u32::try_from(heights.max().unwrap_or_default()).unwrap_or_default();
    let bottom = top + height + 1;
    for cell in cells {
        canvas.frame(&cell.range, top, bottom);
        for (row, line) in (top + 1..).zip(&cell.lines) {
            canvas.write_inside(&cell.range, row, line);
        }
    }
    bottom
}

fn gpu_cells(gpu: &Gpu, scale: &Scale) -> Vec<Cell> {
    let instances = gpu.gpu_instances.iter();
    let taken: Vec<(u32, u32)> = instances
        .clone()
        .map(|instance| (instance.start, size(gpu, instance)))
        .collect();
    let cells = instances.map(|instance| Cell {
        range: scale.range(instance.start, size(gpu, instance)),
        lines: gpu_instance_lines(gpu, instance),
    });
    let free = free(gpu.board.memory_slices, &taken);
    let free = free.map(|slice| Cell::empty(scale.range(slice, 1), "free"));
    cells.chain(free).collect()
}

fn gpu_instance_lines(gpu: &Gpu, instance: &GpuInstance) -> Vec<String> {
    let profile = gpu.board.profile_with_id(instance.profile_id);
    let name = short(profile.map_or("", |profile| profile.name));
    let (size, attribute) = name.split_at(name.find(['+', '-']).unwrap_or(name.len()));
    let mut lines = vec![format!("GI {}", instance.id), size.to_owned()];
    if !attribute.is_empty() {
        lines.push(attribute.to_owned());
    }
    if gpu.is_busy(instance.id, None) {
        lines.push("*busy*".to_owned());
    }
    lines
}

fn compute_cells(gpu: &Gpu, parent: &GpuInstance, scale: &Scale) -> Vec<Cell> {
    let outer = scale.range(parent.start, size(gpu, parent));
    let slices = compute_slices(gpu, parent);
    let scale = Scale::new(outer.from, outer.to, slices);
    let instances = parent.compute_instances.iter();
    let taken: Vec<(u32, u32)> = instances.clone().map(|i| (i.start, i.size)).collect();
    let cells = instances.map(|instance| {
        let mut lines = vec![
            format!("CI {}", instance.id),
            format!("{}c", instance.slices),
        ];
        if gpu.is_busy(parent.id, Some(instance.id)) {
            lines.push("*busy*".to_owned());
        }
        let range = scale.range(instance.start, instance.size);
        Cell { range, lines }
    });
    let what = if is_full(gpu, parent) { "-" } else { "free" };
    let free = free(slices, &taken).map(|slice| Cell::empty(scale.range(slice, 1), what));
    cells.chain(free).collect()
}

/// Whether all usable slices are taken: with aligned placements, three slices take up the room of four.
fn is_full(gpu: &Gpu, instance: &GpuInstance) -> bool {
    let inside = instance.compute_instances.iter();
    let used: u32 = inside.map(|inside| inside.slices).sum();
    let profile = gpu.board.profile_with_id(instance.profile_id);
    profile.is_none_or(|profile| used >= profile.slices)
}

/// Returns the number of memory slices of a GPU instance.
fn size(gpu: &Gpu, instance: &GpuInstance) -> u32 {
    let profile = gpu.board.profile_with_id(instance.profile_id);
    profile.map_or(1, |profile| profile.size)
}

/// Returns the number of compute slices of a GPU instance, in the units of compute instance placements.
fn compute_slices(gpu: &Gpu, instance: &GpuInstance) -> u32 {
    let profile = gpu.board.profile_with_id(instance.profile_id);
    let inside = profile.into_iter().flat_map(|profile| profile.compute);
    let ends = inside.flat_map(|inside| inside.starts.iter().map(|start| start + inside.size));
    ends.max().unwrap_or(1)
}

/// Returns the slices outside these ranges of start and size.
fn free(slices: u32, taken: &[(u32, u32)]) -> impl Iterator<Item = u32> {
    let is_free = move |slice: &u32| {
        !taken
            .iter()
            .any(|(start, size)| (*start..start + size).contains(slice))
    };
    (0..slices).filter(is_free)
}

/// Maps slices to columns.
struct Scale {
    from: u32,
    to: u32,
    slices: u32,
}

impl Scale {
    fn new(from: u32, to: u32, slices: u32) -> Self {
        Self { from, to, slices }
    }

    fn range(&self, start: u32, size: u32) -> Range {
        let column = |slice| self.from + (self.to - self.from) * slice / self.slices.max(1);
        Range {
            from: column(start),
            to: column(start + size),
        }
    }
}
