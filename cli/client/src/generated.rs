// Generated from openapi/openapi.json by `make openapi`. Do not edit: change the daemon's
// types or its HTTP functions, and generate it again.

#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    ///A tar stream.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    #[serde(transparent)]
    pub struct Archive(pub ::std::string::String);
    impl ::std::ops::Deref for Archive {
        type Target = ::std::string::String;
        fn deref(&self) -> &::std::string::String {
            &self.0
        }
    }
    impl ::std::convert::From<Archive> for ::std::string::String {
        fn from(value: Archive) -> Self {
            value.0
        }
    }
    impl ::std::convert::From<::std::string::String> for Archive {
        fn from(value: ::std::string::String) -> Self {
            Self(value)
        }
    }
    impl ::std::fmt::Display for Archive {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            self.0.fmt(f)
        }
    }
    impl ::std::str::FromStr for Archive {
        type Err = ::std::convert::Infallible;
        fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> {
            Ok(Self(value.to_string()))
        }
    }
    ///Which log.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum GetLogsSource {
        #[serde(rename = "console")]
        Console,
        #[serde(rename = "vmm")]
        Vmm,
    }
    impl ::std::fmt::Display for GetLogsSource {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Console => f.write_str("console"),
                Self::Vmm => f.write_str("vmm"),
            }
        }
    }
    impl ::std::str::FromStr for GetLogsSource {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "console" => Ok(Self::Console),
                "vmm" => Ok(Self::Vmm),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for GetLogsSource {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for GetLogsSource {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
#[derive(Clone, Debug)]
/**Client for banger

Disposable Linux machines. Served over HTTP on a Unix socket.

Version: 0.1.0*/
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
}
impl Client {
    /// Create a new client.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new(baseurl: &str) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let client = {
            let dur = ::std::time::Duration::from_secs(15u64);
            reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
        };
        #[cfg(target_arch = "wasm32")]
        let client = reqwest::ClientBuilder::new();
        Self::new_with_client(baseurl, client.build().unwrap())
    }
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(baseurl: &str, client: reqwest::Client) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
        }
    }
}
impl ClientInfo<()> for Client {
    fn api_version() -> &'static str {
        "0.1.0"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &() {
        &()
    }
}
impl ClientHooks<()> for &Client {}
impl Client {
    /**Stops the daemon. Running VMs go on, and the next daemon finds them, unless they are to
be stopped too

Sends a `POST` request to `/v1/daemon/stop`

```ignore
let response = client.stop_daemon()
    .body(body)
    .send()
    .await;
```*/
    pub fn stop_daemon(&self) -> builder::StopDaemon<'_> {
        builder::StopDaemon::new(self)
    }
    /**Whether VMs can run here, and how well

Sends a `GET` request to `/v1/doctor`

```ignore
let response = client.get_doctor()
    .send()
    .await;
```*/
    pub fn get_doctor(&self) -> builder::GetDoctor<'_> {
        builder::GetDoctor::new(self)
    }
    /**Everything that changes from now on: events named after their subject, each with an
`Event` as data

Sends a `GET` request to `/v1/events`

```ignore
let response = client.watch_events()
    .send()
    .await;
```*/
    pub fn watch_events(&self) -> builder::WatchEvents<'_> {
        builder::WatchEvents::new(self)
    }
    /**The images

Sends a `GET` request to `/v1/images`

```ignore
let response = client.list_images()
    .send()
    .await;
```*/
    pub fn list_images(&self) -> builder::ListImages<'_> {
        builder::ListImages::new(self)
    }
    /**Builds an image: boots a VM of another, runs a script or the steps of a Dockerfile in it,
and makes an image of its file systems. The VM is gone then, also after a failure. The body
is a tar, not compressed: the script, or the Dockerfile and the files that it copies. What
the steps write stands at `/v1/operations/{operation}/output`

Sends a `POST` request to `/v1/images/build`

Arguments:
- `build_args`: Values for the Dockerfile's ARGs: a JSON object of strings.
- `disk_mib`: The size of the build's disks, in MiB, at least 64.
- `dockerfile`: The Dockerfile's path in the body; `Dockerfile` where absent.
- `from`: The image that it begins with: a name, an id, or a registry's reference. A Dockerfile
of one stage says so itself; what stands here comes first.
- `image_disk_mib`: The size of the disks of the VMs of the image where their creator says none, in MiB.
- `kernel`: The kernel that the build boots; the default one where absent.
- `memory_mib`: The build's memory, in MiB, at least 64.
- `name`: The name that the image gets.
- `replace`: Whether an image that has the name loses it; refused otherwise.
- `script`: The path in the body of a script that is run as root, by `sh -e` or what its `#!` says.
Where it is absent there is a Dockerfile.
- `target`: The stage of the Dockerfile that becomes the image, by its name or number; the last where
absent. Stages that it does not need are not built.
- `vcpus`: The build's processors, 1 to 32.
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `body`: The tar
```ignore
let response = client.build_image()
    .build_args(build_args)
    .disk_mib(disk_mib)
    .dockerfile(dockerfile)
    .from(from)
    .image_disk_mib(image_disk_mib)
    .kernel(kernel)
    .memory_mib(memory_mib)
    .name(name)
    .replace(replace)
    .script(script)
    .target(target)
    .vcpus(vcpus)
    .wait(wait)
    .body(body)
    .send()
    .await;
```*/
    pub fn build_image(&self) -> builder::BuildImage<'_> {
        builder::BuildImage::new(self)
    }
    /**Makes an image of an archive: an OCI archive (a tar of an OCI layout), what `docker save`
writes, or a tar of a root file system; plain, gzip, xz or zstd. Its content tells which.
Answers when it is complete, with the image's name as the operation's target; a client
that goes away cancels it

Sends a `POST` request to `/v1/images/import`

Arguments:
- `disk_mib`: The size of its VMs' disks where their creator says none, in MiB.
- `fallback_name`: The name that it gets when neither is there, such as that of the archive's file.
- `name`: The name that the image gets; by default what its archive says.
- `body`: The tar
```ignore
let response = client.import_image()
    .disk_mib(disk_mib)
    .fallback_name(fallback_name)
    .name(name)
    .body(body)
    .send()
    .await;
```*/
    pub fn import_image(&self) -> builder::ImportImage<'_> {
        builder::ImportImage::new(self)
    }
    /**Removes images that no VM uses, the oldest first

Sends a `POST` request to `/v1/images/prune`

```ignore
let response = client.prune_images()
    .body(body)
    .send()
    .await;
```*/
    pub fn prune_images(&self) -> builder::PruneImages<'_> {
        builder::PruneImages::new(self)
    }
    /**Fetches an image of a registry, or builds one of the catalog from packages, through the
host's apt sources

Sends a `POST` request to `/v1/images/pull`

Arguments:
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `body`
```ignore
let response = client.pull_image()
    .wait(wait)
    .body(body)
    .send()
    .await;
```*/
    pub fn pull_image(&self) -> builder::PullImage<'_> {
        builder::PullImage::new(self)
    }
    /**Makes an image of files that stay where they are. A registered image of that name is
updated and keeps its id

Sends a `POST` request to `/v1/images/register`

```ignore
let response = client.register_image()
    .body(body)
    .send()
    .await;
```*/
    pub fn register_image(&self) -> builder::RegisterImage<'_> {
        builder::RegisterImage::new(self)
    }
    /**An image

Sends a `GET` request to `/v1/images/{image}`

Arguments:
- `image`: Its name or id
```ignore
let response = client.get_image()
    .image(image)
    .send()
    .await;
```*/
    pub fn get_image(&self) -> builder::GetImage<'_> {
        builder::GetImage::new(self)
    }
    /**Takes a name off an image; with its last name, or by its id, the image is removed

Sends a `DELETE` request to `/v1/images/{image}`

Arguments:
- `image`: Its name or id
- `force`: Take it away though VMs use it: they keep it, and it goes with the last of them.
```ignore
let response = client.delete_image()
    .image(image)
    .force(force)
    .send()
    .await;
```*/
    pub fn delete_image(&self) -> builder::DeleteImage<'_> {
        builder::DeleteImage::new(self)
    }
    /**Writes an image as an OCI archive, a tar of an OCI layout: as it came, digest for digest,
where its layers are kept; else its root file system as one layer, which takes a while
before the answer begins. A stream that breaks off is not complete

Sends a `GET` request to `/v1/images/{image}/export`

Arguments:
- `image`: Its name or id
```ignore
let response = client.export_image()
    .image(image)
    .send()
    .await;
```*/
    pub fn export_image(&self) -> builder::ExportImage<'_> {
        builder::ExportImage::new(self)
    }
    /**Copies the files of a registered image to where the daemon keeps its own. Its id stays. What
it has in /root is kept as its work-seed when that is large; a VM is booted to see it

Sends a `POST` request to `/v1/images/{image}/promote`

Arguments:
- `image`: Its name or id
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
```ignore
let response = client.promote_image()
    .image(image)
    .wait(wait)
    .send()
    .await;
```*/
    pub fn promote_image(&self) -> builder::PromoteImage<'_> {
        builder::PromoteImage::new(self)
    }
    /**Gives an image one more name

Sends a `POST` request to `/v1/images/{image}/tag`

Arguments:
- `image`: Its name or id
- `body`
```ignore
let response = client.tag_image()
    .image(image)
    .body(body)
    .send()
    .await;
```*/
    pub fn tag_image(&self) -> builder::TagImage<'_> {
        builder::TagImage::new(self)
    }
    /**The kernels

Sends a `GET` request to `/v1/kernels`

```ignore
let response = client.list_kernels()
    .send()
    .await;
```*/
    pub fn list_kernels(&self) -> builder::ListKernels<'_> {
        builder::ListKernels::new(self)
    }
    /**What `pull` can fetch: the kernels that are built in, and those of the catalog in the
settings, which is asked now

Sends a `GET` request to `/v1/kernels/catalog`

```ignore
let response = client.list_kernel_catalog()
    .send()
    .await;
```*/
    pub fn list_kernel_catalog(&self) -> builder::ListKernelCatalog<'_> {
        builder::ListKernelCatalog::new(self)
    }
    /**Takes a kernel from the host's files, from an address, or the host's own

Sends a `POST` request to `/v1/kernels/import`

Arguments:
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `body`
```ignore
let response = client.import_kernel()
    .wait(wait)
    .body(body)
    .send()
    .await;
```*/
    pub fn import_kernel(&self) -> builder::ImportKernel<'_> {
        builder::ImportKernel::new(self)
    }
    /**Fetches a kernel: one that is built in through the host's package manager, others as the
catalog in the settings says

Sends a `POST` request to `/v1/kernels/pull`

Arguments:
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `body`
```ignore
let response = client.pull_kernel()
    .wait(wait)
    .body(body)
    .send()
    .await;
```*/
    pub fn pull_kernel(&self) -> builder::PullKernel<'_> {
        builder::PullKernel::new(self)
    }
    /**A kernel

Sends a `GET` request to `/v1/kernels/{kernel}`

Arguments:
- `kernel`: Its name or id
```ignore
let response = client.get_kernel()
    .kernel(kernel)
    .send()
    .await;
```*/
    pub fn get_kernel(&self) -> builder::GetKernel<'_> {
        builder::GetKernel::new(self)
    }
    /**Removes a kernel that no VM uses

Sends a `DELETE` request to `/v1/kernels/{kernel}`

Arguments:
- `kernel`: Its name or id
- `force`: Take it away though VMs use it: they keep it, and it goes with the last of them.
```ignore
let response = client.delete_kernel()
    .kernel(kernel)
    .force(force)
    .send()
    .await;
```*/
    pub fn delete_kernel(&self) -> builder::DeleteKernel<'_> {
        builder::DeleteKernel::new(self)
    }
    /**This API's description, in OpenAPI 3.1

Sends a `GET` request to `/v1/openapi.json`

```ignore
let response = client.get_openapi()
    .send()
    .await;
```*/
    pub fn get_openapi(&self) -> builder::GetOpenapi<'_> {
        builder::GetOpenapi::new(self)
    }
    /**Operations, the newest first

Sends a `GET` request to `/v1/operations`

```ignore
let response = client.list_operations()
    .send()
    .await;
```*/
    pub fn list_operations(&self) -> builder::ListOperations<'_> {
        builder::ListOperations::new(self)
    }
    /**An operation

Sends a `GET` request to `/v1/operations/{operation}`

Arguments:
- `operation`: Its id, or an unambiguous prefix
```ignore
let response = client.get_operation()
    .operation(operation)
    .send()
    .await;
```*/
    pub fn get_operation(&self) -> builder::GetOperation<'_> {
        builder::GetOperation::new(self)
    }
    /**Asks an operation to end early. It has ended when its state says so

Sends a `POST` request to `/v1/operations/{operation}/cancel`

Arguments:
- `operation`: Its id, or an unambiguous prefix
```ignore
let response = client.cancel_operation()
    .operation(operation)
    .send()
    .await;
```*/
    pub fn cancel_operation(&self) -> builder::CancelOperation<'_> {
        builder::CancelOperation::new(self)
    }
    /**Follows an operation: `operation` events, each with all of it, the last one with its end

Sends a `GET` request to `/v1/operations/{operation}/events`

Arguments:
- `operation`: Its id, or an unambiguous prefix
- `cancel_on_disconnect`: Cancel the operation when this stream is closed before its end.
```ignore
let response = client.watch_operation()
    .operation(operation)
    .cancel_on_disconnect(cancel_on_disconnect)
    .send()
    .await;
```*/
    pub fn watch_operation(&self) -> builder::WatchOperation<'_> {
        builder::WatchOperation::new(self)
    }
    /**What an operation's programs write, such as the steps of a build: as it comes, until they
end. Of much, the beginning is lost; of most operations there is none

Sends a `GET` request to `/v1/operations/{operation}/output`

Arguments:
- `operation`: Its id, or an unambiguous prefix
```ignore
let response = client.get_operation_output()
    .operation(operation)
    .send()
    .await;
```*/
    pub fn get_operation_output(&self) -> builder::GetOperationOutput<'_> {
        builder::GetOperationOutput::new(self)
    }
    /**Checks a user and a password with a registry, and keeps them for pulls

Sends a `PUT` request to `/v1/registries/{registry}/login`

Arguments:
- `registry`: Its host, with the port where it has one
- `body`
```ignore
let response = client.log_in()
    .registry(registry)
    .body(body)
    .send()
    .await;
```*/
    pub fn log_in(&self) -> builder::LogIn<'_> {
        builder::LogIn::new(self)
    }
    /**Forgets the user and the password for a registry

Sends a `DELETE` request to `/v1/registries/{registry}/login`

Arguments:
- `registry`: Its host, with the port where it has one
```ignore
let response = client.log_out()
    .registry(registry)
    .send()
    .await;
```*/
    pub fn log_out(&self) -> builder::LogOut<'_> {
        builder::LogOut::new(self)
    }
    /**What runs

Sends a `GET` request to `/v1/status`

```ignore
let response = client.get_status()
    .send()
    .await;
```*/
    pub fn get_status(&self) -> builder::GetStatus<'_> {
        builder::GetStatus::new(self)
    }
    /**The VMs

Sends a `GET` request to `/v1/vms`

```ignore
let response = client.list_vms()
    .send()
    .await;
```*/
    pub fn list_vms(&self) -> builder::ListVms<'_> {
        builder::ListVms::new(self)
    }
    /**Makes a VM and, unless asked not to, starts it. The operation's target is its id

Sends a `POST` request to `/v1/vms`

Arguments:
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `body`
```ignore
let response = client.create_vm()
    .wait(wait)
    .body(body)
    .send()
    .await;
```*/
    pub fn create_vm(&self) -> builder::CreateVm<'_> {
        builder::CreateVm::new(self)
    }
    /**A VM

Sends a `GET` request to `/v1/vms/{vm}`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
```ignore
let response = client.get_vm()
    .vm(vm)
    .send()
    .await;
```*/
    pub fn get_vm(&self) -> builder::GetVm<'_> {
        builder::GetVm::new(self)
    }
    /**Deletes a VM with its disks

Sends a `DELETE` request to `/v1/vms/{vm}`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `force`: End it at once if it runs.
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
```ignore
let response = client.delete_vm()
    .vm(vm)
    .force(force)
    .wait(wait)
    .send()
    .await;
```*/
    pub fn delete_vm(&self) -> builder::DeleteVm<'_> {
        builder::DeleteVm::new(self)
    }
    /**Makes an image of the file systems of a VM that runs: `/` and `/root`

Sends a `POST` request to `/v1/vms/{vm}/commit`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `body`
```ignore
let response = client.commit_vm()
    .vm(vm)
    .wait(wait)
    .body(body)
    .send()
    .await;
```*/
    pub fn commit_vm(&self) -> builder::CommitVm<'_> {
        builder::CommitVm::new(self)
    }
    /**Runs a command in a VM and answers with what it says, as `ExecOutput` events. When the
client goes away the command is killed, or left, as the request asks

Sends a `POST` request to `/v1/vms/{vm}/exec`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `body`
```ignore
let response = client.exec_command()
    .vm(vm)
    .body(body)
    .send()
    .await;
```*/
    pub fn exec_command(&self) -> builder::ExecCommand<'_> {
        builder::ExecCommand::new(self)
    }
    /**What a running guest tells of itself

Sends a `GET` request to `/v1/vms/{vm}/facts`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
```ignore
let response = client.get_vm_facts()
    .vm(vm)
    .send()
    .await;
```*/
    pub fn get_vm_facts(&self) -> builder::GetVmFacts<'_> {
        builder::GetVmFacts::new(self)
    }
    /**Packs a path of the guest into a tar stream. A stream that breaks off is not complete

Sends a `GET` request to `/v1/vms/{vm}/files`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `path`: An absolute path of the guest; a directory comes with all beneath it.
```ignore
let response = client.get_files()
    .vm(vm)
    .path(path)
    .send()
    .await;
```*/
    pub fn get_files(&self) -> builder::GetFiles<'_> {
        builder::GetFiles::new(self)
    }
    /**Unpacks a tar stream in the guest

Sends a `PUT` request to `/v1/vms/{vm}/files`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `keep_owners`: Take owners from the archive; all belongs to root otherwise.
- `path`: An absolute directory of the guest; made where it is missing.
- `body`: The tar, not compressed
```ignore
let response = client.put_files()
    .vm(vm)
    .keep_owners(keep_owners)
    .path(path)
    .body(body)
    .send()
    .await;
```*/
    pub fn put_files(&self) -> builder::PutFiles<'_> {
        builder::PutFiles::new(self)
    }
    /**Holds a VM: when this stream's client goes away, and be it killed, the VM is deleted, as
with `force`. The stream says nothing and ends when the VM is gone or the daemon stops,
which deletes nothing

Sends a `GET` request to `/v1/vms/{vm}/hold`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
```ignore
let response = client.hold_vm()
    .vm(vm)
    .send()
    .await;
```*/
    pub fn hold_vm(&self) -> builder::HoldVm<'_> {
        builder::HoldVm::new(self)
    }
    /**Sends a signal to the VMM of a VM; KILL is a power cut. The VM is stopped then

Sends a `POST` request to `/v1/vms/{vm}/kill`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `body`
```ignore
let response = client.kill_vm()
    .vm(vm)
    .body(body)
    .send()
    .await;
```*/
    pub fn kill_vm(&self) -> builder::KillVm<'_> {
        builder::KillVm::new(self)
    }
    /**A VM's log, as it is: bytes of the guest's console are not text for sure

Sends a `GET` request to `/v1/vms/{vm}/logs`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `follow`: Go on as the log grows, until the VM stops.
- `source`: Which one.
- `tail`: Only that many lines from the end.
```ignore
let response = client.get_logs()
    .vm(vm)
    .follow(follow)
    .source(source)
    .tail(tail)
    .send()
    .await;
```*/
    pub fn get_logs(&self) -> builder::GetLogs<'_> {
        builder::GetLogs::new(self)
    }
    /**Stops and starts a VM

Sends a `POST` request to `/v1/vms/{vm}/restart`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `wait_for`: `agent`: it can run a command; `system`: its init has started all services.
```ignore
let response = client.restart_vm()
    .vm(vm)
    .wait(wait)
    .wait_for(wait_for)
    .send()
    .await;
```*/
    pub fn restart_vm(&self) -> builder::RestartVm<'_> {
        builder::RestartVm::new(self)
    }
    /**Starts a stopped VM

Sends a `POST` request to `/v1/vms/{vm}/start`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
- `wait_for`: `agent`: it can run a command; `system`: its init has started all services.
```ignore
let response = client.start_vm()
    .vm(vm)
    .wait(wait)
    .wait_for(wait_for)
    .send()
    .await;
```*/
    pub fn start_vm(&self) -> builder::StartVm<'_> {
        builder::StartVm::new(self)
    }
    /**Stops a VM: cleanly, and after a minute by force. Its disks are kept

Sends a `POST` request to `/v1/vms/{vm}/stop`

Arguments:
- `vm`: Its name, its id, or an unambiguous prefix
- `wait`: Answer when the operation has ended: with it when it succeeded, with its problem when
it did not. Answers 202 at once otherwise.
```ignore
let response = client.stop_vm()
    .vm(vm)
    .wait(wait)
    .send()
    .await;
```*/
    pub fn stop_vm(&self) -> builder::StopVm<'_> {
        builder::StopVm::new(self)
    }
}
/// Types for composing operation parameters.
#[allow(clippy::all)]
pub mod builder {
    use super::types;
    #[allow(unused_imports)]
    use super::{
        encode_path, ByteStream, ClientInfo, ClientHooks, Error, OperationInfo,
        RequestBuilderExt, ResponseValue,
    };
    /**Builder for [`Client::stop_daemon`]

[`Client::stop_daemon`]: super::Client::stop_daemon*/
    #[derive(Debug, Clone)]
    pub struct StopDaemon<'a> {
        client: &'a super::Client,
        body: Result<banger_api::StopDaemon, String>,
    }
    impl<'a> StopDaemon<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::StopDaemon>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: StopDaemon` for body failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/daemon/stop`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<()>, Error<banger_api::Problem>> {
            let Self { client, body } = self;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/daemon/stop", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "stop_daemon",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_doctor`]

