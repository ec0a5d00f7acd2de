//! Names of VMs, images and kernels.

/// The longest name, in bytes: a DNS label (RFC 1035 section 2.3.4).
pub const MAX_LENGTH: usize = 63;

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("a name cannot be empty")]
    Empty,
    /// It has more than [`MAX_LENGTH`] bytes.
    #[error("a name has at most {MAX_LENGTH} characters, this one has {0}")]
    TooLong(usize),
    /// A character that names do not have.
    #[error("a name has small letters, digits and inner hyphens, not {0:?}")]
    Character(char),
    /// A hyphen at an end.
    #[error("a name cannot begin or end with a hyphen")]
    OuterHyphen,
}

/// Checks a VM's name, which is also its host name: a DNS label in small letters.
///
/// # Errors
/// Says which rule it breaks.
pub fn check_vm_name(name: &str) -> Result<(), NameError> {
    check(name, |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
    })?;
    if name.starts_with('-') || name.ends_with('-') {
        return Err(NameError::OuterHyphen);
    }
    Ok(())
}

/// Checks an image's or kernel's name: as a VM's, with inner dots and underscores too.
///
/// # Errors
/// Says which rule it breaks.
pub fn check_artifact_name(name: &str) -> Result<(), NameError> {
    check(name, |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_')
    })?;
    let outer = |c: Option<char>| c.is_some_and(|c| !c.is_ascii_alphanumeric());
    if outer(name.chars().next()) || outer(name.chars().next_back()) {
        return Err(NameError::OuterHyphen);
    }
    Ok(())
}

fn check(name: &str, allowed: impl Fn(char) -> bool) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > MAX_LENGTH {
        return Err(NameError::TooLong(name.len()));
    }
    match name.chars().find(|c| !allowed(*c)) {
        Some(c) => Err(NameError::Character(c)),
        None => Ok(()),
    }
}

/// The candidates nearest to a name that does not exist, best first, at most three: for
/// "did you mean".
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = wanted.chars().count().max(3) / 3 + 1;
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| {
            let distance = if candidate.starts_with(wanted) && !wanted.is_empty() {
                0
            } else {
                edit_distance(wanted, candidate)
            };
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter()
        .take(3)
        .map(|(_, candidate)| candidate)
        .collect()
}

/// Levenshtein's distance, in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

const ADJECTIVES: [&str; 32] = [
    "amber", "bold", "brave", "bright", "brisk", "calm", "clear", "clever", "crisp", "eager",
    "fair", "fleet", "gentle", "glad", "grand", "happy", "keen", "kind", "light", "lively",
    "lucky", "merry", "mild", "neat", "nimble", "proud", "quick", "quiet", "sharp", "sunny",
    "swift", "warm",
];

const NOUNS: [&str; 32] = [
    "badger", "beaver", "bison", "crane", "dolphin", "eagle", "falcon", "ferret", "finch", "fox",
    "gecko", "hare", "hawk", "heron", "ibis", "jay", "koala", "lark", "lemur", "lynx", "marten",
    "moose", "otter", "owl", "panda", "puffin", "raven", "robin", "seal", "stork", "tapir", "wren",
];

/// A generated name from random bits, such as `quick-otter-4f`; the last part makes
/// collisions rare enough to just try again.
pub fn generated(random: u32) -> String {
    let [a, b, c, _] = random.to_le_bytes();
    format!(
        "{}-{}-{c:02x}",
        ADJECTIVES[usize::from(a) % 32],
        NOUNS[usize::from(b) % 32]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vm_names_are_dns_labels() {
        for name in ["a", "box", "box-2", "0", &"x".repeat(63)] {
            assert_eq!(check_vm_name(name), Ok(()), "{name}");
        }
        assert_eq!(check_vm_name(""), Err(NameError::Empty));
        assert_eq!(check_vm_name("-a"), Err(NameError::OuterHyphen));
        assert_eq!(check_vm_name("a-"), Err(NameError::OuterHyphen));
        assert_eq!(check_vm_name("Box"), Err(NameError::Character('B')));
        assert_eq!(check_vm_name("a.b"), Err(NameError::Character('.')));
        assert_eq!(check_vm_name(&"x".repeat(64)), Err(NameError::TooLong(64)));
    }

    #[test]
    fn artifact_names_cannot_leave_their_directory() {
        assert_eq!(check_artifact_name("debian-bookworm"), Ok(()));
        assert_eq!(check_artifact_name("linux-6.1_x"), Ok(()));
        for name in ["..", ".", "a/b", ".hidden", ""] {
            assert!(check_artifact_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn typos_find_their_names() {
        let names = ["debian-bookworm", "debian-cloud", "alpine"];
        assert_eq!(nearest("debian-bokworm", names), ["debian-bookworm"]);
        assert_eq!(nearest("alpin", names), ["alpine"]);
        assert!(nearest("windows", names).is_empty());
    }

    proptest! {
        #[test]
        fn generated_names_are_names(random in any::<u32>()) {
            prop_assert_eq!(check_vm_name(&generated(random)), Ok(()));
        }
    }
}
