//! A line's words, each with its quotes and escapes as they are written.

/// Splits at blanks that are neither quoted nor escaped.
///
/// # Errors
/// When a quote has no end.
pub fn split(text: &str, escape: char) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, ' ' | '\t') => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(begun), c) if begun == c => quote = None,
            (None | Some('"'), c) if c == escape => {
                word.push(c);
                word.extend(characters.next());
                continue;
            }
            (None | Some(_), _) => {}
        }
        word.push(c);
    }
    if let Some(quote) = quote {
        return Err(format!("the quote {quote} has no end"));
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// The flags that a line begins with, such as `--chown=app`, and what follows them.
pub fn flags(mut text: &str) -> (Vec<(&str, Option<&str>)>, &str) {
    let mut flags = Vec::new();
    loop {
        text = text.trim_start();
        let Some(flag) = text.strip_prefix("--") else {
            return (flags, text);
        };
        let end = flag.find([' ', '\t']).unwrap_or(flag.len());
        let (flag, rest) = flag.split_at(end);
        match flag.split_once('=') {
            Some((name, value)) => flags.push((name, Some(value))),
            None => flags.push((flag, None)),
        }
        text = rest;
    }
}