[`Client::get_doctor`]: super::Client::get_doctor*/
    #[derive(Debug, Clone)]
    pub struct GetDoctor<'a> {
        client: &'a super::Client,
    }
    impl<'a> GetDoctor<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/doctor`
        pub async fn send(
            self,
        ) -> Result<
            ResponseValue<banger_api::DoctorReport>,
            Error<banger_api::Problem>,
        > {
            let Self { client } = self;
            let url = format!("{}/v1/doctor", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_doctor",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::watch_events`]

[`Client::watch_events`]: super::Client::watch_events*/
    #[derive(Debug, Clone)]
    pub struct WatchEvents<'a> {
        client: &'a super::Client,
    }
    impl<'a> WatchEvents<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/events`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client } = self;
            let url = format!("{}/v1/events", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client.client.get(url).headers(header_map).build()?;
            let info = OperationInfo {
                operation_id: "watch_events",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::list_images`]

[`Client::list_images`]: super::Client::list_images*/
    #[derive(Debug, Clone)]
    pub struct ListImages<'a> {
        client: &'a super::Client,
    }
    impl<'a> ListImages<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/images`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::ImageList>, Error<banger_api::Problem>> {
            let Self { client } = self;
            let url = format!("{}/v1/images", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_images",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::build_image`]

[`Client::build_image`]: super::Client::build_image*/
    #[derive(Debug)]
    pub struct BuildImage<'a> {
        client: &'a super::Client,
        build_args: Result<Option<::std::string::String>, String>,
        disk_mib: Result<Option<i64>, String>,
        dockerfile: Result<Option<::std::string::String>, String>,
        from: Result<Option<::std::string::String>, String>,
        image_disk_mib: Result<Option<i64>, String>,
        kernel: Result<Option<::std::string::String>, String>,
        memory_mib: Result<Option<i32>, String>,
        name: Result<::std::string::String, String>,
        replace: Result<Option<bool>, String>,
        script: Result<Option<::std::string::String>, String>,
        target: Result<Option<::std::string::String>, String>,
        vcpus: Result<Option<::std::num::NonZeroU32>, String>,
        wait: Result<Option<bool>, String>,
        body: Result<reqwest::Body, String>,
    }
    impl<'a> BuildImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                build_args: Ok(None),
                disk_mib: Ok(None),
                dockerfile: Ok(None),
                from: Ok(None),
                image_disk_mib: Ok(None),
                kernel: Ok(None),
                memory_mib: Ok(None),
                name: Err("name was not initialized".to_string()),
                replace: Ok(None),
                script: Ok(None),
                target: Ok(None),
                vcpus: Ok(None),
                wait: Ok(None),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn build_args<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.build_args = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for build_args failed"
                        .to_string()
                });
            self
        }
        pub fn disk_mib<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<i64>,
        {
            self.disk_mib = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `i64` for disk_mib failed".to_string());
            self
        }
        pub fn dockerfile<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.dockerfile = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for dockerfile failed"
                        .to_string()
                });
            self
        }
        pub fn from<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.from = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for from failed"
                        .to_string()
                });
            self
        }
        pub fn image_disk_mib<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<i64>,
        {
            self.image_disk_mib = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `i64` for image_disk_mib failed".to_string()
                });
            self
        }
        pub fn kernel<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.kernel = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for kernel failed"
                        .to_string()
                });
            self
        }
        pub fn memory_mib<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<i32>,
        {
            self.memory_mib = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `i32` for memory_mib failed".to_string());
            self
        }
        pub fn name<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.name = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for name failed"
                        .to_string()
                });
            self
        }
        pub fn replace<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.replace = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for replace failed".to_string());
            self
        }
        pub fn script<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.script = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for script failed"
                        .to_string()
                });
            self
        }
        pub fn target<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.target = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for target failed"
                        .to_string()
                });
            self
        }
        pub fn vcpus<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::num::NonZeroU32>,
        {
            self.vcpus = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: num :: NonZeroU32` for vcpus failed"
                        .to_string()
                });
            self
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn body<B>(mut self, value: B) -> Self
        where
            B: std::convert::TryInto<reqwest::Body>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `reqwest::Body` for body failed".to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/images/build`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self {
                client,
                build_args,
                disk_mib,
                dockerfile,
                from,
                image_disk_mib,
                kernel,
                memory_mib,
                name,
                replace,
                script,
                target,
                vcpus,
                wait,
                body,
            } = self;
            let build_args = build_args.map_err(Error::InvalidRequest)?;
            let disk_mib = disk_mib.map_err(Error::InvalidRequest)?;
            let dockerfile = dockerfile.map_err(Error::InvalidRequest)?;
            let from = from.map_err(Error::InvalidRequest)?;
            let image_disk_mib = image_disk_mib.map_err(Error::InvalidRequest)?;
            let kernel = kernel.map_err(Error::InvalidRequest)?;
            let memory_mib = memory_mib.map_err(Error::InvalidRequest)?;
            let name = name.map_err(Error::InvalidRequest)?;
            let replace = replace.map_err(Error::InvalidRequest)?;
            let script = script.map_err(Error::InvalidRequest)?;
            let target = target.map_err(Error::InvalidRequest)?;
            let vcpus = vcpus.map_err(Error::InvalidRequest)?;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/images/build", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .header(
                    ::reqwest::header::CONTENT_TYPE,
                    ::reqwest::header::HeaderValue::from_static(
                        "application/octet-stream",
                    ),
                )
                .body(body)
                .query(&progenitor_client::QueryParam::new("build_args", &build_args))
                .query(&progenitor_client::QueryParam::new("disk_mib", &disk_mib))
                .query(&progenitor_client::QueryParam::new("dockerfile", &dockerfile))
                .query(&progenitor_client::QueryParam::new("from", &from))
                .query(
                    &progenitor_client::QueryParam::new(
                        "image_disk_mib",
                        &image_disk_mib,
                    ),
                )
                .query(&progenitor_client::QueryParam::new("kernel", &kernel))
                .query(&progenitor_client::QueryParam::new("memory_mib", &memory_mib))
                .query(&progenitor_client::QueryParam::new("name", &name))
                .query(&progenitor_client::QueryParam::new("replace", &replace))
                .query(&progenitor_client::QueryParam::new("script", &script))
                .query(&progenitor_client::QueryParam::new("target", &target))
                .query(&progenitor_client::QueryParam::new("vcpus", &vcpus))
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "build_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::import_image`]

