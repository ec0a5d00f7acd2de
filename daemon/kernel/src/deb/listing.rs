//! Reads what apt prints.

/// A package and the version that is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Alternatives are left out: the first of each group counts.
    depends: Vec<Dependency>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Dependency {
    name: String,
    /// The version that `(= ...)` asks for.
    exactly: Option<String>,
}

impl Package {
    /// Reads the first paragraph of `apt-cache show` (deb-control(5)).
    pub(crate) fn parse(shown: &str) -> Option<Self> {
        let paragraph = shown.split("\n\n").find(|text| !text.trim().is_empty())?;
        let field = |name: &str| {
            paragraph.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                (key == name).then(|| value.trim())
            })
        };
        let depends = field("Depends").unwrap_or_default();
        Some(Self {
            name: field("Package").filter(|name| is_name(name))?.to_string(),
            version: field("Version").filter(|v| is_version(v))?.to_string(),
            depends: depends.split(',').filter_map(Dependency::parse).collect(),
        })
    }

    /// The argument that makes apt take this one: `name=version`.
    pub(crate) fn argument(&self) -> String {
        format!("{}={}", self.name, self.version)
    }

    /// The arguments for the dependencies whose names start with `prefix`.
    pub(crate) fn depends_on(&self, prefix: &str) -> Vec<String> {
        self.depends
            .iter()
            .filter(|dependency| dependency.name.starts_with(prefix))
            .map(|dependency| match &dependency.exactly {
                Some(version) => format!("{}={version}", dependency.name),
                None => dependency.name.clone(),
            })
            .collect()
    }
}

impl Dependency {
    /// Reads `name[:arch] [(relation version)] [| alternatives]` (deb-control(5), Depends).
    fn parse(text: &str) -> Option<Self> {
        let first = text.split('|').next()?.trim();
        let (name, relation) = match first.split_once('(') {
            Some((name, relation)) => (name.trim(), relation.trim_end_matches(')').trim()),
            None => (first, ""),
        };
        let name = name.split(':').next()?.to_string();
        let exactly = relation
            .strip_prefix('=')
            .map(|version| version.trim().to_string())
            .filter(|version| is_version(version));
        is_name(&name).then_some(Self { name, exactly })
    }
}

/// What starts with a letter or digit and is no option to a command (Debian Policy 5.6.1).
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Debian Policy 5.6.12.
fn is_version(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".+-:~".contains(c))
}

/// A file that apt is going to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uri {
    /// The name that it will have.
    pub(super) file: String,
    /// Its size, in bytes.
    pub(super) size: u64,
}

impl Uri {
    /// Reads a line of `apt-get download --print-uris`: `'URI' file size hash`.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.strip_prefix('\'')?.split_once("' ")?;
        let mut words = rest.split(' ');
        let file = words.next().filter(|name| is_file_name(name))?.to_string();
        let size = words.next()?.parse().ok()?;
        Some(Self { file, size })
    }
}

/// A plain name in the directory where apt runs.
fn is_file_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && !text.contains('/')
}

/// The share of a download that is done, 0 to 1, from a line of apt's status
/// (`dlstatus:item:percent:text`, README.progress-reporting of apt).
pub(super) fn download_share(line: &str) -> Option<f64> {
    let mut fields = line.strip_prefix("dlstatus:")?.splitn(3, ':');
    let percent: f64 = fields.nth(1)?.trim().parse().ok()?;
    percent
        .is_finite()
        .then(|| (percent / 100.0).clamp(0.0, 1.0))
}

/// The errors among what apt says; its warnings are none, such as the one that the
/// directory is closed to its sandbox user.
pub(super) fn errors(said: &str) -> String {
    let errors: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("E: "))
        .collect();
    if errors.is_empty() {
        said.trim().to_string()
    } else {
        errors.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const META: &str = "Package: linux-image-cloud-amd64\n\
        Source: linux-signed-amd64 (6.1.192+2)\nVersion: 6.1.192-2\n\
        Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)\n\
        Description: Linux for x86-64 cloud (meta-package)\n\n\
        Package: linux-image-cloud-amd64\nVersion: 6.1.176-1\n";

    #[test]
    fn the_kernel_that_a_meta_package_names() {
        let package = Package::parse(META).unwrap();
        assert_eq!(package.argument(), "linux-image-cloud-amd64=6.1.192-2");
        assert_eq!(
            package.depends_on("linux-image-"),
            ["linux-image-6.1.0-56-cloud-amd64=6.1.192-2"]
        );
        assert!(package.depends_on("linux-modules-").is_empty());
    }

    #[test]
    fn other_relations_and_alternatives() {
        let package = Package::parse(
            "Package: a\nVersion: 1\nDepends: kmod (>= 3), linux-modules-6 | x, b:any (= 2~1)\n",
        )
        .unwrap();
        assert_eq!(package.depends_on("kmod"), ["kmod"]);
        assert_eq!(package.depends_on("linux-modules-"), ["linux-modules-6"]);
        assert_eq!(package.depends_on("b"), ["b=2~1"]);
    }

    #[test]
    fn a_name_cannot_be_an_option() {
        assert_eq!(Package::parse("Package: -o=x\nVersion: 1\n"), None);
        let package = Package::parse("Package: a\nVersion: 1\nDepends: -odd, ../x (= 1)\n");
        assert!(package.unwrap().depends.is_empty());
    }

    #[test]
    fn nothing_shown_is_no_package() {
        assert_eq!(Package::parse(""), None);
        assert_eq!(Package::parse("N: no packages\n"), None);
    }

    #[test]
    fn uris() {
        let line = "'http://deb.example/linux_1_amd64.deb' linux_1_amd64.deb 26713492 SHA256:e7";
        assert_eq!(
            Uri::parse(line),
            Some(Uri {
                file: "linux_1_amd64.deb".into(),
                size: 26_713_492
            })
        );
        assert_eq!(Uri::parse("'http://x' ../linux.deb 1 SHA256:e7"), None);
        assert_eq!(Uri::parse("Reading package lists..."), None);
    }

    #[test]
    fn shares() {
        let share = download_share("dlstatus:1:20.5:Retrieving file 1 of 1").unwrap();
        assert!((share - 0.205).abs() < 1e-9);
        assert_eq!(download_share("dlstatus:1:300:x"), Some(1.0));
        assert_eq!(download_share("dlstatus:1:nan:x"), None);
        assert_eq!(download_share("Get:1 http://deb.example"), None);
    }

    #[test]
    fn warnings_are_no_errors() {
        assert_eq!(errors("W: unsandboxed\nE: one\nE: two\n"), "one; two");
        assert_eq!(errors("killed\n"), "killed");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,200}") {
            let _ = Package::parse(&text);
            let _ = Uri::parse(&text);
            let _ = download_share(&text);
            let _ = errors(&text);
        }
    }
}
