//! Image references, as docker reads them.
//!
//! The grammar is that of distribution/reference (`reference.go`): `[domain/]name[:tag][@digest]`.
//! As there, what stands before the first slash is a registry only when it has a dot, a colon
//! or a capital letter, or is `localhost`; else the registry is docker.io, whose official
//! images live under `library/`.

use crate::digest::{Digest, DigestError};
use std::fmt;
use std::str::FromStr;

/// The registry when none is named.
pub const DEFAULT_REGISTRY: &str = "docker.io";
/// The tag when neither tag nor digest is named.
pub const DEFAULT_TAG: &str = "latest";
/// An older name of [`DEFAULT_REGISTRY`].
const LEGACY_REGISTRY: &str = "index.docker.io";
/// Where docker.io keeps images without a slash.
const OFFICIAL: &str = "library/";
/// The longest repository (`RepositoryNameTotalLengthMax`).
const MAX_REPOSITORY: usize = 255;
/// The longest tag: a word character and 127 more.
const MAX_TAG: usize = 128;

/// Names an image in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no image reference: {problem}")]
pub struct ReferenceError {
    /// As written.
    pub text: String,
    /// What is wrong with it.
    #[source]
    pub problem: ReferenceProblem,
}

/// What is wrong with a reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceProblem {
    /// There is no name.
    #[error("it has no name; write one such as debian:bookworm or ghcr.io/org/app:1.2")]
    Empty,
    /// It is a URL.
    #[error("leave {0:?} away; http registries are named in the settings ([registries])")]
    Scheme(String),
    /// The name has capital letters.
    #[error("the name {0:?} has capital letters; names are lower-case")]
    Uppercase(String),
    /// A part of the name breaks the grammar.
    #[error(
        "the part {0:?} of the name may have a-z, 0-9 and, between them, one '.', one or two '_', or '-'"
    )]
    Component(String),
    /// The name is too long.
    #[error("the name has {0} characters and may have {MAX_REPOSITORY}")]
    TooLong(usize),
    /// The registry breaks the grammar.
    #[error("{0:?} is no registry; write a host, or host:port")]
    Registry(String),
    /// The tag breaks the grammar.
    #[error(
        "{0:?} is no tag; a tag begins with a letter, a digit or '_', may go on with '.' and '-', and has at most {MAX_TAG} characters"
    )]
    Tag(String),
    /// The digest breaks the grammar.
    #[error(transparent)]
    Digest(DigestError),
    /// 64 hex digits alone: docker refuses them too, since they look like an id.
    #[error("64 hex digits alone look like an id; write name@sha256:{0}")]
    Id(String),
}

impl Reference {
    /// The registry, such as `docker.io` or `localhost:5000`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The name in the registry, such as `library/debian`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag. There is none when only a digest was named.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest. It wins over the tag.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same name, by digest alone.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Reference {
            tag: None,
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// As people write it: `debian:bookworm` for `docker.io/library/debian:bookworm`.
    pub fn familiar(&self) -> String {
        let repository = match self.registry.as_str() {
            DEFAULT_REGISTRY => self
                .repository
                .strip_prefix(OFFICIAL)
                // `library/a/b` is no official image: its name keeps the prefix.
                .filter(|rest| !rest.contains('/'))
                .unwrap_or(&self.repository)
                .to_owned(),
            registry => format!("{registry}/{}", self.repository),
        };
        format!("{repository}{}", self.suffix())
    }

    fn suffix(&self) -> String {
        let mut suffix = String::new();
        if let Some(tag) = &self.tag {
            suffix.push(':');
            suffix.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            suffix.push('@');
            suffix.push_str(&digest.to_string());
        }
        suffix
    }
}

/// In full: `docker.io/library/debian:bookworm`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.registry, self.repository, self.suffix())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|problem| ReferenceError {
            text: text.to_owned(),
            problem,
        })
    }
}