[`Client::import_image`]: super::Client::import_image*/
    #[derive(Debug)]
    pub struct ImportImage<'a> {
        client: &'a super::Client,
        disk_mib: Result<Option<i64>, String>,
        fallback_name: Result<Option<::std::string::String>, String>,
        name: Result<Option<::std::string::String>, String>,
        body: Result<reqwest::Body, String>,
    }
    impl<'a> ImportImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                disk_mib: Ok(None),
                fallback_name: Ok(None),
                name: Ok(None),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn disk_mib<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<i64>,
        {
            self.disk_mib = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `i64` for disk_mib failed".to_string());
            self
        }
        pub fn fallback_name<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.fallback_name = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for fallback_name failed"
                        .to_string()
                });
            self
        }
        pub fn name<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.name = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for name failed"
                        .to_string()
                });
            self
        }
        pub fn body<B>(mut self, value: B) -> Self
        where
            B: std::convert::TryInto<reqwest::Body>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `reqwest::Body` for body failed".to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/images/import`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, disk_mib, fallback_name, name, body } = self;
            let disk_mib = disk_mib.map_err(Error::InvalidRequest)?;
            let fallback_name = fallback_name.map_err(Error::InvalidRequest)?;
            let name = name.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/images/import", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .header(
                    ::reqwest::header::CONTENT_TYPE,
                    ::reqwest::header::HeaderValue::from_static(
                        "application/octet-stream",
                    ),
                )
                .body(body)
                .query(&progenitor_client::QueryParam::new("disk_mib", &disk_mib))
                .query(
                    &progenitor_client::QueryParam::new("fallback_name", &fallback_name),
                )
                .query(&progenitor_client::QueryParam::new("name", &name))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "import_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::prune_images`]

