//! `banger image`: its verbs.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{
    Args, Subcommand, ValueHint,
    builder::{PathBufValueParser, TypedValueParser},
};
use clap_complete::ArgValueCandidates;

use super::{Output, machine::SizeArguments, value};
use crate::complete;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum ImageCommand {
    /// Fetch an image of a registry, or build one of the catalog through the host's apt.
    Pull(PullArguments),
    /// Make an image of an OCI layout or archive, of `docker save`, or of a root file system.
    Import(ImportArguments),
    /// Build an image: run a script or the steps of a Dockerfile in a VM of another image.
    Build(BuildArguments),
    /// Make an image of a root file system that stays where it is; the same name again
    /// updates it.
    Register(RegisterArguments),
    /// Copy a registered image's files to where banger keeps its own.
    Promote(ImageArgument),
    /// Write an image as an OCI archive.
    Export(ExportArguments),
    /// Give an image one more name.
    Tag(TagArguments),
    /// Keep a user and a password for a registry.
    Login(LoginArguments),
    /// Forget the user and the password for a registry.
    Logout(LogoutArguments),
    /// List the images.
    #[command(visible_alias = "ls")]
    List,
    /// Show all about an image.
    Show(ImageArgument),
    /// Take a name off images; with its last name an image is deleted.
    #[command(visible_alias = "rm")]
    Delete(DeleteArguments),
    /// Delete all images that no VM uses, or the oldest of them.
    Prune(PruneArguments),
}

/// `image pull`.
#[derive(Debug, Args)]
pub struct PullArguments {
    /// A name of the catalog, such as debian-bookworm; else a registry's reference, such as
    /// alpine:3.20 or ghcr.io/org/app:tag.
    #[arg(value_name = "IMAGE", add = ArgValueCandidates::new(complete::catalog_images))]
    pub image: String,
    /// Add a package to the catalog's own; needs --name.
    #[arg(short, long = "package", value_name = "PACKAGE")]
    pub packages: Vec<String>,
    /// The name that it gets; by default the catalog's, or the reference.
    #[arg(long)]
    pub name: Option<String>,
    /// Look for a newer one, or build it anew, though it is there already.
    #[arg(long)]
    pub force: bool,
    /// The size of the disks of its VMs where they are created without --disk-size, such as 20GiB; by default
    /// vm_defaults.disk_size, or more where the image is large.
    #[arg(long, value_name = "SIZE", value_parser = value::disk)]
    pub size: Option<u64>,
}

/// `image import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docker save app | banger image import -\n  \
                        skopeo copy docker://alpine oci-archive:alpine.tar && \
                        banger image import alpine.tar\n  \
                        banger image import rootfs.tar.zst --name mine"
)]
pub struct ImportArguments {
    /// A tar, plain or packed with gzip, xz or zstd: an OCI archive, what `docker save`
    /// writes, or a root file system. Or the directory of an OCI layout. - reads standard
    /// input.
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub file: String,
    /// The name that it gets; by default what the archive says, else the file's without its
    /// endings.
    #[arg(long)]
    pub name: Option<String>,
    /// The size of the disks of its VMs where they are created without --disk-size, such as 20GiB; by default
    /// vm_defaults.disk_size, or more where the image is large.
    #[arg(long, value_name = "SIZE", value_parser = value::disk)]
    pub size: Option<u64>,
}

/// `image build`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("steps").required(true).args(["script", "dockerfile"]))]
pub struct BuildArguments {
    /// The name that it gets.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The image to begin with; pulled when it is not there yet. A Dockerfile's FROM says so
    /// itself; of one stage, this comes first.
    #[arg(long, value_name = "IMAGE", required_unless_present = "dockerfile", add = ArgValueCandidates::new(complete::images))]
    pub from: Option<String>,
    /// A script that runs as root: by sh -e, or by what its #! says.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub script: Option<PathBuf>,
    /// The directory of a Dockerfile and of what that copies.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dockerfile: Option<PathBuf>,
    /// The Dockerfile's path in that directory, where it is not Dockerfile.
    #[arg(short, long, value_name = "PATH", requires = "dockerfile")]
    pub file: Option<String>,
    /// The stage that becomes the image, by its name or number, where it is not the last;
    /// stages that it does not need are not built.
    #[arg(long, value_name = "STAGE", requires = "dockerfile")]
    pub target: Option<String>,
    /// Set an ARG of the Dockerfile; without a value it is taken over from here.
    #[arg(long = "build-arg", value_name = "KEY[=VALUE]", value_parser = value::variable, requires = "dockerfile")]
    pub build_args: Vec<value::Variable>,
    /// Take the name from an image that has it.
    #[arg(long)]
    pub replace: bool,
    /// The kernel that the build boots.
    #[arg(long, add = ArgValueCandidates::new(complete::kernels))]
    pub kernel: Option<String>,
    /// The size of the disks of VMs of the new image where they are created without
    /// --disk-size, such as 20GiB; by default vm_defaults.disk_size, or more where the image
    /// is large. The disks of the build's own VM are given by --disk-size.
    #[arg(long, value_name = "SIZE", value_parser = value::disk)]
    pub size: Option<u64>,
    /// What its VM has.
    #[command(flatten)]
    pub machine: SizeArguments,
}