fn parse(text: &str) -> Result<Reference, ReferenceProblem> {
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(ReferenceProblem::Scheme(format!("{scheme}://")));
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (
            rest,
            Some(digest.parse().map_err(ReferenceProblem::Digest)?),
        ),
        None => (text, None),
    };
    // A colon after the last slash begins a tag; one before belongs to the registry.
    let name_from = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest.get(name_from..).and_then(|last| last.split_once(':')) {
        Some((last, tag)) => (
            rest.get(..name_from + last.len()).unwrap_or(rest),
            Some(tag),
        ),
        None => (rest, None),
    };
    if name.is_empty() {
        return Err(ReferenceProblem::Empty);
    }
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        return Err(ReferenceProblem::Tag(tag.to_owned()));
    }
    if is_id(name) {
        return Err(ReferenceProblem::Id(name.to_owned()));
    }
    let (registry, repository) = split_registry(name)?;
    check_repository(&repository)?;
    let tag = match (tag, &digest) {
        (Some(tag), _) => Some(tag.to_owned()),
        (None, Some(_)) => None,
        (None, None) => Some(DEFAULT_TAG.to_owned()),
    };
    Ok(Reference {
        registry,
        repository,
        tag,
        digest,
    })
}

/// The registry and the name in it, with docker's defaults.
fn split_registry(name: &str) -> Result<(String, String), ReferenceProblem> {
    let (registry, repository) = match name.split_once('/') {
        Some((first, rest)) if names_registry(first) => {
            if !is_registry(first) {
                return Err(ReferenceProblem::Registry(first.to_owned()));
            }
            (first, rest)
        }
        Some(_) | None => (DEFAULT_REGISTRY, name),
    };
    let registry = match registry {
        LEGACY_REGISTRY => DEFAULT_REGISTRY,
        other => other,
    };
    if registry == DEFAULT_REGISTRY && !repository.contains('/') {
        return Ok((registry.to_owned(), format!("{OFFICIAL}{repository}")));
    }
    Ok((registry.to_owned(), repository.to_owned()))
}

/// `splitDockerDomain` of distribution/reference's `normalize.go`.
fn names_registry(first: &str) -> bool {
    first.contains(['.', ':'])
        || first == "localhost"
        || first.bytes().any(|b| b.is_ascii_uppercase())
}

/// `host[:port]`; the host a domain name, an IPv4 address or an IPv6 address in brackets.
pub(crate) fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => {
                let colons = !address.is_empty()
                    && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
                return colons && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
            }
            None => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let component = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.split('.').all(component) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= MAX_TAG
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