[`Client::prune_images`]: super::Client::prune_images*/
    #[derive(Debug, Clone)]
    pub struct PruneImages<'a> {
        client: &'a super::Client,
        body: Result<banger_api::PruneImages, String>,
    }
    impl<'a> PruneImages<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::PruneImages>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: PruneImages` for body failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/images/prune`
        pub async fn send(
            self,
        ) -> Result<
            ResponseValue<banger_api::PrunedImages>,
            Error<banger_api::Problem>,
        > {
            let Self { client, body } = self;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/images/prune", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "prune_images",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::pull_image`]

[`Client::pull_image`]: super::Client::pull_image*/
    #[derive(Debug, Clone)]
    pub struct PullImage<'a> {
        client: &'a super::Client,
        wait: Result<Option<bool>, String>,
        body: Result<banger_api::PullImage, String>,
    }
    impl<'a> PullImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                wait: Ok(None),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::PullImage>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: PullImage` for body failed".to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/images/pull`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, wait, body } = self;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/images/pull", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "pull_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::register_image`]

[`Client::register_image`]: super::Client::register_image*/
    #[derive(Debug, Clone)]
    pub struct RegisterImage<'a> {
        client: &'a super::Client,
        body: Result<banger_api::RegisterImage, String>,
    }
    impl<'a> RegisterImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::RegisterImage>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: RegisterImage` for body failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/images/register`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Image>, Error<banger_api::Problem>> {
            let Self { client, body } = self;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/images/register", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "register_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_image`]

[`Client::get_image`]: super::Client::get_image*/
    #[derive(Debug, Clone)]
    pub struct GetImage<'a> {
        client: &'a super::Client,
        image: Result<::std::string::String, String>,
    }
    impl<'a> GetImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                image: Err("image was not initialized".to_string()),
            }
        }
        pub fn image<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.image = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for image failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/images/{image}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Image>, Error<banger_api::Problem>> {
            let Self { client, image } = self;
            let image = image.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/images/{}", client.baseurl, encode_path(& image.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::delete_image`]

