//! Layouts and machines by chance, always the same from the same seed or bytes.

use nvml_mig::Layout;
use nvml_mig::instance::{ComputeInstanceId, GpuInstanceId};
use nvml_mig::plan::{
    GpuInstanceProfileModel, GpuModel, LayoutComputeInstance, LayoutGpuInstance,
    PlacedComputeInstance, PlacedGpuInstance, PlanOptions, PresentComputeInstance,
    PresentGpuInstance,
};

/// Choices: those of some bytes, as a fuzzer gives them, then those of Marsaglia's xorshift.
pub struct Chance {
    state: u64,
    bytes: std::vec::IntoIter<u8>,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let bytes = Vec::new().into_iter();
        Self { state, bytes }
    }

    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into().into_iter();
        Self {
            bytes,
            ..Self::new(0)
        }
    }

    /// Whether bytes are left.
    pub fn has_bytes(&self) -> bool {
        self.bytes.len() > 0
    }

    /// A number below `limit`. A small one takes one byte.
    pub fn below(&mut self, limit: usize) -> usize {
        let length = if limit <= 0x100 { 1 } else { 8 };
        usize::try_from(self.number(length) % limit as u64).unwrap()
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.number(8)
    }

    fn number(&mut self, length: usize) -> u64 {
        if self.has_bytes() {
            let bytes = self.bytes.by_ref().take(length);
            return bytes.fold(0, |number, byte| number << 8 | u64::from(byte));
        }
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A machine: instances at possible places, without regard to engines that are used up.
    pub fn present(&mut self, model: &GpuModel) -> Vec<PresentGpuInstance> {
        let mut present: Vec<PresentGpuInstance> = Vec::new();
        for _ in 0..self.below(12) {
            let profile = self.of(&model.profiles);
            let placement = *self.of(&profile.placements);
            if present.len() < 8
                && !present
                    .iter()
                    .any(|existing| existing.placement().overlaps(placement))
            {
                let id = GpuInstanceId::new(u32::try_from(present.len()).unwrap());
                let (busy, pinned) = (self.one_in(6), self.one_in(12));
                let compute_instances = self.compute_instances(profile);
                let instance = PlacedGpuInstance::new(profile.id, profile.name.clone(), placement)
                    .with_compute_instances(compute_instances);
                let instance = PresentGpuInstance::new(id, instance);
                present.push(instance.with_busy(busy).with_pinned(pinned));
            }
        }
        present
    }

    fn compute_instances(
        &mut self,
        profile: &GpuInstanceProfileModel,
    ) -> Vec<PresentComputeInstance> {
        let mut compute_instances: Vec<PresentComputeInstance> = Vec::new();
        let mut slices = 0;
        for _ in 0..self.below(5) {
            let kind = self.of(&profile.compute_instance_profiles);
            let placement = *self.of(&kind.placements);
            // Two of the smaller compute instances of a 1g with double memory would have more slices than it.
            slices += kind.slice_count;
            if slices <= profile.slice_count
                && !compute_instances
                    .iter()
                    .any(|inside| inside.placement().overlaps(placement))
            {
                let id = ComputeInstanceId::new(u32::try_from(compute_instances.len()).unwrap());
                let (busy, pinned) = (self.one_in(8), self.one_in(20));
                let instance = PlacedComputeInstance::new(kind.id, kind.name.clone(), placement);
                let instance = PresentComputeInstance::new(id, instance);
                compute_instances.push(instance.with_busy(busy).with_pinned(pinned));
            }
        }
        compute_instances
    }

    /// A layout near what is there: some of it, changed here and there, and some more.
    pub fn layout(&mut self, model: &GpuModel, present: &[PresentGpuInstance]) -> Layout {
        let existing = model.layout_of(present);
        let mut layout = Layout::new();
        for entry in existing.gpu_instances() {
            match self.below(6) {
                0 => {}
                1 => layout.push(self.entry(model)),
                2 => layout.push(entry.clone()),
                3 => layout.push(LayoutGpuInstance::new(entry.profile())),
                _ => layout.push(match entry.compute_instances() {
                    Some(compute_instances) => {
                        let compute_instances = compute_instances.iter().copied();
                        LayoutGpuInstance::new(entry.profile())
                            .with_compute_instances(compute_instances)
                    }
                    None => LayoutGpuInstance::new(entry.profile()),
                }),
            }
        }
        let room = 4_usize.saturating_sub(layout.gpu_instances().len());
        for _ in 0..self.below(room + 1) {
            layout.push(self.entry(model));
        }
        layout
    }

    fn entry(&mut self, model: &GpuModel) -> LayoutGpuInstance {
        let profile = self.of(&model.profiles);
        let mut entry = LayoutGpuInstance::new(profile.id);
        if self.one_in(4) {
            entry = entry.with_start(self.of(&profile.placements).start);
        }
        if self.one_in(3) {
            let compute_instances = (0..self.below(4)).map(|_| {
                let kind = self.of(&profile.compute_instance_profiles);
                let inside = LayoutComputeInstance::id(kind.id);
                if self.one_in(3) {
                    inside.with_start(self.of(&kind.placements).start)
                } else {
                    inside
                }
            });
            let compute_instances: Vec<LayoutComputeInstance> = compute_instances.collect();
            entry = entry.with_compute_instances(compute_instances);
        }
        entry
    }

    /// MIG devices near what is there, as their names: those that are there, without some and with others.
    pub fn mig_devices(&mut self, model: &GpuModel, present: &[PresentGpuInstance]) -> Layout {
        let mut layout = Layout::new();
        for inside in present
            .iter()
            .flat_map(PresentGpuInstance::compute_instances)
        {
            if !self.one_in(5) {
                layout.add_mig_device(inside.instance.name.parsed().unwrap());
            }
        }
        let few = if self.one_in(3) { 6 } else { 3 };
        let parted = model
            .profiles
            .iter()
            .filter(|profile| profile.slice_count > 1);
        let parted: Vec<&GpuInstanceProfileModel> = parted.collect();
        let profile = *self.of(&parted);
        for _ in 0..self.below(few) {
            // Often the same profile, so that there is something to share.
            let profile = if self.one_in(4) {
                self.of(&model.profiles)
            } else {
                profile
            };
            let inside = self.of(&profile.compute_instance_profiles);
            layout.add_mig_device(inside.name.parsed().unwrap());
        }
        layout
    }

    pub fn options(&mut self) -> PlanOptions {
        let options = PlanOptions::default().with_destroy_busy(self.one_in(3));
        options.with_destroy_idle(!self.one_in(6))
    }
}

/// Every multiset of profiles of at most nine instances and two memory slices (or one instance of the smallest
/// profile) more than the GPU has: all that fit, and the next that do not.
pub fn all_layouts(model: &GpuModel) -> Vec<Layout> {
    let gpu_instance = model.memory_slices();
    let smallest = model
        .profiles
        .iter()
        .map(GpuInstanceProfileModel::memory_slices)
        .min()
        .unwrap();
    let mut all = vec![(0, Vec::new())];
    for profile in &model.profiles {
        let size = profile.memory_slices();
        let mut next = Vec::new();
        for (slices, ids) in all {
            let room = (gpu_instance + smallest.max(2) - slices) / size;
            for count in 0..=room {
                let mut ids: Vec<_> = Vec::clone(&ids);
                ids.extend((0..count).map(|_| profile.id));
                if ids.len() <= 9 {
                    next.push((slices + count * size, ids));
                }
            }
        }
        all = next;
    }
    let layout = |(_, ids): (u32, Vec<_>)| ids.into_iter().map(LayoutGpuInstance::new).collect();
    all.into_iter().map(layout).collect()
}
