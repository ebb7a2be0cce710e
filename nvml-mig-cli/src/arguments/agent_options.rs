//! The options of `nvml-mig agent`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};

use super::gpu_client::GpuClient;
use super::node_names;

/// The clients that mig-manager 0.15 pauses, with the label `app` of their pods. It does not wait for nvsm, and `client` stands
/// for programs of others.
const CLIENTS: &str = "device-plugin=nvidia-device-plugin-daemonset,gpu-feature-discovery=gpu-feature-discovery,\
    dcgm-exporter=nvidia-dcgm-exporter,dcgm=nvidia-dcgm,nvsm,client";

/// The most seconds of an option, a year: a time so far ahead can be reckoned with, and a lease can have it.
const MOST: u64 = 365 * 24 * 60 * 60;

/// How the agent works.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentOptions {
    /// The name of the node
    #[arg(long, value_name = "NAME", env = "NODE_NAME")]
    pub(crate) node: String,
    /// The namespace of the agent, in which its lease is
    #[arg(
        long,
        value_name = "NAME",
        env = "POD_NAMESPACE",
        default_value = "nvml-mig"
    )]
    pub(crate) namespace: String,
    /// A name that no other agent has; that of the pod
    #[arg(long, value_name = "NAME", env = "POD_NAME")]
    pub(crate) identity: String,
    /// The `ConfigMap` with the file of layouts, in mig-parted's form
    #[arg(long, value_name = "NAME", default_value = "default-mig-parted-config")]
    pub(crate) config_map: String,
    /// The namespace of the `ConfigMap`; by default, the agent's
    #[arg(long, value_name = "NAME")]
    pub(crate) config_map_namespace: Option<String>,
    /// The key of the file in the `ConfigMap`
    #[arg(long, value_name = "KEY", default_value = "config.yaml")]
    pub(crate) config_map_key: String,
    /// The namespace of the GPU operator, whose pods are waited for; empty if there is none
    #[arg(long, value_name = "NAME", default_value = "gpu-operator")]
    pub(crate) operator_namespace: String,
    /// The clients to pause during a change, each with the label `app` of the pods to wait for
    #[arg(
        long,
        value_name = "CLIENT[=APP]",
        value_delimiter = ',',
        default_value = CLIENTS,
        hide_default_value = true
    )]
    pub(crate) clients: Vec<GpuClient>,
    /// How long to wait for the pods of paused clients to end
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = seconds(0))]
    pub(crate) client_timeout: u64,
    /// Give up after this time if something is in use; 0 gives up at once, and the default is to wait
    #[arg(long, value_name = "SECONDS", value_parser = seconds(0))]
    pub(crate) busy_limit: Option<u64>,
    /// The first delay before another try; it doubles each time
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = seconds(1))]
    pub(crate) retry_delay: u64,
    /// What to do if a MIG mode takes effect only with a reboot
    #[arg(long, value_name = "POLICY", default_value = "none")]
    pub(crate) reboot: RebootPolicy,
    /// The annotation that asks for a reboot
    #[arg(
        long,
        value_name = "NAME",
        default_value = node_names::REBOOT_NEEDED,
        value_parser = node_names::annotation
    )]
    pub(crate) reboot_annotation: String,
    /// The command that reboots the node within half an hour, such as 'chroot /host reboot'; after that it is run again
    #[arg(long, value_name = "COMMAND", required_if_eq("reboot", "own"))]
    pub(crate) reboot_command: Option<String>,
    /// After how long the reboot command is ended, and counts as failed
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = seconds(1))]
    pub(crate) reboot_limit: u64,
    /// Publish in an annotation what could still be made on the GPUs
    #[arg(long)]
    pub(crate) publish_fit: bool,
    /// How often to look whether the layout is still in place, and at what could still be made
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = seconds(1))]
    pub(crate) fit_period: u64,
    /// After how long without the end of a step a call of the driver counts as hanging
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = seconds(2))]
    pub(crate) hang_limit: u64,
    /// Where /metrics, /healthz and /readyz are served; by default on all addresses, IPv6 and IPv4
    #[arg(long, value_name = "ADDRESS", default_value = "[::]:8080")]
    pub(crate) listen: SocketAddr,
    /// How long another agent waits before it takes the node over from one that does not answer
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = seconds(3))]
    pub(crate) lease_duration: u64,
    /// Write the CDI specification of all MIG devices to this file after a change, as container engines read it
    #[arg(long, value_name = "FILE", env = "NVML_MIG_CDI_SPEC")]
    pub(crate) cdi_spec: Option<PathBuf>,
    /// The folder of the locks and journals; all processes on the machine should use the same folder
    #[arg(long, value_name = "FOLDER", env = "NVML_MIG_LOCK_FOLDER")]
    pub(crate) lock_folder: Option<PathBuf>,
}

fn seconds(least: u64) -> RangedU64ValueParser {
    clap::value_parser!(u64).range(least..=MOST)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RebootPolicy {
    /// Only say so
    None,
    /// Set an annotation of the node, for a tool that reboots nodes
    Annotation,
    /// Run a command
    Own,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::net::Ipv6Addr;

    use clap::{Arg, CommandFactory, Parser};

    use super::{AgentOptions, MOST};

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        options: AgentOptions,
    }

    fn options(more: &[&str]) -> Result<AgentOptions, clap::Error> {
        let all = ["agent", "--node", "a", "--identity", "b"];
        Only::try_parse_from(all.iter().chain(more)).map(|only| only.options)
    }

    #[test]
    fn it_does_not_look_without_a_pause() {
        for option in ["--fit-period", "--retry-delay"] {
            assert!(options(&[option, "1"]).is_ok());
            assert!(options(&[option, "0"]).is_err());
        }
    }

    #[test]
    fn times_are_a_year_at_most() {
        let command = Only::command();
        let is_time = |it: &&Arg| it.get_value_names() == Some(&["SECONDS".into()]);
        let times: Vec<&Arg> = command.get_arguments().filter(is_time).collect();
        assert_eq!(times.len(), 7);
        for time in times {
            let option = format!("--{}", time.get_long().unwrap());
            assert!(options(&[&option, &MOST.to_string()]).is_ok(), "{option}");
            for wrong in [MOST + 1, u64::from(u32::MAX), u64::MAX] {
                let refused = options(&[&option, &wrong.to_string()]).unwrap_err();
                assert_eq!(refused.exit_code(), 2);
                assert!(refused.to_string().contains("..=31536000"), "{refused}");
            }
        }
    }

    #[test]
    fn names_that_the_server_would_refuse_are_refused_at_the_start() {
        for right in ["--clients=device-plugin=app,nvsm", "--clients="] {
            assert!(options(&[right]).is_ok(), "{right}");
        }
        for wrong in [
            "--reboot-annotation=weave.works/kured reboot",
            "--clients=device plugin",
            "--clients=nvsm,dcgm=",
            "--clients=a12345678901234567890123456789012345678901234567890123",
        ] {
            assert!(options(&[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_addresses_of_both_families_are_served_by_default() {
        let all = (Ipv6Addr::UNSPECIFIED, 8080).into();
        assert_eq!(options(&[]).unwrap().listen, all);
    }
}