[`Client::delete_image`]: super::Client::delete_image*/
    #[derive(Debug, Clone)]
    pub struct DeleteImage<'a> {
        client: &'a super::Client,
        image: Result<::std::string::String, String>,
        force: Result<Option<bool>, String>,
    }
    impl<'a> DeleteImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                image: Err("image was not initialized".to_string()),
                force: Ok(None),
            }
        }
        pub fn image<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.image = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for image failed"
                        .to_string()
                });
            self
        }
        pub fn force<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.force = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for force failed".to_string());
            self
        }
        ///Sends a `DELETE` request to `/v1/images/{image}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<()>, Error<banger_api::Problem>> {
            let Self { client, image, force } = self;
            let image = image.map_err(Error::InvalidRequest)?;
            let force = force.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/images/{}", client.baseurl, encode_path(& image.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .delete(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("force", &force))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "delete_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::export_image`]

[`Client::export_image`]: super::Client::export_image*/
    #[derive(Debug, Clone)]
    pub struct ExportImage<'a> {
        client: &'a super::Client,
        image: Result<::std::string::String, String>,
    }
    impl<'a> ExportImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                image: Err("image was not initialized".to_string()),
            }
        }
        pub fn image<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.image = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for image failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/images/{image}/export`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client, image } = self;
            let image = image.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/images/{}/export", client.baseurl, encode_path(& image
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client.client.get(url).headers(header_map).build()?;
            let info = OperationInfo {
                operation_id: "export_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::promote_image`]

[`Client::promote_image`]: super::Client::promote_image*/
    #[derive(Debug, Clone)]
    pub struct PromoteImage<'a> {
        client: &'a super::Client,
        image: Result<::std::string::String, String>,
        wait: Result<Option<bool>, String>,
    }
    impl<'a> PromoteImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                image: Err("image was not initialized".to_string()),
                wait: Ok(None),
            }
        }
        pub fn image<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.image = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for image failed"
                        .to_string()
                });
            self
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        ///Sends a `POST` request to `/v1/images/{image}/promote`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, image, wait } = self;
            let image = image.map_err(Error::InvalidRequest)?;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/images/{}/promote", client.baseurl, encode_path(& image
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "promote_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::tag_image`]

