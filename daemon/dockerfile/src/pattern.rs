//! Wildcards, as Go's `filepath.Match` has them: `*`, `?`, `[a-z]`, `[^a]`, `\x`; and `**`, which
//! stands for any number of directories.

/// Whether a path fits a pattern, part for part.
pub fn fits(pattern: &[&str], path: &[&str]) -> bool {
    // reachable[i]: the pattern so far can stand for the first i parts.
    let mut reachable = vec![false; path.len() + 1];
    reachable[0] = true;
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        if *part == "**" {
            let mut seen = false;
            for (index, slot) in next.iter_mut().enumerate() {
                seen |= reachable[index];
                *slot = seen;
            }
        } else {
            for (index, name) in path.iter().enumerate() {
                next[index + 1] = reachable[index] && part_fits(part, name);
            }
        }
        reachable = next;
    }
    reachable[path.len()]
}

/// One item of a pattern's part.
enum Item {
    /// `*`.
    Any,
    /// `?`.
    One,
    /// This character.
    Is(char),
    /// One of these ranges, or none of them.
    Of(bool, Vec<(char, char)>),
}

/// Whether a name fits one part of a pattern. A pattern that is none fits nothing.
fn part_fits(pattern: &str, name: &str) -> bool {
    if pattern == name {
        return true;
    }
    let Some(items) = items(pattern) else {
        return false;
    };
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut seen) = (0, 0);
    // Where to go on when it does not fit: the last `*`, one character further.
    let mut retry: Option<(usize, usize)> = None;
    while seen < name.len() {
        let fits = match items.get(at) {
            Some(Item::Any) => {
                retry = Some((at, seen));
                at += 1;
                continue;
            }
            Some(Item::One) => true,
            Some(Item::Is(c)) => *c == name[seen],
            Some(Item::Of(not, ranges)) => {
                let within = |(low, high): &(char, char)| (*low..=*high).contains(&name[seen]);
                ranges.iter().any(within) != *not
            }
            None => false,
        };
        if fits {
            (at, seen) = (at + 1, seen + 1);
        } else if let Some((star, begun)) = retry {
            (at, seen) = (star + 1, begun + 1);
            retry = Some((star, begun + 1));
        } else {
            return false;
        }
    }
    items[at..].iter().all(|item| matches!(item, Item::Any))
}

fn items(pattern: &str) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        items.push(match c {
            '*' => Item::Any,
            '?' => Item::One,
            '\\' => Item::Is(rest.next()?),
            '[' => {
                let not = rest.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    let low = match rest.next()? {
                        ']' if !ranges.is_empty() => break,
                        '\\' => rest.next()?,
                        c => c,
                    };
                    let high = match rest.next_if_eq(&'-') {
                        Some(_) => match rest.next()? {
                            '\\' => rest.next()?,
                            c => c,
                        },
                        None => low,
                    };
                    ranges.push((low, high));
                }
                Item::Of(not, ranges)
            }
            c => Item::Is(c),
        });
    }
    Some(items)
}

/// A path's parts, without `.`, and without what leads out at its beginning.
pub fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}
