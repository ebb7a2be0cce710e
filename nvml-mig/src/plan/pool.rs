//! Many GPUs: places instances on the GPUs of a machine or a cluster.

mod assembly;
mod attempts;
mod candidates;
mod capacity;
mod change;
mod clearing;
mod consolidation;
mod does_not_fit;
mod error;
mod exchange;
mod goal;
mod instance_kind;
mod limit;
mod one_by_one;
mod outcome;
mod placing;
mod pool_fit;
mod pool_gpu;
mod pool_options;
mod pool_plan;
mod reach;
mod repair;
mod request;
mod room;
mod room_table;
mod search;
mod settlement;
mod state;

use assembly::assemble;
use attempts::one_by_one;
use placing::Placing;

use crate::plan::gpu_model::GpuModel;
use crate::plan::impossible_gpu::ImpossibleGpu;
use crate::plan::layout::Layout;
use crate::plan::planner::{Exhausted, PresentGpuInstance, check};

pub use does_not_fit::PoolDoesNotFit;
pub use error::PoolError;
pub use pool_fit::{PoolFit, PoolProfileFit};
pub use pool_gpu::PoolGpu;
pub use pool_options::PoolOptions;
pub use pool_plan::{AssignedInstance, MovedInstance, PlannedGpu, PoolPlan};
pub use request::GpuInstanceRequest;

/// The GPUs of a machine or a cluster, each with its model and its instances, as data.
///
/// [`plan`](Self::plan) decides on which GPU and where requested instances go, and which existing ones move for them;
/// [`fit`](Self::fit) reports what still fits. GPUs may have different models. A GPU is referred to by its index, which is
/// the order in which they were added; its name is free text, such as a UUID or `node3/GPU-5c89852c`.
///
/// Its serialized form contains each model once.
///
/// ```
/// # let board = nvml_mig_sim::GpuSpec::new("a30");
/// # let simulator = nvml_mig_sim::Simulator::builder().gpu(board.clone()).gpu(board).start()?;
/// # let nvml = nvml_mig::Nvml::init_from(simulator.library_path())?;
/// use nvml_mig::plan::{
///     GpuInstanceRequest, GpuModel, GpuPool, PoolOptions, PresentGpuInstance,
/// };
///
/// let mut pool = GpuPool::new();
/// for device in nvml.devices()? {
///     let present = PresentGpuInstance::read_all(&device)?;
///     pool.add(device.uuid()?, &GpuModel::read(&device)?, present)?;
/// }
/// let requests = GpuInstanceRequest::all(&"4g.24gb, 2*1g.6gb".parse()?);
/// let plan = pool.plan(&requests, PoolOptions::default())?;
/// for planned in &plan.gpus {
///     println!("{}: {}", pool.gpus()[planned.gpu].name(), planned.layout);
/// }
/// # assert_eq!(plan.gpus.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Unchecked")
)]
pub struct GpuPool {
    /// The different models.
    models: Vec<GpuModel>,
    gpus: Vec<PoolGpu>,
}

/// # GPUs
impl GpuPool {
    /// Creates a pool without GPUs.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            models: Vec::new(),
            gpus: Vec::new(),
        }
    }

    /// Adds a GPU with its instances, and returns its index.
    ///
    /// # Errors
    ///
    /// [`ImpossibleGpu`] if the model fails [`check`](GpuModel::check), or no GPU of it can have these instances.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        model: &GpuModel,
        present: Vec<PresentGpuInstance>,
    ) -> Result<usize, ImpossibleGpu> {
        check(model, &present)?;
        let known = self.models.iter().position(|known| known == model);
        let model = known.unwrap_or_else(|| {
            self.models.push(model.clone());
            self.models.len() - 1
        });
        self.gpus.push(PoolGpu::new(name.into(), model, present));
        Ok(self.gpus.len() - 1)
    }

    /// Replaces the instances of a GPU, for example after a change.
    ///
    /// # Errors
    ///
    /// [`ImpossibleGpu`] if the pool has no such GPU, or if no GPU of its model can have these instances. The pool is unchanged
    /// then.
    pub fn set_present(
        &mut self,
        gpu: usize,
        present: Vec<PresentGpuInstance>,
    ) -> Result<(), ImpossibleGpu> {
        if let Some(model) = self.model(gpu) {
            check(model, &present)?;
        }
        let count = self.gpus.len();
        let found = self.gpus.get_mut(gpu);
        ImpossibleGpu::unless(found.is_some(), || {
            format!("the pool has no GPU {gpu}: it has {count}")
        })?;
        if let Some(found) = found {
            found.present = present;
        }
        Ok(())
    }

    /// Returns the GPUs in the order in which they were added.
    #[must_use]
    pub fn gpus(&self) -> &[PoolGpu] {
        &self.gpus
    }

    /// Returns the model of a GPU; `None` if the pool has no such GPU.
    #[must_use]
    pub fn model(&self, gpu: usize) -> Option<&GpuModel> {
        self.models.get(self.gpus.get(gpu)?.model)
    }
}

