//! The operator's pods on the node, as their watch tells of them.

use super::seen::PodView;

/// The pods. While all are listed again, the old list counts: a part of the new one would look as if the others had gone.
#[derive(Debug, Default)]
pub(super) struct Pods {
    /// Those listed so far; `None` unless they are being listed.
    coming: Option<Vec<PodView>>,
    /// `None` if they are not known, or can't be seen.
    there: Option<Vec<PodView>>,
}

impl Pods {
    pub(super) fn there(&self) -> Option<&[PodView]> {
        self.there.as_deref()
    }

    pub(super) fn show_mig_manager(&self) -> bool {
        let mut there = self.there.iter().flatten();
        there.any(PodView::is_of_mig_manager)
    }

    /// All are listed from now on.
    pub(super) fn begin(&mut self) {
        self.coming = Some(Vec::new());
    }

    pub(super) fn add(&mut self, pod: PodView) {
        if let Some(pods) = self.told_of() {
            pods.retain(|it| it.name != pod.name);
            pods.push(pod);
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(pods) = self.told_of() {
            pods.retain(|it| it.name != name);
        }
    }

    /// All are listed.
    pub(super) fn end(&mut self) {
        if let Some(all) = self.coming.take() {
            self.there = Some(all);
        }
    }

    /// The list that the watch is about.
    fn told_of(&mut self) -> Option<&mut Vec<PodView>> {
        self.coming.as_mut().or(self.there.as_mut())
    }
}
