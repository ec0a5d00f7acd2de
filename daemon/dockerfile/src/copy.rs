//! What COPY and ADD say.

use super::{
    error::BuildError,
    instruction::json,
    lines::{Heredoc, Line},
    words,
};

/// COPY, or ADD; words are as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Whether it is ADD.
    pub adds: bool,
    /// Whose files are copied: a stage's name or number, or an image; the context's where
    /// absent.
    pub from: Option<String>,
    /// What is copied; ADD takes addresses too.
    pub sources: Vec<String>,
    /// What is written in the Dockerfile itself: name, content, whether variables stand for
    /// their values in it.
    pub documents: Vec<(String, String, bool)>,
    /// Where to.
    pub destination: String,
    /// Whose it is there: `user:group`.
    pub owner: Option<String>,
    /// Its permissions there, in octal.
    pub mode: Option<String>,
    /// What an address has to give: `sha256:` and 64 hexadecimal digits.
    pub checksum: Option<String>,
}

/// Reads what follows COPY or ADD.
///
/// # Errors
/// When a flag or source is not supported, or something is missing.
pub fn read(line: &Line, name: &str, rest: &str, escape: char) -> Result<Copy, BuildError> {
    let number = line.number;
    let unsupported = |what: String| BuildError::unsupported(number, format!("{name} {what}"));
    let (flags, rest) = words::flags(rest);
    let (mut owner, mut mode, mut from, mut checksum) = (None, None, None, None);
    for (flag, value) in flags {
        match (flag, value) {
            ("chown", Some(value)) => owner = Some(value.to_owned()),
            ("chmod", Some(value)) => mode = Some(value.to_owned()),
            // It only tells how layers are stored.
            ("link", None | Some("true" | "false")) => {}
            ("checksum", Some(value)) if name == "ADD" => checksum = Some(value.to_owned()),
            ("from", Some(value)) if name == "COPY" && !value.is_empty() => {
                if value.contains('$') {
                    let message = "COPY --from takes no variables: name a stage, whose FROM does";
                    return Err(BuildError::new(number, message));
                }
                from = Some(value.to_owned());
            }
            (flag, _) => return Err(unsupported(format!("--{flag} is not supported"))),
        }
    }
    let mut words = match json(rest) {
        Some(words) => words,
        None => words::split(rest, escape)
            .map_err(|message| BuildError::new(number, format!("{name}: {message}")))?,
    };
    let destination = words.pop().unwrap_or_default();
    let document = |word: &String| line.heredocs.iter().find(|document| document.word == *word);
    let (documents, sources): (Vec<_>, Vec<_>) =
        words.into_iter().partition(|word| document(word).is_some());
    if documents.is_empty() && sources.is_empty() {
        let message = format!("{name}: write {name} SOURCE... DESTINATION");
        return Err(BuildError::new(number, message));
    }
    if from.is_some() && !documents.is_empty() {
        let message = "COPY: here-documents go without --from";
        return Err(BuildError::new(number, message));
    }
    for source in &sources {
        let is_fetched = name == "ADD" && is_address(source) && !source.contains(".git");
        if !is_fetched && (source.contains("://") || source.starts_with("git@")) {
            let what = match name {
                "ADD" => format!("{source}: what is fetched is a file over http or https"),
                _ => format!("{source}: COPY takes local files; use ADD"),
            };
            return Err(unsupported(what));
        }
    }
    if checksum.is_some() && (sources.len() != 1 || !documents.is_empty()) {
        let message = "ADD --checksum is of one address";
        return Err(BuildError::new(number, message));
    }
    let written = |of: &Heredoc| (of.name.clone(), of.body.clone(), of.expands);
    Ok(Copy {
        adds: name == "ADD",
        from,
        documents: documents.iter().filter_map(document).map(written).collect(),
        sources,
        destination,
        owner,
        mode,
        checksum,
    })
}

/// Whether ADD fetches it.
pub fn is_address(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}
