//! Pure: whose a copied file is, by the guest's /etc/passwd and /etc/group (passwd(5), group(5)).

/// User and group numbers of `user`, `user:group`, or numbers in their place. A number without
/// a group is the group's too, as Docker has it; a name brings its own group.
///
/// # Errors
/// Which name is unknown.
pub fn resolve(owner: &str, passwd: &str, group: &str) -> Result<(u32, u32), String> {
    let (user, wanted) = match owner.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (owner, None),
    };
    let (uid, own) = match user.parse::<u32>() {
        Ok(number) => (number, number),
        Err(_) => {
            let of = fields(passwd, user).and_then(|of| Some((number(&of, 2)?, number(&of, 3)?)));
            of.ok_or_else(|| format!("the image has no user {user:?}"))?
        }
    };
    let gid = match wanted {
        None | Some("") => own,
        Some(name) => match name.parse::<u32>() {
            Ok(number) => number,
            Err(_) => fields(group, name)
                .and_then(|of| number(&of, 2))
                .ok_or_else(|| format!("the image has no group {name:?}"))?,
        },
    };
    Ok((uid, gid))
}

/// The names in a passwd file.
pub fn names(passwd: &str) -> Vec<String> {
    let names = passwd.lines().filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.to_owned()).collect()
}

fn fields<'a>(file: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let mut lines = file.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|fields| fields.first() == Some(&name))
}

fn number(fields: &[&str], index: usize) -> Option<u32> {
    fields.get(index)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nkim:x:1000:1001::/home/kim:/bin/sh\nbad\n";
    const GROUP: &str = "root:x:0:\nstaff:x:50:kim\n";

    #[test]
    fn names_and_numbers() {
        let rows = [
            ("kim", Ok((1000, 1001))),
            ("kim:staff", Ok((1000, 50))),
            ("kim:7", Ok((1000, 7))),
            ("42", Ok((42, 42))),
            ("42:staff", Ok((42, 50))),
            ("lee", Err("the image has no user \"lee\"".to_owned())),
            ("kim:lee", Err("the image has no group \"lee\"".to_owned())),
            ("bad", Err("the image has no user \"bad\"".to_owned())),
        ];
        for (owner, expected) in rows {
            assert_eq!(resolve(owner, PASSWD, GROUP), expected, "{owner}");
        }
        assert_eq!(names(PASSWD), ["root", "kim"]);
    }
}