/// # Plans and room
impl GpuPool {
    /// Returns where requested instances go, in addition to the existing ones, and which of these move for them.
    ///
    /// Of all plans, it is the one that, in this order,
    ///
    /// 1. moves the fewest GPU instances, and only those that `options` allow to destroy; of them the fewest busy ones, and
    ///    those with the fewest compute instances,
    /// 2. leaves the most room: the sum, over all GPUs and profiles, of the memory slices of the further instances of that
    ///    profile alone that fit; if equal, room for larger profiles. Counting slices, and not instances as
    ///    [`GpuModel::plan`] does, keeps whole GPUs free.
    ///
    /// An instance that moves is destroyed, and created with the same compute instances elsewhere on its GPU or on another one
    /// of the same model. A GPU stays as it is if its model lacks the profile or the placement of one of its GPU instances or
    /// compute instances.
    ///
    /// A request never takes over an existing instance, except where it has a start or names a GPU, and one of the same profile
    /// has to move from there. Then the GPU instance stays and gets the compute instances of the request, and a new one is
    /// created elsewhere with those of the one that moves. Processes on a compute instance that stays keep running.
    ///
    /// With one request, this gives the cheapest moves that make room for it.
    ///
    /// The search is exact up to 2^20 steps, each of which looks at one placement of an instance or at one change of a GPU; if
    /// at most 8 GPUs can change, as in a machine, up to 2^26: seconds at most. GPUs that are alike count as one, so one request
    /// is placed exactly among thousands of GPUs too. If more steps are needed, the requests are placed one after another, the
    /// largest first, and [`PoolPlan::is_exact`] is `false`. Then each request gets 2^18 steps at most, and after 2^20 for all
    /// of them no further instance moves. Where a request finds no place in this way, what has a place makes room for it: other
    /// requests and instances that have moved already are placed again, and more instances move, up to 2^24 steps for all
    /// requests. [Many GPUs](https://github.com/nvml-mig/nvml-mig/blob/main/docs/MANY_GPUS.md) says how long that takes, and
    /// how far it is from the best.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::plan::{GpuInstanceRequest, GpuModel, GpuPool, PoolOptions, PresentGpuInstance};
    ///
    /// // Two A30s, each with one 1g.6gb: neither has room for a 4g.24gb.
    /// # let small = device.gpu_instance_profile_by_name("1g.6gb")?;
    /// # device.create_gpu_instance(small.id)?;
    /// let (model, present) = (GpuModel::read(&device)?, PresentGpuInstance::read_all(&device)?);
    /// let mut pool = GpuPool::new();
    /// pool.add("node1/gpu0", &model, present.clone())?;
    /// pool.add("node1/gpu1", &model, present)?;
    ///
    /// let request = GpuInstanceRequest::all(&"4g.24gb".parse()?);
    /// let error = pool.plan(&request, PoolOptions::new().with_most_moves(0)).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "no place for 4g.24gb on any of the 2 GPUs, even if the instances that may move do"
    /// );
    /// let plan = pool.plan(&request, PoolOptions::new())?;
    /// assert_eq!((plan.moved.len(), plan.is_exact), (1, true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PoolError::NoSuchGpu`] and [`PoolError::Request`] for requests that nothing can fulfil, [`PoolError::DoesNotFit`] if
    /// no plan was found, and [`PoolError::Gpu`] if [`GpuModel::plan`] refuses the change of a GPU.
    pub fn plan(
        &self,
        requests: &[GpuInstanceRequest],
        options: PoolOptions,
    ) -> Result<PoolPlan, PoolError> {
        let place = |options| Placing::new(&self.models, &self.gpus, requests, options);
        let mut without_moves = Err(Exhausted);
        if options.search_exactly() {
            // Most requests need no move. Then it does not matter which existing instances are alike.
            let placing = place(options.with_most_moves(0))?;
            without_moves = placing.exact(limit::steps(&placing));
            if let Ok(Some(gpus)) = &without_moves {
                return assemble(&placing, &self.gpus, gpus, options.instances(), true);
            }
        }
        let placing = place(options)?;
        let exact = if capacity::may_suffice(&placing) {
            without_moves.and_then(|_| placing.exact(limit::steps(&placing)))
        } else {
            Ok(None)
        };
        if let Ok(Some(gpus)) = &exact {
            return assemble(&placing, &self.gpus, gpus, options.instances(), true);
        }
        let placed = one_by_one(&placing, exact.is_err());
        if placed.unplaced.is_empty() {
            let changed = placed.changed();
            return assemble(&placing, &self.gpus, &changed, options.instances(), false);
        }
        let unplaced = placed.unplaced;
        let wanted = unplaced.iter().filter_map(|&index| requests.get(index));
        let wanted: Layout = wanted.map(|request| request.instance().clone()).collect();
        Err(PoolError::DoesNotFit(PoolDoesNotFit {
            unplaced,
            wanted: wanted.to_string(),
            requests: requests.len(),
            gpus: self.gpus.len(),
            is_certain: exact.is_ok(),
        }))
    }