/// `image register`.
#[derive(Debug, Args)]
pub struct RegisterArguments {
    /// The name that it gets.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Its root file system, an ext4; VMs only read it.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub rootfs: PathBuf,
    /// An ext4 that its VMs' home disks, at /root, begin as a copy of.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub work_seed: Option<PathBuf>,
    /// The kernel that its VMs boot where none is asked for, a vmlinux or bzImage: imported
    /// under the name image-NAME.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub kernel: Option<PathBuf>,
    /// The kernel's modules, as in /lib/modules/RELEASE; none where it needs none.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "kernel")]
    pub modules: Option<PathBuf>,
    /// An initrd that has the kernel's modules; nothing else of it is used.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, requires = "kernel", conflicts_with = "modules")]
    pub initrd: Option<PathBuf>,
    /// The size of the disks of its VMs where they are created without --disk-size, such as 20GiB; by default
    /// vm_defaults.disk_size, or more where the image is large.
    #[arg(long, value_name = "SIZE", value_parser = value::disk)]
    pub size: Option<u64>,
}

/// `image export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  banger image export web -o web.tar\n  \
                        banger image export web | skopeo inspect oci-archive:/dev/stdin")]
pub struct ExportArguments {
    /// Its name.
    #[arg(value_name = "IMAGE", add = ArgValueCandidates::new(complete::own_images))]
    pub image: String,
    /// Where the archive goes; - or nothing is standard output.
    #[arg(
        short,
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        value_parser = PathBufValueParser::new().map(Output::File),
    )]
    pub output: Option<Output>,
}

impl ExportArguments {
    /// The file; nothing for standard output.
    pub fn file(&self) -> Option<&Path> {
        match &self.output {
            Some(Output::File(path)) if path != Path::new("-") => Some(path),
            Some(Output::File(_) | Output::Format(_)) | None => None,
        }
    }
}

/// One image.
#[derive(Debug, Args)]
pub struct ImageArgument {
    /// Its name.
    #[arg(value_name = "IMAGE", add = ArgValueCandidates::new(complete::own_images))]
    pub image: String,
}

/// `image tag`.
#[derive(Debug, Args)]
pub struct TagArguments {
    /// Its name or id.
    #[arg(value_name = "IMAGE", add = ArgValueCandidates::new(complete::own_images))]
    pub image: String,
    /// The name that it gets; an image that has it loses it.
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// `image delete`.
#[derive(Debug, Args)]
pub struct DeleteArguments {
    /// Their names or ids; an id stands for the image with all its names.
    #[arg(required = true, value_name = "IMAGE", add = ArgValueCandidates::new(complete::own_images))]
    pub images: Vec<String>,
    /// Delete what VMs use, too: they keep it, and it goes with the last of them.
    #[arg(short, long)]
    pub force: bool,
}

/// `image prune`.
#[derive(Debug, Args)]
pub struct PruneArguments {
    /// Only those made at least that long ago, such as 12h or 30d.
    #[arg(long, value_name = "DURATION", value_parser = value::age)]
    pub older_than: Option<Duration>,
    /// Only the oldest, until what is left takes at most that much, such as 20G.
    #[arg(long, value_name = "SIZE", value_parser = value::mebibytes)]
    pub keep: Option<u64>,
    /// Only list what would be deleted.
    #[arg(long)]
    pub dry_run: bool,
}

/// `image login`.
#[derive(Debug, Args)]
pub struct LoginArguments {
    /// The registry: its host, with the port where it has one.
    #[arg(value_name = "REGISTRY", default_value = "docker.io")]
    pub registry: String,
    /// The user.
    #[arg(short, long, value_name = "USER")]
    pub user: String,
    /// Read the password from standard input; a terminal does not show it otherwise.
    #[arg(long)]
    pub password_stdin: bool,
}

/// `image logout`.
#[derive(Debug, Args)]
pub struct LogoutArguments {
    /// The registry: its host, with the port where it has one.
    #[arg(value_name = "REGISTRY", default_value = "docker.io")]
    pub registry: String,
}
