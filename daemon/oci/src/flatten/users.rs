//! The users of an image, from its `/etc/passwd`.

/// The most bytes of `/etc/passwd` that are looked at.
pub(super) const PASSWD_MAX: u64 = 1 << 20;
/// The most users that are told.
const USERS_MAX: usize = 10_000;

/// A user, as passwd(5) has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its group's number.
    pub gid: u32,
    /// Its home directory.
    pub home: String,
    /// Its login shell; empty stands for `/bin/sh`.
    pub shell: String,
}

/// Reads the lines of passwd(5); what is no user is left out.
pub(super) fn parse(passwd: &[u8]) -> Vec<User> {
    passwd
        .split(|&byte| byte == b'\n')
        .filter_map(user)
        .take(USERS_MAX)
        .collect()
}

fn user(line: &[u8]) -> Option<User> {
    let line = String::from_utf8_lossy(line);
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, _, home, shell] = fields[..] else {
        return None;
    };
    Some(User {
        name: Some(name).filter(|name| !name.is_empty())?.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        home: home.to_owned(),
        shell: shell.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_passwd() {
        let users = parse(
            b"root:x:0:0:root:/root:/bin/bash\n# no user\n\nbroken:x:0\n+::::::\n\
              app:x:100000:100001::/app:\nbad\xff:x:1:1::/:/bin/sh",
        );
        let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, ["root", "app", "bad\u{fffd}"]);
        assert_eq!((users[1].uid, users[1].gid), (100_000, 100_001));
        assert_eq!(
            (users[0].home.as_str(), users[0].shell.as_str()),
            ("/root", "/bin/bash")
        );
    }
}
