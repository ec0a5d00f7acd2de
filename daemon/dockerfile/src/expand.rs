//! A word's variables and quotes: `$name`, `${name}`, `${name:-default}`, `${name:+other}`, and
//! the same without the colon; `\$` is a dollar sign.

use std::cell::Cell;

/// What variables stand for.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How deep `${a:-${b:-...}}` may go.
const DEPTH: usize = 16;

/// How many bytes the values that one Dockerfile looks up may have in all. Without a limit,
/// thirty lines that double a value would fill the memory.
const ROOM: usize = 16 << 20;

/// What is left of [`ROOM`].
#[derive(Clone, Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(ROOM))
    }
}

impl Room {
    fn take(&self, bytes: usize) -> Result<(), String> {
        let left = self.0.get().checked_sub(bytes).ok_or_else(|| {
            let most = ROOM >> 20;
            format!("the values of variables, each time that one is used, exceed {most} MiB")
        })?;
        self.0.set(left);
        Ok(())
    }
}

/// Replaces variables and removes quotes and escapes.
///
/// # Errors
/// When a quote or brace has no end, a modifier is not supported, or there is no room.
pub fn expand(text: &str, escape: char, lookup: Lookup<'_>, room: &Room) -> Result<String, String> {
    let mut expansion = Expansion {
        rest: text.chars().collect(),
        escape,
        lookup,
        room,
        quotes: true,
    };
    expansion.rest.reverse();
    expansion.until(None, 0)
}

/// Replaces variables only: a here-document's quotes are its own.
///
/// # Errors
/// As [`expand`].
pub fn expand_text(
    text: &str,
    escape: char,
    lookup: Lookup<'_>,
    room: &Room,
) -> Result<String, String> {
    let mut expansion = Expansion {
        rest: text.chars().collect(),
        escape,
        lookup,
        room,
        quotes: false,
    };
    expansion.rest.reverse();
    expansion.until(None, 0)
}

struct Expansion<'a> {
    /// What is left, the next character last.
    rest: Vec<char>,
    escape: char,
    lookup: Lookup<'a>,
    room: &'a Room,
    quotes: bool,
}

impl Expansion<'_> {
    fn until(&mut self, end: Option<char>, depth: usize) -> Result<String, String> {
        // Before anything of it is read: it may begin with the next.
        if depth > DEPTH {
            return Err("variables are nested too deep".to_owned());
        }
        let mut out = String::new();
        while let Some(c) = self.rest.pop() {
            match c {
                c if Some(c) == end => return Ok(out),
                '\'' if self.quotes && end != Some('"') => loop {
                    match self.rest.pop() {
                        Some('\'') => break,
                        Some(c) => out.push(c),
                        None => return Err("the quote ' has no end".to_owned()),
                    }
                },
                '"' if self.quotes => {
                    let text = self.until(Some('"'), depth + 1)?;
                    out.push_str(&text);
                }
                '$' => {
                    let value = self.variable(depth)?;
                    out.push_str(&value);
                }
                c if c == self.escape => match self.rest.pop() {
                    // In double quotes, and in text, it is itself before all but these.
                    Some(next)
                        if (end == Some('"') || !self.quotes)
                            && next != '$'
                            && next != self.escape
                            && !(self.quotes && next == '"') =>
                    {
                        out.push(c);
                        out.push(next);
                    }
                    Some(next) => out.push(next),
                    None => out.push(c),
                },
                c => out.push(c),
            }
        }
        match end {
            None => Ok(out),
            Some(end) => Err(format!("there is no {end} at the end")),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.rest.pop_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        name
    }

    fn value(&self, name: &str) -> Result<Option<String>, String> {
        let value = (self.lookup)(name);
        self.room.take(value.as_ref().map_or(0, String::len))?;
        Ok(value)
    }

    fn variable(&mut self, depth: usize) -> Result<String, String> {
        if self.rest.pop_if(|c| *c == '{').is_none() {
            let name = self.name();
            return Ok(match name.as_str() {
                "" => "$".to_owned(),
                name => self.value(name)?.unwrap_or_default(),
            });
        }
        let name = self.name();
        if name.is_empty() {
            return Err("${ names no variable".to_owned());
        }
        let value = self.value(&name)?;
        let colon = self.rest.pop_if(|c| *c == ':').is_some();
        // With a colon, an empty value counts as none.
        let is_set = value
            .as_ref()
            .is_some_and(|value| !(colon && value.is_empty()));
        match self.rest.pop() {
            Some('}') if !colon => Ok(value.unwrap_or_default()),
            Some('-') => {
                let default = self.until(Some('}'), depth + 1)?;
                Ok(if is_set {
                    value.unwrap_or_default()
                } else {
                    default
                })
            }
            Some('+') => {
                let other = self.until(Some('}'), depth + 1)?;
                Ok(if is_set { other } else { String::new() })
            }
            Some('?') => {
                let message = self.until(Some('}'), depth + 1)?;
                match value {
                    Some(value) if is_set => Ok(value),
                    _ if message.is_empty() => Err(format!("{name} is not set")),
                    _ => Err(format!("{name}: {message}")),
                }
            }
            Some(other) => Err(format!("${{{name}{other}...}} is not supported")),
            None => Err(format!("there is no }} after ${{{name}")),
        }
    }
}
