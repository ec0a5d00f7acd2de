//! What of QEMU's backend is there, for people.

use std::path::PathBuf;

use super::{QemuConfig, QemuVersion, programs};
use crate::VmmError;
use crate::kvm::{self, KvmVerdict};

/// What was found.
#[derive(Debug)]
pub struct QemuReport {
    /// QEMU and its version, or what is wrong with it and what to type.
    pub qemu: Result<(PathBuf, QemuVersion), VmmError>,
    /// The vsock device, or what to type.
    pub vhost_device_vsock: Result<PathBuf, VmmError>,
    /// Whether KVM is usable.
    pub kvm: KvmVerdict,
}

impl QemuReport {
    /// Whether machines can be started, be it slowly.
    pub fn is_usable(&self) -> bool {
        self.qemu.is_ok() && self.vhost_device_vsock.is_ok()
    }
}

/// Looks at everything anew; takes some 60 ms.
pub async fn examine(config: &QemuConfig) -> QemuReport {
    QemuReport {
        qemu: programs::find_qemu(config).await,
        vhost_device_vsock: programs::find_vsock(config),
        kvm: kvm::verdict(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_missing_is_told_for_each_program() {
        let report = examine(&QemuConfig {
            qemu: "/nonexistent/qemu".into(),
            vhost_device_vsock: "/nonexistent/vsock".into(),
            ..QemuConfig::default()
        })
        .await;
        assert!(!report.is_usable());
        assert!(matches!(report.qemu, Err(VmmError::Missing { .. })));
        assert!(report.vhost_device_vsock.is_err());
    }
}
