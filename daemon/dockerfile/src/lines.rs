//! A Dockerfile's lines: without comments, with continuations joined, with what their
//! here-documents hold.

use super::error::BuildError;

/// A line with something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, from 1.
    pub number: usize,
    /// Without leading and trailing blanks.
    pub text: String,
    /// What follows it up to the marks that it names.
    pub heredocs: Vec<Heredoc>,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// Its mark.
    pub name: String,
    /// The word that began it, such as `<<-"EOF"`.
    pub word: String,
    /// Whether variables stand for their values in it.
    pub expands: bool,
    /// Its lines, each with its end.
    pub body: String,
}

/// Instructions that may have here-documents.
const WITH_HEREDOCS: [&str; 3] = ["RUN", "COPY", "ADD"];

/// Reads the escape character and all lines.
///
/// # Errors
/// When a directive is unknown, or a here-document has no end.
pub fn read(text: &str) -> Result<(char, Vec<Line>), BuildError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let escape = escape(text)?;
    let mut source = text.lines().enumerate();
    let mut lines = Vec::new();
    while let Some((index, first)) = source.next() {
        let first = first.trim();
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let mut joined = String::new();
        let mut next = Some(first);
        while let Some(part) = next.take() {
            match continued(part, escape) {
                Some(begun) => {
                    joined.push_str(begun);
                    // Comments and empty lines in between do not end it.
                    next = source.by_ref().map(|(_, line)| line).find(|line| {
                        let line = line.trim();
                        !line.is_empty() && !line.starts_with('#')
                    });
                }
                None => joined.push_str(part),
            }
        }
        let mut line = Line {
            number: index + 1,
            text: joined.trim().to_owned(),
            heredocs: Vec::new(),
        };
        for (word, name, expands, strips) in marks(&line.text) {
            let mut body = String::new();
            let mut ended = false;
            for (_, text) in source.by_ref() {
                let text = if strips {
                    text.trim_start_matches('\t')
                } else {
                    text
                };
                if text == name {
                    ended = true;
                    break;
                }
                body.push_str(text);
                body.push('\n');
            }
            if !ended {
                let message = format!("the here-document has no end: no line is {name}");
                return Err(BuildError::new(line.number, message));
            }
            line.heredocs.push(Heredoc {
                name,
                word,
                expands,
                body,
            });
        }
        lines.push(line);
    }
    Ok((escape, lines))
}

/// What a line that goes on has before its escape character.
fn continued(line: &str, escape: char) -> Option<&str> {
    line.trim_end_matches([' ', '\t']).strip_suffix(escape)
}

/// The `escape` directive; directives stand before everything else.
fn escape(text: &str) -> Result<char, BuildError> {
    for (index, line) in text.lines().enumerate() {
        let directive = line
            .trim()
            .strip_prefix('#')
            .and_then(|rest| rest.split_once('='));
        let Some((name, value)) = directive else {
            break;
        };
        match (name.trim().to_ascii_lowercase().as_str(), value.trim()) {
            ("escape", "\\") => return Ok('\\'),
            ("escape", "`") => return Ok('`'),
            ("escape", other) => {
                let message = format!("the escape character cannot be {other:?}: write \\ or `");
                return Err(BuildError::new(index + 1, message));
            }
            ("syntax" | "check", _) => {}
            _ => break,
        }
    }
    Ok('\\')
}

/// The marks of here-documents in a line: word, name, whether it expands, whether leading
/// tabs go.
fn marks(line: &str) -> Vec<(String, String, bool, bool)> {
    let Some((instruction, rest)) = line.split_once([' ', '\t']) else {
        return Vec::new();
    };
    let instruction = instruction.to_ascii_uppercase();
    if !WITH_HEREDOCS.contains(&instruction.as_str()) || rest.trim_start().starts_with('[') {
        return Vec::new();
    }
    let mark = |word: &str| {
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix("<<")?;
        let (strips, rest) = match rest.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let quoted = |quote: char| rest.strip_prefix(quote)?.strip_suffix(quote);
        let (name, expands) = match quoted('"').or_else(|| quoted('\'')) {
            Some(name) => (name, false),
            None => (rest, true),
        };
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        (!name.is_empty() && name.chars().all(is_name))
            .then(|| (word.to_owned(), name.to_owned(), expands, strips))
    };
    rest.split_whitespace().filter_map(mark).collect()
}