fn is_id(name: &str) -> bool {
    name.len() == 64
        && name
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn check_repository(repository: &str) -> Result<(), ReferenceProblem> {
    if repository.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(ReferenceProblem::Uppercase(repository.to_owned()));
    }
    if let Some(part) = repository.split('/').find(|part| !is_component(part)) {
        return Err(ReferenceProblem::Component(part.to_owned()));
    }
    if repository.len() > MAX_REPOSITORY {
        return Err(ReferenceProblem::TooLong(repository.len()));
    }
    Ok(())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(part: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends =
        bytes.first().copied().is_some_and(plain) && bytes.last().copied().is_some_and(plain);
    ends && part
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn full(text: &str) -> String {
        text.parse::<Reference>().unwrap().to_string()
    }

    fn problem(text: &str) -> ReferenceProblem {
        text.parse::<Reference>().unwrap_err().problem
    }

    #[test]
    fn references_are_read_as_docker_reads_them() {
        for (written, meant) in [
            ("debian", "docker.io/library/debian:latest"),
            ("debian:12", "docker.io/library/debian:12"),
            ("org/app", "docker.io/org/app:latest"),
            ("docker.io/debian", "docker.io/library/debian:latest"),
            ("index.docker.io/debian", "docker.io/library/debian:latest"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000/a/b:c", "localhost:5000/a/b:c"),
            // No slash: 5000 is a tag.
            ("localhost:5000", "docker.io/library/localhost:5000"),
            ("ghcr.io/org/app:v1.2-rc_3", "ghcr.io/org/app:v1.2-rc_3"),
            ("127.0.0.1:5000/a", "127.0.0.1:5000/a:latest"),
            ("[::1]:5000/a", "[::1]:5000/a:latest"),
            ("Host/app", "Host/app:latest"),
            ("a__b-c---d/e_f.g", "docker.io/a__b-c---d/e_f.g:latest"),
            ("app:Upper", "docker.io/library/app:Upper"),
        ] {
            assert_eq!(full(written), meant, "{written}");
        }
        assert_eq!(
            full(&format!("app@sha256:{HEX}")),
            format!("docker.io/library/app@sha256:{HEX}")
        );
        assert_eq!(
            full(&format!("r.io/app:1@sha256:{HEX}")),
            format!("r.io/app:1@sha256:{HEX}")
        );
    }

    #[test]
    fn mistakes_are_named() {
        use ReferenceProblem as P;
        assert_eq!(problem(""), P::Empty);
        assert_eq!(problem(":tag"), P::Empty);
        assert_eq!(problem("https://a.io/b"), P::Scheme("https://".into()));
        assert_eq!(problem("Debian"), P::Uppercase("library/Debian".into()));
        assert_eq!(problem("r.io/App"), P::Uppercase("App".into()));
        assert_eq!(problem("a//b"), P::Component(String::new()));
        assert_eq!(problem("r.io/"), P::Component(String::new()));
        assert_eq!(
            problem("a..b/c"),
            P::Component("a..b".into()).clone_registry()
        );
        assert_eq!(problem("a___b"), P::Component("a___b".into()));
        assert_eq!(problem("-a"), P::Component("-a".into()));
        assert_eq!(problem("a b"), P::Component("a b".into()));
        assert_eq!(problem("a:"), P::Tag(String::new()));
        assert_eq!(problem("a:.b"), P::Tag(".b".into()));
        assert_eq!(problem("a:é"), P::Tag("é".into()));
        assert_eq!(problem("r.io:port/a"), P::Registry("r.io:port".into()));
        assert_eq!(problem("r.io:99999/a"), P::Registry("r.io:99999".into()));
        assert_eq!(problem(HEX), P::Id(HEX.into()));
        assert!(matches!(problem("a@sha256:12"), P::Digest(_)));
        assert!(matches!(
            problem(&format!("a/{}", "b".repeat(254))),
            P::TooLong(256)
        ));
        assert!(matches!(
            problem(&format!("a:{}", "b".repeat(129))),
            P::Tag(_)
        ));
    }

    impl ReferenceProblem {
        /// A first part with dots names a registry, so its mistake is the registry's.
        fn clone_registry(self) -> Self {
            match self {
                ReferenceProblem::Component(part) => ReferenceProblem::Registry(part),
                other => other,
            }
        }
    }

    #[test]
    fn the_familiar_form_is_the_short_one() {
        for (written, familiar) in [
            ("docker.io/library/debian:12", "debian:12"),
            ("docker.io/org/app", "org/app:latest"),
            ("ghcr.io/org/app", "ghcr.io/org/app:latest"),
            ("library/a/b", "library/a/b:latest"),
        ] {
            assert_eq!(written.parse::<Reference>().unwrap().familiar(), familiar);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = text.parse::<Reference>();
        }

        /// What is accepted is read again from both of its forms, and as a library of the
        /// same grammar reads it.
        #[test]
        fn forms_agree(text in "([a-zA-Z0-9.:\\-]{1,8}/)?[a-z0-9._/\\-]{1,20}(:[a-zA-Z0-9._\\-]{1,6})?") {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference.clone());
                prop_assert_eq!(reference.familiar().parse::<Reference>().unwrap(), reference.clone());
                if !reference.registry().bytes().any(|b| b.is_ascii_uppercase()) {
                    let theirs: oci_distribution::Reference = text.parse().unwrap();
                    prop_assert_eq!(theirs.whole(), reference.to_string());
                }
            }
        }
    }
}
