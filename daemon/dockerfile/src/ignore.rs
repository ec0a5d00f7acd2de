//! `.dockerignore`: what of a directory does not belong to the context.

use super::pattern::{fits, parts};

/// Rules, the last that fits decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    /// `!`: what fits belongs to the context nevertheless.
    keeps: bool,
    pattern: Vec<String>,
}

impl Ignore {
    /// Reads the file: a pattern a line, `#` begins a comment, `!` an exception.
    pub fn parse(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().map(str::trim);
        let rules = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rule = |line: &str| {
            let (keeps, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim()),
                None => (false, line),
            };
            let pattern: Vec<String> = parts(pattern).into_iter().map(str::to_owned).collect();
            (!pattern.is_empty()).then_some(Rule { keeps, pattern })
        };
        Self(rules.filter_map(rule).collect())
    }

    /// Whether a path, relative to the context, is left out. What lies in a directory that is
    /// left out is left out too, unless a later rule keeps it.
    pub fn ignores(&self, path: &str) -> bool {
        let path = parts(path);
        let mut ignored = false;
        for rule in &self.0 {
            let pattern: Vec<&str> = rule.pattern.iter().map(String::as_str).collect();
            let fits = (1..=path.len()).any(|length| fits(&pattern, &path[..length]));
            if fits {
                ignored = !rule.keeps;
            }
        }
        ignored
    }
}
