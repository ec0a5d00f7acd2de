//! Users and groups of the guest, from its /etc/passwd and /etc/group (passwd(5), group(5)).
//!
//! The agent is static, so the system's own name services are out of reach.

use std::fs;

use crate::sys::child::Identity;

/// The two files' contents.
#[derive(Debug, Default)]
pub struct Accounts {
    /// /etc/passwd.
    pub passwd: String,
    /// /etc/group.
    pub group: String,
}

/// A user as a command needs it.
#[derive(Debug, PartialEq, Eq)]
pub struct Account {
    /// Ids.
    pub identity: Identity,
    /// The login name; the number where it has none.
    pub name: String,
    /// The home directory.
    pub home: String,
    /// The login shell.
    pub shell: String,
}

/// Whom the guest does not know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownAccount {
    /// No such line in /etc/passwd, and no number.
    #[error("the guest has no user {0:?}")]
    User(String),
    /// No such line in /etc/group, and no number.
    #[error("the guest has no group {0:?}")]
    Group(String),
}

/// A line of /etc/passwd.
struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
    shell: &'a str,
}

/// A line of /etc/group.
struct Group<'a> {
    name: &'a str,
    gid: u32,
    members: &'a str,
}

impl Accounts {
    /// Reads the files of this system; images may have none.
    pub fn of_this_system() -> Self {
        let read = |path| {
            let bytes = fs::read(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Self {
            passwd: read("/etc/passwd"),
            group: read("/etc/group"),
        }
    }

    /// Resolves `user`, `user:group`, or numbers in their place. As with containers, a number
    /// needs no account, and a given group is the only one.
    ///
    /// # Errors
    /// When a name is unknown.
    pub fn resolve(&self, who: &str) -> Result<Account, UnknownAccount> {
        let (user, group) = match who.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (who, None),
        };
        let mut account = self.account(user)?;
        if let Some(group) = group {
            let gid = self.gid(group)?;
            account.identity.gid = gid;
            account.identity.groups = vec![gid];
        }
        Ok(account)
    }

    fn account(&self, user: &str) -> Result<Account, UnknownAccount> {
        let number = user.parse::<u32>().ok();
        let known = self
            .users()
            .find(|known| known.name == user)
            .or_else(|| self.users().find(|known| Some(known.uid) == number));
        match (known, number) {
            (Some(known), _) => Ok(Account {
                identity: Identity {
                    uid: known.uid,
                    gid: known.gid,
                    groups: self.groups_of(known.name, known.gid),
                },
                name: known.name.to_owned(),
                home: or(known.home, "/"),
                shell: or(known.shell, "/bin/sh"),
            }),
            // An image of one static binary has no accounts, and still has root.
            (None, Some(0)) => Ok(stranger(0, "root", "/root")),
            (None, Some(uid)) => Ok(stranger(uid, user, "/")),
            (None, None) if user == "root" => Ok(stranger(0, "root", "/root")),
            (None, None) => Err(UnknownAccount::User(user.to_owned())),
        }
    }

    fn gid(&self, group: &str) -> Result<u32, UnknownAccount> {
        self.groups()
            .find(|known| known.name == group)
            .map(|known| known.gid)
            .or_else(|| group.parse().ok())
            .ok_or_else(|| UnknownAccount::Group(group.to_owned()))
    }

    fn groups_of(&self, user: &str, primary: u32) -> Vec<u32> {
        let mut groups = vec![primary];
        for group in self.groups() {
            if group.members.split(',').any(|member| member.trim() == user)
                && !groups.contains(&group.gid)
            {
                groups.push(group.gid);
            }
        }
        groups
    }

    fn users(&self) -> impl Iterator<Item = User<'_>> {
        self.passwd.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let (name, _, uid, gid) = (
                fields.next()?,
                fields.next()?,
                fields.next()?,
                fields.next()?,
            );
            let (home, shell) = (fields.nth(1).unwrap_or(""), fields.next().unwrap_or(""));
            Some(User {
                name,
                uid: uid.parse().ok()?,
                gid: gid.parse().ok()?,
                home,
                shell,
            })
        })
    }

    fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.group.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let (name, _, gid) = (fields.next()?, fields.next()?, fields.next()?);
            Some(Group {
                name,
                gid: gid.parse().ok()?,
                members: fields.next().unwrap_or(""),
            })
        })
    }
}

/// Somebody without a line in /etc/passwd.
fn stranger(uid: u32, name: &str, home: &str) -> Account {
    Account {
        identity: Identity {
            uid,
            gid: 0,
            groups: vec![0],
        },
        name: name.to_owned(),
        home: home.to_owned(),
        shell: "/bin/sh".to_owned(),
    }
}

fn or(text: &str, default: &str) -> String {
    if text.is_empty() {
        default.to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accounts() -> Accounts {
        Accounts {
            passwd: "root:x:0:0:root:/root:/bin/bash\nbad line\nkim:x:1000:1000:,,,:/home/kim:\n\
                     42:x:7:7::/seven:/bin/zsh\n"
                .to_owned(),
            group: "root:x:0:\nwheel:x:10:root, kim\ndocker:x:999:kim\nkim:x:1000:kim\n".to_owned(),
        }
    }

    #[test]
    fn a_name_brings_ids_home_shell_and_groups() {
        let kim = accounts().resolve("kim").unwrap();
        let groups = vec![1000, 10, 999];
        assert_eq!(
            kim.identity,
            Identity {
                uid: 1000,
                gid: 1000,
                groups
            }
        );
        assert_eq!(
            (kim.home.as_str(), kim.shell.as_str()),
            ("/home/kim", "/bin/sh")
        );
    }

    #[test]
    fn a_given_group_is_the_only_one() {
        let kim = accounts().resolve("kim:docker").unwrap();
        assert_eq!((kim.identity.gid, kim.identity.groups), (999, vec![999]));
        assert_eq!(accounts().resolve("kim:77").unwrap().identity.gid, 77);
    }

    #[test]
    fn numbers_need_no_account_and_names_come_first() {
        let nobody = accounts().resolve("4711").unwrap();
        assert_eq!((nobody.identity.uid, nobody.identity.gid), (4711, 0));
        assert_eq!((nobody.name.as_str(), nobody.home.as_str()), ("4711", "/"));
        assert_eq!(accounts().resolve("1000").unwrap().name, "kim");
        assert_eq!(accounts().resolve("42").unwrap().identity.uid, 7);
    }

    #[test]
    fn root_is_there_without_any_file() {
        let root = Accounts::default().resolve("root").unwrap();
        assert_eq!((root.identity.uid, root.home.as_str()), (0, "/root"));
        assert_eq!(Accounts::default().resolve("0").unwrap(), root);
    }

    #[test]
    fn strangers_are_told_by_name() {
        assert_eq!(
            accounts().resolve("lee"),
            Err(UnknownAccount::User("lee".to_owned()))
        );
        assert_eq!(
            accounts().resolve("kim:lee"),
            Err(UnknownAccount::Group("lee".to_owned()))
        );
        assert_eq!(
            accounts().resolve(""),
            Err(UnknownAccount::User(String::new()))
        );
    }

    proptest! {
        #[test]
        fn any_files_are_read(passwd in "\\PC{0,60}", group in "\\PC{0,60}", who in "[a-z0-9:]{0,6}") {
            let _ = Accounts { passwd, group }.resolve(&who);
        }
    }
}
