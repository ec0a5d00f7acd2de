//! Pure: how an image's configuration makes up for what a request leaves open (OCI image
//! specification, "config"; as docker does).

use banger_api::{ExecRequest, ImageConfig};

/// Where an image's own command runs that names no directory.
const ROOT: &str = "/";

/// Completes a request: an empty command becomes the image's own, its variables are set
/// where the request does not, its directory and user are taken where none is named.
pub fn apply(request: &mut ExecRequest, config: &ImageConfig) {
    if request.command.is_empty() {
        request.command = own_command(config);
        request.working_dir.get_or_insert_with(|| {
            let directory = config.working_dir.as_deref();
            directory.unwrap_or(ROOT).to_owned()
        });
    }
    for variable in &config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        if !name.is_empty() && !request.env.contains_key(name) {
            request.env.insert(name.to_owned(), value.to_owned());
        }
    }
    if request.working_dir.is_none() {
        request.working_dir.clone_from(&config.working_dir);
    }
    if request.user.is_none() {
        request.user.clone_from(&config.user);
    }
}

/// What an image runs when nothing is asked for.
pub fn own_command(config: &ImageConfig) -> Vec<String> {
    let words = config.entrypoint.iter().chain(&config.cmd);
    words.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ImageConfig {
        ImageConfig {
            env: vec![
                "PATH=/opt/bin:/bin".into(),
                "MODE=image".into(),
                "=odd".into(),
            ],
            entrypoint: vec!["/entry".into()],
            cmd: vec!["serve".into()],
            working_dir: Some("/srv".into()),
            user: Some("app".into()),
            ..ImageConfig::default()
        }
    }

    #[test]
    fn an_empty_command_is_the_images_own() {
        let mut request = ExecRequest::default();
        apply(&mut request, &config());
        assert_eq!(request.command, ["/entry", "serve"]);
        assert_eq!(request.working_dir.as_deref(), Some("/srv"));
        assert_eq!(request.user.as_deref(), Some("app"));
        assert_eq!(request.env["PATH"], "/opt/bin:/bin");
        assert_eq!(request.env.len(), 2);
    }

    #[test]
    fn what_is_asked_for_comes_first() {
        let mut request = ExecRequest {
            command: vec!["ls".into()],
            env: [("MODE".to_owned(), "mine".to_owned())].into(),
            working_dir: Some("/tmp".into()),
            user: Some("root".into()),
            ..ExecRequest::default()
        };
        let asked = request.clone();
        apply(&mut request, &config());
        assert_eq!(request.command, asked.command);
        assert_eq!(request.working_dir, asked.working_dir);
        assert_eq!(request.user, asked.user);
        assert_eq!(request.env["MODE"], "mine");
        assert_eq!(request.env["PATH"], "/opt/bin:/bin");
    }

    #[test]
    fn an_image_without_a_configuration_changes_nothing() {
        let mut request = ExecRequest {
            command: vec!["ls".into()],
            ..ExecRequest::default()
        };
        let asked = request.clone();
        apply(&mut request, &ImageConfig::default());
        assert_eq!(request, asked);
    }

    #[test]
    fn an_own_command_runs_in_the_root_where_nothing_is_said() {
        let mut request = ExecRequest::default();
        let config = ImageConfig {
            working_dir: None,
            ..config()
        };
        apply(&mut request, &config);
        assert_eq!(request.working_dir.as_deref(), Some("/"));
    }
}