[`Client::tag_image`]: super::Client::tag_image*/
    #[derive(Debug, Clone)]
    pub struct TagImage<'a> {
        client: &'a super::Client,
        image: Result<::std::string::String, String>,
        body: Result<banger_api::TagImage, String>,
    }
    impl<'a> TagImage<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                image: Err("image was not initialized".to_string()),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn image<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.image = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for image failed"
                        .to_string()
                });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::TagImage>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: TagImage` for body failed".to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/images/{image}/tag`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Image>, Error<banger_api::Problem>> {
            let Self { client, image, body } = self;
            let image = image.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/images/{}/tag", client.baseurl, encode_path(& image.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "tag_image",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::list_kernels`]

[`Client::list_kernels`]: super::Client::list_kernels*/
    #[derive(Debug, Clone)]
    pub struct ListKernels<'a> {
        client: &'a super::Client,
    }
    impl<'a> ListKernels<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/kernels`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::KernelList>, Error<banger_api::Problem>> {
            let Self { client } = self;
            let url = format!("{}/v1/kernels", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_kernels",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::list_kernel_catalog`]

[`Client::list_kernel_catalog`]: super::Client::list_kernel_catalog*/
    #[derive(Debug, Clone)]
    pub struct ListKernelCatalog<'a> {
        client: &'a super::Client,
    }
    impl<'a> ListKernelCatalog<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/kernels/catalog`
        pub async fn send(
            self,
        ) -> Result<
            ResponseValue<banger_api::KernelCatalog>,
            Error<banger_api::Problem>,
        > {
            let Self { client } = self;
            let url = format!("{}/v1/kernels/catalog", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_kernel_catalog",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::import_kernel`]

[`Client::import_kernel`]: super::Client::import_kernel*/
    #[derive(Debug, Clone)]
    pub struct ImportKernel<'a> {
        client: &'a super::Client,
        wait: Result<Option<bool>, String>,
        body: Result<banger_api::ImportKernel, String>,
    }
    impl<'a> ImportKernel<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                wait: Ok(None),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::ImportKernel>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: ImportKernel` for body failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/kernels/import`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, wait, body } = self;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/kernels/import", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "import_kernel",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::pull_kernel`]

[`Client::pull_kernel`]: super::Client::pull_kernel*/
    #[derive(Debug, Clone)]
    pub struct PullKernel<'a> {
        client: &'a super::Client,
        wait: Result<Option<bool>, String>,
        body: Result<banger_api::PullKernel, String>,
    }
    impl<'a> PullKernel<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                wait: Ok(None),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::PullKernel>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: PullKernel` for body failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/kernels/pull`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, wait, body } = self;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/kernels/pull", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "pull_kernel",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_kernel`]

[`Client::get_kernel`]: super::Client::get_kernel*/
    #[derive(Debug, Clone)]
    pub struct GetKernel<'a> {
        client: &'a super::Client,
        kernel: Result<::std::string::String, String>,
    }
    impl<'a> GetKernel<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                kernel: Err("kernel was not initialized".to_string()),
            }
        }
        pub fn kernel<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.kernel = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for kernel failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/kernels/{kernel}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Kernel>, Error<banger_api::Problem>> {
            let Self { client, kernel } = self;
            let kernel = kernel.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/kernels/{}", client.baseurl, encode_path(& kernel.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_kernel",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::delete_kernel`]

[`Client::delete_kernel`]: super::Client::delete_kernel*/
    #[derive(Debug, Clone)]
    pub struct DeleteKernel<'a> {
        client: &'a super::Client,
        kernel: Result<::std::string::String, String>,
        force: Result<Option<bool>, String>,
    }
    impl<'a> DeleteKernel<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                kernel: Err("kernel was not initialized".to_string()),
                force: Ok(None),
            }
        }
        pub fn kernel<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.kernel = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for kernel failed"
                        .to_string()
                });
            self
        }
        pub fn force<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.force = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for force failed".to_string());
            self
        }
        ///Sends a `DELETE` request to `/v1/kernels/{kernel}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<()>, Error<banger_api::Problem>> {
            let Self { client, kernel, force } = self;
            let kernel = kernel.map_err(Error::InvalidRequest)?;
            let force = force.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/kernels/{}", client.baseurl, encode_path(& kernel.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .delete(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("force", &force))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "delete_kernel",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_openapi`]

[`Client::get_openapi`]: super::Client::get_openapi*/
    #[derive(Debug, Clone)]
    pub struct GetOpenapi<'a> {
        client: &'a super::Client,
    }
    impl<'a> GetOpenapi<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/openapi.json`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<::serde_json::Value>, Error<banger_api::Problem>> {
            let Self { client } = self;
            let url = format!("{}/v1/openapi.json", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_openapi",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::list_operations`]

[`Client::list_operations`]: super::Client::list_operations*/
    #[derive(Debug, Clone)]
    pub struct ListOperations<'a> {
        client: &'a super::Client,
    }
    impl<'a> ListOperations<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/operations`
        pub async fn send(
            self,
        ) -> Result<
            ResponseValue<banger_api::OperationList>,
            Error<banger_api::Problem>,
        > {
            let Self { client } = self;
            let url = format!("{}/v1/operations", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_operations",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_operation`]

[`Client::get_operation`]: super::Client::get_operation*/
    #[derive(Debug, Clone)]
    pub struct GetOperation<'a> {
        client: &'a super::Client,
        operation: Result<::std::string::String, String>,
    }
    impl<'a> GetOperation<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                operation: Err("operation was not initialized".to_string()),
            }
        }
        pub fn operation<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.operation = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for operation failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/operations/{operation}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, operation } = self;
            let operation = operation.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/operations/{}", client.baseurl, encode_path(& operation
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_operation",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::cancel_operation`]

[`Client::cancel_operation`]: super::Client::cancel_operation*/
    #[derive(Debug, Clone)]
    pub struct CancelOperation<'a> {
        client: &'a super::Client,
        operation: Result<::std::string::String, String>,
    }
    impl<'a> CancelOperation<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                operation: Err("operation was not initialized".to_string()),
            }
        }
        pub fn operation<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.operation = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for operation failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/operations/{operation}/cancel`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, operation } = self;
            let operation = operation.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/operations/{}/cancel", client.baseurl, encode_path(& operation
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "cancel_operation",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::watch_operation`]