    /// Returns what still fits on all GPUs together, and how fragmented they are.
    ///
    /// # Examples
    ///
    /// ```
    /// # let simulator = nvml_mig_sim::Simulator::builder().gpu(nvml_mig_sim::GpuSpec::new("a30")).start()?;
    /// # let device = nvml_mig::Nvml::init_from(simulator.library_path())?.device_by_index(0)?;
    /// use nvml_mig::plan::{GpuModel, GpuPool, PresentGpuInstance};
    ///
    /// # let small = device.gpu_instance_profile_by_name("1g.6gb")?;
    /// # device.create_gpu_instance(small.id)?;
    /// let (model, present) = (GpuModel::read(&device)?, PresentGpuInstance::read_all(&device)?);
    /// let mut pool = GpuPool::new();
    /// pool.add("0", &model, present.clone())?;
    /// pool.add("1", &model, present)?;
    /// let fit = pool.fit();
    /// let small = fit.profiles.iter().find(|profile| profile.name == "1g.6gb");
    /// assert_eq!(small.map(|small| (small.count, small.gpus)), Some((6, 2)));
    /// assert!(fit.fragmentation() > 0.0); // both could be on one GPU
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fit(&self) -> PoolFit {
        pool_fit::fit(&self.models, &self.gpus)
    }
}

/// A pool as read, before it was checked.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "GpuPool", deny_unknown_fields)]
struct Unchecked {
    models: Vec<GpuModel>,
    gpus: Vec<PoolGpu>,
}

#[cfg(feature = "serde")]
impl TryFrom<Unchecked> for GpuPool {
    type Error = ImpossibleGpu;

    fn try_from(read: Unchecked) -> Result<Self, ImpossibleGpu> {
        let mut pool = Self::new();
        for gpu in read.gpus {
            let model = read.models.get(gpu.model);
            ImpossibleGpu::unless(model.is_some(), || {
                let count = read.models.len();
                format!(
                    "a GPU has model number {}, and there are {count}",
                    gpu.model
                )
            })?;
            if let Some(model) = model {
                pool.add(gpu.name, model, gpu.present)?;
            }
        }
        Ok(pool)
    }
}
