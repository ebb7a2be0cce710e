//! The API server: what the agent asks of it, and tells it.

use std::future::Future;
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::{ConfigMap, Node, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ObjectMeta, PartialObjectMeta, Patch, PatchParams, PostParams};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Api, Client};
use serde_json::{Value, json};

use super::lease::LeaseView;
use super::node_patch::NodePatch;
use super::node_view::NodeView;
use super::step::Notice;

use crate::arguments::AgentOptions;

/// The longest that a request may take.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest note of an Event is 1 KiB.
const LONGEST_NOTE: usize = 1000;

/// The objects of the API server that matter to the agent.
pub(super) struct Cluster {
    client: Client,
    pub(super) nodes: Api<PartialObjectMeta<Node>>,
    pub(super) node_name: String,
    pub(super) config_maps: Api<ConfigMap>,
    pub(super) leases: Api<Lease>,
    pub(super) lease_name: String,
    lease_seconds: u64,
    identity: String,
    /// `None` if there is no operator.
    pub(super) pods: Option<Api<PartialObjectMeta<Pod>>>,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// The object has changed since it was seen.
    #[error("the object has changed")]
    Conflict,
    /// The API server refuses it, or can't be reached.
    #[error(transparent)]
    Refused(#[from] kube::Error),
    /// No answer.
    #[error("no answer within {} s", LONGEST.as_secs())]
    NoAnswer,
}

impl RequestError {
    /// Whether the server answered, and refuses this very request.
    pub(super) const fn is_by_server(&self) -> bool {
        matches!(self, Self::Refused(kube::Error::Api(_)))
    }
}

impl Cluster {
    pub(super) fn new(client: Client, options: &AgentOptions) -> Self {
        let file_namespace = options.config_map_namespace.as_ref();
        let file_namespace = file_namespace.unwrap_or(&options.namespace);
        let operator = options.operator_namespace.as_str();
        let pods = (!operator.is_empty()).then(|| Api::namespaced(client.clone(), operator));
        Self {
            nodes: Api::all(client.clone()),
            node_name: options.node.clone(),
            config_maps: Api::namespaced(client.clone(), file_namespace),
            leases: Api::namespaced(client.clone(), &options.namespace),
            lease_name: format!("nvml-mig-{}", options.node),
            lease_seconds: options.lease_duration,
            identity: options.identity.clone(),
            pods,
            client,
        }
    }

    /// Reads the node.
    pub(super) async fn node(&self) -> Result<NodeView, RequestError> {
        let node = in_time(self.nodes.get(&self.node_name)).await?;
        Ok(node_view(node.metadata))
    }

    /// Reads the lease.
    pub(super) async fn lease(&self) -> Result<Option<LeaseView>, RequestError> {
        let lease = in_time(self.leases.get_opt(&self.lease_name)).await?;
        Ok(lease.map(lease_view))
    }

    /// Changes the node, unless it has changed since it was seen.
    pub(super) async fn patch_node(
        &self,
        patch: &NodePatch,
        node: &NodeView,
    ) -> Result<NodeView, RequestError> {
        let patch = Patch::Merge(patch.to_json(node));
        let parameters = PatchParams::default();
        let node = in_time(self.nodes.patch(&self.node_name, &parameters, &patch)).await?;
        Ok(node_view(node.metadata))
    }

    /// The same. If the server refuses it, the first part that it takes is written: clients are resumed at least.
    pub(super) async fn write_node(
        &self,
        patch: &NodePatch,
        node: &NodeView,
    ) -> Result<NodeView, (RequestError, Option<NodeView>)> {
        let error = match self.patch_node(patch, node).await {
            Ok(node) => return Ok(node),
            Err(error) => error,
        };
        let parts = patch.parts().into_iter();
        for part in parts.take_while(|_| error.is_by_server()) {
            match self.patch_node(&part, node).await {
                Ok(node) => return Err((error, Some(node))),
                Err(again) if again.is_by_server() => {}
                Err(_) => break,
            }
        }
        // The first reason says enough, and it is tried again.
        Err((error, None))
    }

    /// Takes the lease, or renews it, unless it has changed since it was seen.
    pub(super) async fn claim_lease(
        &self,
        lease: Option<&LeaseView>,
    ) -> Result<LeaseView, RequestError> {
        let now = MicroTime(Timestamp::now());
        let spec = LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(self.lease_seconds).ok(),
            renew_time: Some(now),
            ..LeaseSpec::default()
        };
        let Some(lease) = lease else {
            let metadata = ObjectMeta {
                name: Some(self.lease_name.clone()),
                ..ObjectMeta::default()
            };
            let spec = Some(spec);
            let new = Lease { metadata, spec };
            let parameters = PostParams::default();
            return Ok(lease_view(
                in_time(self.leases.create(&parameters, &new)).await?,
            ));
        };
        self.patch_lease(lease, json!(spec)).await
    }

    /// Gives the lease back, so that the next agent need not wait.
    pub(super) async fn release_lease(&self, lease: &LeaseView) -> Result<(), RequestError> {
        let spec = json!({"holderIdentity": null});
        self.patch_lease(lease, spec).await.map(drop)
    }

    async fn patch_lease(&self, lease: &LeaseView, spec: Value) -> Result<LeaseView, RequestError> {
        let patch = json!({"metadata": {"resourceVersion": lease.version}, "spec": spec});
        let patch = Patch::Merge(patch);
        let parameters = PatchParams::default();
        let lease = in_time(self.leases.patch(&self.lease_name, &parameters, &patch)).await?;
        Ok(lease_view(lease))
    }

    /// Makes an Event of the node.
    pub(super) async fn publish(
        &self,
        notice: &Notice,
        node: &NodeView,
    ) -> Result<(), RequestError> {
        let reporter = Reporter {
            controller: "nvml-mig".to_owned(),
            instance: Some(self.identity.clone()),
        };
        let event = Event {
            type_: if notice.is_warning {
                EventType::Warning
            } else {
                EventType::Normal
            },
            reason: notice.reason.to_owned(),
            note: Some(notice.text.chars().take(LONGEST_NOTE).collect()),
            action: notice.reason.to_owned(),
            secondary: None,
        };
        let node = ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Node".to_owned()),
            name: Some(self.node_name.clone()),
            uid: node.uid.clone(),
            ..ObjectReference::default()
        };
        // A recorder would count a second Event with the same reason, and forget what it says.
        let recorder = Recorder::new(self.client.clone(), reporter);
        in_time(recorder.publish(&event, &node)).await
    }
}

async fn in_time<T>(
    request: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, RequestError> {
    match tokio::time::timeout(LONGEST, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(kube::Error::Api(status))) if status.code == 409 => Err(RequestError::Conflict),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(RequestError::NoAnswer),
    }
}

pub(super) fn node_view(metadata: ObjectMeta) -> NodeView {
    NodeView {
        uid: metadata.uid,
        version: metadata.resource_version,
        labels: metadata.labels.unwrap_or_default(),
        annotations: metadata.annotations.unwrap_or_default(),
    }
}

pub(super) fn lease_view(lease: Lease) -> LeaseView {
    let spec = lease.spec.unwrap_or_default();
    let seconds = spec.lease_duration_seconds.unwrap_or_default();
    LeaseView {
        version: lease.metadata.resource_version,
        holder: spec.holder_identity,
        duration: Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
        seen_at: Instant::now(),
    }
}
