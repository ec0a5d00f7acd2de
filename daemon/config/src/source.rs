//! The order in which a value is looked for: the environment, then the file.

use crate::environment::Environment;
use crate::error::{ConfigError, Place};
use crate::file::FileValues;
use crate::key::{self, Key};
use crate::settings::{Origin, Setting};
use crate::value::Written;
use banger_api::name::nearest;
use std::path::Path;

/// The two places where values are written.
pub(crate) struct Sources<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) path: &'a Path,
    pub(crate) file: &'a FileValues,
}

impl Sources<'_> {
    /// A key's value when it is written anywhere.
    ///
    /// # Errors
    /// With its place, when `read` refuses what was written.
    pub(crate) fn read<T>(
        &self,
        key: Key,
        read: impl FnOnce(&Written) -> Result<T, String>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        let variable = key.variable();
        let (written, origin) = if let Some(value) = self.environment.variable(&variable) {
            let written = Written::Text(value.clone());
            (written, Origin::Environment { variable })
        } else if let Some((line, written)) = self.file.get(key) {
            (written.clone(), Origin::File { line })
        } else {
            return Ok(None);
        };
        match read(&written) {
            Ok(value) => Ok(Some(Setting { value, origin })),
            Err(problem) => Err(ConfigError::Value {
                place: self.place(&origin),
                key: key.to_string(),
                problem,
            }),
        }
    }

    /// Where a value of that origin was written.
    pub(crate) fn place(&self, origin: &Origin) -> Place {
        match origin {
            Origin::Default | Origin::Host => Place::Default,
            Origin::File { line } => Place::File {
                path: self.path.to_owned(),
                line: *line,
            },
            Origin::Environment { variable } => Place::Variable(variable.clone()),
        }
    }
}

/// A line for each variable that looks like ours and is not. No error: a variable may be
/// meant for another version, or for a script of the user's.
pub(crate) fn unknown_variables(environment: &Environment) -> Vec<String> {
    let known: Vec<String> = key::ALL
        .iter()
        .map(Key::variable)
        .chain([key::CONFIG_VARIABLE.to_owned()])
        .collect();
    environment
        .variables
        .keys()
        .filter(|name| name.starts_with(key::VARIABLE_PREFIX))
        .filter(|name| !name.starts_with(key::TEST_PREFIX) && !known.contains(name))
        .map(
            |name| match nearest(name, known.iter().map(String::as_str)).first() {
                Some(near) => format!(
                    "environment variable {name} is unknown and ignored; did you mean {near}?"
                ),
                None => format!("environment variable {name} is unknown and ignored"),
            },
        )
        .collect()
}
