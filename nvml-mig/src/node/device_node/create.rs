//! Creates device nodes.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, FileType, Mode, RenameFlags, makedev, mknodat, renameat_with};

use super::{DeviceNode, DeviceNodeKind, NodeFault};
use crate::error::{DriverFileError, Error};

/// Permissions of `/dev/nvidia-caps`, as NVIDIA's tools create it.
const FOLDER_MODE: u32 = 0o755;

const NOT_PERMITTED: &str = "this process may not create device nodes: run as root with CAP_MKNOD, outside of user \
                             namespaces such as rootless containers, or run `nvidia-modprobe`";

impl DeviceNode {
    /// Creates the node if there is nothing in its place, and returns whether it did. For a capability, it also creates
    /// the folder `nvidia-caps`. The node appears complete, with its mode and owner, or not at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use nvml_mig::node::{DeviceNode, DeviceNodeKind};
    ///
    /// let null = DeviceNode::new(DeviceNodeKind::Gpu, "/dev/null", 1, 3);
    /// assert!(!null.create()?); // it exists
    /// # Ok::<(), nvml_mig::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DriverFile`] with the path of the node: of kind `AlreadyExists` if something else is in its place,
    /// `PermissionDenied` if this process may not create device nodes or the driver does not let programs do so.
    pub fn create(&self) -> Result<bool, Error> {
        match self.fault()? {
            None => return Ok(false),
            Some(NodeFault::Absent) => {}
            Some(other) => return Err(self.occupied(other).into()),
        }
        if !self.may_be_created {
            return Err(self.forbidden().into());
        }
        match self.make() {
            Ok(()) => Ok(true),
            // Another process created it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match self.fault()? {
                None => Ok(false),
                Some(other) => Err(self.occupied(other).into()),
            },
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(self.error(error, NOT_PERMITTED).into())
            }
            Err(error) => Err(self.error(error, "can't be created").into()),
        }
    }

    /// Creates it under another name first, so that nobody opens it before it has its mode and owner.
    fn make(&self) -> io::Result<()> {
        if let (DeviceNodeKind::Capability(_), Some(folder)) = (self.kind, self.path.parent()) {
            create_folder(folder)?;
        }
        let new = new_name(&self.path);
        let device = makedev(self.major_number, self.minor_number);
        mknodat(CWD, &new, FileType::CharacterDevice, Mode::empty(), device)?;
        let completed = self.complete(&new);
        if completed.is_err() {
            // The first error is the one to report.
            drop(fs::remove_file(&new));
        }
        completed
    }

    fn complete(&self, new: &Path) -> io::Result<()> {
        chown(new, Some(self.user_id), Some(self.group_id))?;
        fs::set_permissions(new, Permissions::from_mode(self.mode))?;
        Ok(renameat_with(
            CWD,
            new,
            CWD,
            &self.path,
            RenameFlags::NOREPLACE,
        )?)
    }

    fn occupied(&self, found: NodeFault) -> DriverFileError {
        let (major, minor) = (self.major_number, self.minor_number);
        let message = format!(
            "{found} and not {major}:{minor}; if it is left over from before a reboot, remove it and try again"
        );
        self.refusal(io::ErrorKind::AlreadyExists, message)
    }

    fn forbidden(&self) -> DriverFileError {
        let message = "does not exist, and the driver's parameter NVreg_ModifyDeviceFiles=0 forbids programs to create it; \
                       create it in the same way as the other nodes, for example with a udev rule";
        self.refusal(io::ErrorKind::PermissionDenied, message)
    }

    fn refusal(&self, kind: io::ErrorKind, message: impl Into<String>) -> DriverFileError {
        DriverFileError {
            path: self.path.clone(),
            line: None,
            kind,
            message: message.into(),
            source: None,
        }
    }
}

/// Creates `nvidia-caps`, but not the folder above it: a `/dev` that does not exist is a mistake.
fn create_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        // Regardless of the umask, since every user of an instance looks in it.
        Ok(()) => fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)),
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Returns a name beside the node that no other thread or process uses.
fn new_name(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{number}", process::id()));
    path.with_file_name(name)
}
