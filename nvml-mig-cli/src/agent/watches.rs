//! The watches: all that the agent asks of the API server while there is nothing to do.

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::PartialObjectMeta;
use kube::core::Status;
use kube::runtime::watcher::{Config, Error, Event, watch_object};
use kube::runtime::{WatchStreamExt, watcher};

use super::cluster::{Cluster, lease_view, node_view};
use super::layout_file::LayoutFile;
use super::seen::PodView;
use super::view::{Sight, Watched};

/// The label of the pods by which they are known.
const APP: &str = "app";

/// Watches the node, the file, the lease and the operator's pods on the node. A watch that fails is tried again, with growing
/// delays. That of the node goes on where it was, so that each change of the label is seen.
pub(super) fn watches(
    cluster: &Cluster,
    (config_map, key): (String, String),
) -> BoxStream<'static, Sight> {
    let node = watch_object(cluster.nodes.clone(), &cluster.node_name).default_backoff();
    let node = node.map(|node| match node {
        Ok(node) => Sight::Node(node.map(|node| node_view(node.metadata))),
        Err(error) => trouble(Watched::Node, &error),
    });
    let lease = watch_object(cluster.leases.clone(), &cluster.lease_name).default_backoff();
    let lease = lease.map(|lease| match lease {
        Ok(lease) => Sight::Lease(lease.map(lease_view)),
        Err(error) => trouble(Watched::Lease, &error),
    });
    let (config_maps, name) = (cluster.config_maps.clone(), config_map.clone());
    let file = anew(move || watch_object(config_maps.clone(), &name).boxed());
    let file = file.default_backoff().map(move |found| match found {
        Ok(found) => Sight::File(text(found, &config_map, &key)),
        Err(error) => trouble(Watched::File, &error),
    });
    stream::select_all([node.boxed(), lease.boxed(), file.boxed(), pods(cluster)]).boxed()
}

/// Without an operator there are no pods to wait for.
fn pods(cluster: &Cluster) -> BoxStream<'static, Sight> {
    let Some(pods) = cluster.pods.clone() else {
        return stream::iter([Sight::NoPods])
            .chain(stream::pending())
            .boxed();
    };
    let on_node = Config::default().fields(&format!("spec.nodeName={}", cluster.node_name));
    let pods = anew(move || watcher(pods.clone(), on_node.clone()).boxed());
    let pods = pods.default_backoff();
    pods.flat_map(|event| stream::iter(of_pods(event))).boxed()
}

/// Begins a watch anew after each failure: the list with which it begins tells that it works again. One that goes on where it was
/// would tell nothing before the next change.
pub(super) fn anew<T: Send + 'static, E: Send + 'static>(
    watch: impl Fn() -> BoxStream<'static, Result<T, E>> + Send + 'static,
) -> impl Stream<Item = Result<T, E>> + Send {
    stream::unfold(None, move |running| {
        let mut running = running.unwrap_or_else(&watch);
        async move {
            let event = running.next().await?;
            let goes_on = event.is_ok().then_some(running);
            Some((event, goes_on))
        }
    })
}

fn of_pods(
    event: Result<Event<PartialObjectMeta<Pod>>, Error>,
) -> impl Iterator<Item = Sight> + Send {
    let (first, second) = match event {
        Ok(Event::Init) => (Some(Sight::Pods), None),
        Ok(Event::InitApply(pod) | Event::Apply(pod)) => (pod_view(pod).map(Sight::Pod), None),
        Ok(Event::Delete(pod)) => (pod.metadata.name.map(Sight::PodGone), None),
        Ok(Event::InitDone) => (Some(Sight::AllPods), None),
        Err(error) => {
            // Without the right to see them, they are not waited for. Otherwise they are seen later.
            let hidden = is_forbidden(&error).then_some(Sight::NoPods);
            (Some(trouble(Watched::Pods, &error)), hidden)
        }
    };
    first.into_iter().chain(second)
}

fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::InitialListFailed(_)) && refusal(error).is_some_and(Status::is_forbidden)
}

/// What the server said, in a form for people.
fn refusal(error: &Error) -> Option<&Status> {
    match error {
        Error::InitialListFailed(kube::Error::Api(status))
        | Error::WatchStartFailed(kube::Error::Api(status))
        | Error::WatchError(status) => Some(status),
        _ => None,
    }
}

fn pod_view(pod: PartialObjectMeta<Pod>) -> Option<PodView> {
    let labels = pod.metadata.labels.unwrap_or_default();
    Some(PodView {
        name: pod.metadata.name?,
        app: labels.get(APP).cloned().unwrap_or_default(),
    })
}

fn text(found: Option<ConfigMap>, name: &str, key: &str) -> Result<LayoutFile, String> {
    let found = found.ok_or_else(|| format!("there is no ConfigMap {name}"))?;
    let text = found.data.unwrap_or_default().remove(key);
    let text = text.ok_or_else(|| format!("the ConfigMap {name} has no key {key}"))?;
    Ok(LayoutFile::new(text))
}

fn trouble(watched: Watched, error: &Error) -> Sight {
    let what = watched.name();
    let trouble = match refusal(error) {
        Some(status) => format!("watching {what}: {} ({})", status.message, status.code),
        None => format!("watching {what}: {error}"),
    };
    Sight::Trouble(watched, trouble)
}
