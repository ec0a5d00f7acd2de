//! The document that describes this API.

use serde_json::{Value, json};
use utoipa::OpenApi;

use super::{
    attach, builds, daemon, events, exec, files, hold, images, kernels, logs, operations,
    registries, vms,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "banger",
        description = "Disposable Linux machines. Served over HTTP on a Unix socket.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "http://localhost", description = "The daemon's Unix socket")),
    tags(
        (name = "daemon", description = "The daemon itself"),
        (name = "events", description = "Everything that changes"),
        (name = "operations", description = "Everything slow"),
        (name = "kernels", description = "What VMs boot"),
        (name = "images", description = "What VMs boot into"),
        (name = "vms", description = "The VMs"),
    ),
    paths(
        daemon::get_status,
        daemon::get_doctor,
        daemon::get_openapi,
        daemon::stop_daemon,
        events::watch_events,
        operations::list_operations,
        operations::get_operation,
        operations::watch_operation,
        operations::get_operation_output,
        operations::cancel_operation,
        kernels::list_kernels,
        kernels::pull_kernel,
        kernels::import_kernel,
        kernels::list_kernel_catalog,
        kernels::get_kernel,
        kernels::delete_kernel,
        images::list::list_images,
        images::pull::pull_image,
        images::import::import_image,
        builds::build_image,
        images::register::register_image,
        images::promote::promote_image,
        images::prune::prune_images,
        images::tag::tag_image,
        images::commit::commit_vm,
        images::export::export_image,
        images::list::get_image,
        images::delete::delete_image,
        registries::log_in,
        registries::log_out,
        vms::list_vms,
        vms::create_vm,
        vms::get_vm,
        vms::delete_vm,
        vms::start_vm,
        vms::stop_vm,
        vms::restart_vm,
        vms::kill_vm,
        vms::get_vm_facts,
        hold::hold_vm,
        exec::post_exec,
        attach::attach,
        files::put_files,
        files::get_files,
        logs::get_logs,
    ),
    // Types that stand in streams only, where the document cannot name them.
    components(schemas(
        banger_api::Event,
        banger_api::ExecOutput,
        banger_api::ExecInput,
        banger_api::ExecStatus,
    ))
)]
struct Document;

/// The document, OpenAPI 3.1.
pub fn document() -> Value {
    serde_json::to_value(Document::openapi()).unwrap_or_else(|_| json!({}))
}

/// The methods that a path takes; none where it does not exist.
pub fn methods(path: &str) -> Vec<String> {
    let document = document();
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        return Vec::new();
    };
    // A path without a template goes before one with (OpenAPI 3.1, "Path Templating Matching").
    let item = paths.get(path).or_else(|| {
        paths
            .iter()
            .find(|(template, _)| fits(template, path))
            .map(|(_, item)| item)
    });
    let mut methods: Vec<String> = item
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|item| item.keys().map(|method| method.to_ascii_uppercase()))
        .collect();
    methods.sort();
    methods
}

/// Whether a path is one of a template's, such as `/v1/vms/{vm}`.
fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(value)) if part.starts_with('{') && !value.is_empty() => {}
            (Some(part), Some(value)) if part == value => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_found_by_template() {
        assert_eq!(methods("/v1/vms/box"), ["DELETE", "GET"]);
        assert_eq!(methods("/v1/vms"), ["GET", "POST"]);
        assert_eq!(methods("/v1/images/pull"), ["POST"]);
        assert!(methods("/v1/nothing").is_empty());
        assert!(methods("/v1/vms/").is_empty());
    }

    #[test]
    fn the_document_is_of_a_version_that_generators_take() {
        let document = document();
        let version = document["openapi"].as_str().unwrap();
        assert!(version.starts_with("3.1."), "{version}");
    }
}