[`Client::watch_operation`]: super::Client::watch_operation*/
    #[derive(Debug, Clone)]
    pub struct WatchOperation<'a> {
        client: &'a super::Client,
        operation: Result<::std::string::String, String>,
        cancel_on_disconnect: Result<Option<bool>, String>,
    }
    impl<'a> WatchOperation<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                operation: Err("operation was not initialized".to_string()),
                cancel_on_disconnect: Ok(None),
            }
        }
        pub fn operation<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.operation = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for operation failed"
                        .to_string()
                });
            self
        }
        pub fn cancel_on_disconnect<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.cancel_on_disconnect = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `bool` for cancel_on_disconnect failed".to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/operations/{operation}/events`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client, operation, cancel_on_disconnect } = self;
            let operation = operation.map_err(Error::InvalidRequest)?;
            let cancel_on_disconnect = cancel_on_disconnect
                .map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/operations/{}/events", client.baseurl, encode_path(& operation
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .query(
                    &progenitor_client::QueryParam::new(
                        "cancel_on_disconnect",
                        &cancel_on_disconnect,
                    ),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "watch_operation",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_operation_output`]

[`Client::get_operation_output`]: super::Client::get_operation_output*/
    #[derive(Debug, Clone)]
    pub struct GetOperationOutput<'a> {
        client: &'a super::Client,
        operation: Result<::std::string::String, String>,
    }
    impl<'a> GetOperationOutput<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                operation: Err("operation was not initialized".to_string()),
            }
        }
        pub fn operation<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.operation = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for operation failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/operations/{operation}/output`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client, operation } = self;
            let operation = operation.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/operations/{}/output", client.baseurl, encode_path(& operation
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client.client.get(url).headers(header_map).build()?;
            let info = OperationInfo {
                operation_id: "get_operation_output",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::log_in`]

[`Client::log_in`]: super::Client::log_in*/
    #[derive(Debug, Clone)]
    pub struct LogIn<'a> {
        client: &'a super::Client,
        registry: Result<::std::string::String, String>,
        body: Result<banger_api::Login, String>,
    }
    impl<'a> LogIn<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                registry: Err("registry was not initialized".to_string()),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn registry<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.registry = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for registry failed"
                        .to_string()
                });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::Login>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: Login` for body failed".to_string()
                });
            self
        }
        ///Sends a `PUT` request to `/v1/registries/{registry}/login`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<()>, Error<banger_api::Problem>> {
            let Self { client, registry, body } = self;
            let registry = registry.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/registries/{}/login", client.baseurl, encode_path(& registry
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .put(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "log_in",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::log_out`]

[`Client::log_out`]: super::Client::log_out*/
    #[derive(Debug, Clone)]
    pub struct LogOut<'a> {
        client: &'a super::Client,
        registry: Result<::std::string::String, String>,
    }
    impl<'a> LogOut<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                registry: Err("registry was not initialized".to_string()),
            }
        }
        pub fn registry<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.registry = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for registry failed"
                        .to_string()
                });
            self
        }
        ///Sends a `DELETE` request to `/v1/registries/{registry}/login`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<()>, Error<banger_api::Problem>> {
            let Self { client, registry } = self;
            let registry = registry.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/registries/{}/login", client.baseurl, encode_path(& registry
                .to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .delete(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "log_out",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_status`]

[`Client::get_status`]: super::Client::get_status*/
    #[derive(Debug, Clone)]
    pub struct GetStatus<'a> {
        client: &'a super::Client,
    }
    impl<'a> GetStatus<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/status`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Status>, Error<banger_api::Problem>> {
            let Self { client } = self;
            let url = format!("{}/v1/status", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_status",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::list_vms`]

[`Client::list_vms`]: super::Client::list_vms*/
    #[derive(Debug, Clone)]
    pub struct ListVms<'a> {
        client: &'a super::Client,
    }
    impl<'a> ListVms<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self { client: client }
        }
        ///Sends a `GET` request to `/v1/vms`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::VmList>, Error<banger_api::Problem>> {
            let Self { client } = self;
            let url = format!("{}/v1/vms", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "list_vms",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::create_vm`]

[`Client::create_vm`]: super::Client::create_vm*/
    #[derive(Debug, Clone)]
    pub struct CreateVm<'a> {
        client: &'a super::Client,
        wait: Result<Option<bool>, String>,
        body: Result<banger_api::CreateVm, String>,
    }
    impl<'a> CreateVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                wait: Ok(None),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::CreateVm>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: CreateVm` for body failed".to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/vms`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, wait, body } = self;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!("{}/v1/vms", client.baseurl,);
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "create_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_vm`]

[`Client::get_vm`]: super::Client::get_vm*/
    #[derive(Debug, Clone)]
    pub struct GetVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
    }
    impl<'a> GetVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/vms/{vm}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Vm>, Error<banger_api::Problem>> {
            let Self { client, vm } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::delete_vm`]

[`Client::delete_vm`]: super::Client::delete_vm*/
    #[derive(Debug, Clone)]
    pub struct DeleteVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        force: Result<Option<bool>, String>,
        wait: Result<Option<bool>, String>,
    }
    impl<'a> DeleteVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                force: Ok(None),
                wait: Ok(None),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn force<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.force = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for force failed".to_string());
            self
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        ///Sends a `DELETE` request to `/v1/vms/{vm}`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, vm, force, wait } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let force = force.map_err(Error::InvalidRequest)?;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .delete(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("force", &force))
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "delete_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::commit_vm`]

[`Client::commit_vm`]: super::Client::commit_vm*/
    #[derive(Debug, Clone)]
    pub struct CommitVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        wait: Result<Option<bool>, String>,
        body: Result<banger_api::CommitVm, String>,
    }
    impl<'a> CommitVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                wait: Ok(None),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::CommitVm>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: CommitVm` for body failed".to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/vms/{vm}/commit`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, vm, wait, body } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/commit", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "commit_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::exec_command`]

[`Client::exec_command`]: super::Client::exec_command*/
    #[derive(Debug, Clone)]
    pub struct ExecCommand<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        body: Result<banger_api::ExecRequest, String>,
    }
    impl<'a> ExecCommand<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::ExecRequest>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: ExecRequest` for body failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/vms/{vm}/exec`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client, vm, body } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/exec", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "exec_command",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_vm_facts`]

[`Client::get_vm_facts`]: super::Client::get_vm_facts*/
    #[derive(Debug, Clone)]
    pub struct GetVmFacts<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
    }
    impl<'a> GetVmFacts<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/vms/{vm}/facts`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::GuestFacts>, Error<banger_api::Problem>> {
            let Self { client, vm } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/facts", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_vm_facts",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_files`]

[`Client::get_files`]: super::Client::get_files*/
    #[derive(Debug, Clone)]
    pub struct GetFiles<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        path: Result<::std::string::String, String>,
    }
    impl<'a> GetFiles<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                path: Err("path was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn path<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.path = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for path failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/vms/{vm}/files`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client, vm, path } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let path = path.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/files", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .query(&progenitor_client::QueryParam::new("path", &path))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_files",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::put_files`]

[`Client::put_files`]: super::Client::put_files*/
    #[derive(Debug)]
    pub struct PutFiles<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        keep_owners: Result<Option<bool>, String>,
        path: Result<::std::string::String, String>,
        body: Result<reqwest::Body, String>,
    }
    impl<'a> PutFiles<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                keep_owners: Ok(None),
                path: Err("path was not initialized".to_string()),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn keep_owners<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.keep_owners = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for keep_owners failed".to_string());
            self
        }
        pub fn path<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.path = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for path failed"
                        .to_string()
                });
            self
        }
        pub fn body<B>(mut self, value: B) -> Self
        where
            B: std::convert::TryInto<reqwest::Body>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `reqwest::Body` for body failed".to_string()
                });
            self
        }
        ///Sends a `PUT` request to `/v1/vms/{vm}/files`
        pub async fn send(
            self,
        ) -> Result<
            ResponseValue<banger_api::FilesWritten>,
            Error<banger_api::Problem>,
        > {
            let Self { client, vm, keep_owners, path, body } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let keep_owners = keep_owners.map_err(Error::InvalidRequest)?;
            let path = path.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/files", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .put(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .header(
                    ::reqwest::header::CONTENT_TYPE,
                    ::reqwest::header::HeaderValue::from_static(
                        "application/octet-stream",
                    ),
                )
                .body(body)
                .query(&progenitor_client::QueryParam::new("keep_owners", &keep_owners))
                .query(&progenitor_client::QueryParam::new("path", &path))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "put_files",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::hold_vm`]

[`Client::hold_vm`]: super::Client::hold_vm*/
    #[derive(Debug, Clone)]
    pub struct HoldVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
    }
    impl<'a> HoldVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        ///Sends a `GET` request to `/v1/vms/{vm}/hold`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client, vm } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/hold", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client.client.get(url).headers(header_map).build()?;
            let info = OperationInfo {
                operation_id: "hold_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::kill_vm`]

[`Client::kill_vm`]: super::Client::kill_vm*/
    #[derive(Debug, Clone)]
    pub struct KillVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        body: Result<banger_api::KillVm, String>,
    }
    impl<'a> KillVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                body: Err("body was not initialized".to_string()),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn body<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::KillVm>,
        {
            self.body = value
                .try_into()
                .map_err(|_| {
                    "conversion to `banger_api :: KillVm` for body failed".to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/vms/{vm}/kill`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<()>, Error<banger_api::Problem>> {
            let Self { client, vm, body } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let body = body.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/kill", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .json(&body)
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "kill_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                204u16 => Ok(ResponseValue::empty(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::get_logs`]

[`Client::get_logs`]: super::Client::get_logs*/
    #[derive(Debug, Clone)]
    pub struct GetLogs<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        follow: Result<Option<bool>, String>,
        source: Result<Option<types::GetLogsSource>, String>,
        tail: Result<Option<u64>, String>,
    }
    impl<'a> GetLogs<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                follow: Ok(None),
                source: Ok(None),
                tail: Ok(None),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn follow<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.follow = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for follow failed".to_string());
            self
        }
        pub fn source<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<types::GetLogsSource>,
        {
            self.source = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `GetLogsSource` for source failed".to_string()
                });
            self
        }
        pub fn tail<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<u64>,
        {
            self.tail = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `u64` for tail failed".to_string());
            self
        }
        ///Sends a `GET` request to `/v1/vms/{vm}/logs`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<ByteStream>, Error<banger_api::Problem>> {
            let Self { client, vm, follow, source, tail } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let follow = follow.map_err(Error::InvalidRequest)?;
            let source = source.map_err(Error::InvalidRequest)?;
            let tail = tail.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/logs", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .get(url)
                .query(&progenitor_client::QueryParam::new("follow", &follow))
                .query(&progenitor_client::QueryParam::new("source", &source))
                .query(&progenitor_client::QueryParam::new("tail", &tail))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "get_logs",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                200u16 => Ok(ResponseValue::stream(response)),
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::restart_vm`]

[`Client::restart_vm`]: super::Client::restart_vm*/
    #[derive(Debug, Clone)]
    pub struct RestartVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        wait: Result<Option<bool>, String>,
        wait_for: Result<Option<banger_api::WaitFor>, String>,
    }
    impl<'a> RestartVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                wait: Ok(None),
                wait_for: Ok(None),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn wait_for<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::WaitFor>,
        {
            self.wait_for = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `banger_api :: WaitFor` for wait_for failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/vms/{vm}/restart`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, vm, wait, wait_for } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let wait_for = wait_for.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/restart", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .query(&progenitor_client::QueryParam::new("wait_for", &wait_for))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "restart_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::start_vm`]

[`Client::start_vm`]: super::Client::start_vm*/
    #[derive(Debug, Clone)]
    pub struct StartVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        wait: Result<Option<bool>, String>,
        wait_for: Result<Option<banger_api::WaitFor>, String>,
    }
    impl<'a> StartVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                wait: Ok(None),
                wait_for: Ok(None),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        pub fn wait_for<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<banger_api::WaitFor>,
        {
            self.wait_for = value
                .try_into()
                .map(Some)
                .map_err(|_| {
                    "conversion to `banger_api :: WaitFor` for wait_for failed"
                        .to_string()
                });
            self
        }
        ///Sends a `POST` request to `/v1/vms/{vm}/start`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, vm, wait, wait_for } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let wait_for = wait_for.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/start", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .query(&progenitor_client::QueryParam::new("wait_for", &wait_for))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "start_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
    /**Builder for [`Client::stop_vm`]

[`Client::stop_vm`]: super::Client::stop_vm*/
    #[derive(Debug, Clone)]
    pub struct StopVm<'a> {
        client: &'a super::Client,
        vm: Result<::std::string::String, String>,
        wait: Result<Option<bool>, String>,
    }
    impl<'a> StopVm<'a> {
        pub fn new(client: &'a super::Client) -> Self {
            Self {
                client: client,
                vm: Err("vm was not initialized".to_string()),
                wait: Ok(None),
            }
        }
        pub fn vm<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<::std::string::String>,
        {
            self.vm = value
                .try_into()
                .map_err(|_| {
                    "conversion to `:: std :: string :: String` for vm failed"
                        .to_string()
                });
            self
        }
        pub fn wait<V>(mut self, value: V) -> Self
        where
            V: std::convert::TryInto<bool>,
        {
            self.wait = value
                .try_into()
                .map(Some)
                .map_err(|_| "conversion to `bool` for wait failed".to_string());
            self
        }
        ///Sends a `POST` request to `/v1/vms/{vm}/stop`
        pub async fn send(
            self,
        ) -> Result<ResponseValue<banger_api::Operation>, Error<banger_api::Problem>> {
            let Self { client, vm, wait } = self;
            let vm = vm.map_err(Error::InvalidRequest)?;
            let wait = wait.map_err(Error::InvalidRequest)?;
            let url = format!(
                "{}/v1/vms/{}/stop", client.baseurl, encode_path(& vm.to_string()),
            );
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
            header_map
                .append(
                    ::reqwest::header::HeaderName::from_static("api-version"),
                    ::reqwest::header::HeaderValue::from_static(
                        super::Client::api_version(),
                    ),
                );
            #[allow(unused_mut)]
            let mut request = client
                .client
                .post(url)
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
                .query(&progenitor_client::QueryParam::new("wait", &wait))
                .headers(header_map)
                .build()?;
            let info = OperationInfo {
                operation_id: "stop_vm",
            };
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = result?;
            match response.status().as_u16() {
                202u16 => ResponseValue::from_response(response).await,
                400u16..=499u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                500u16..=599u16 => {
                    Err(
                        Error::ErrorResponse(
                            ResponseValue::from_response(response).await?,
                        ),
                    )
                }
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    pub use self::super::Client;
}
