//! Random layers against what must always hold.

use proptest::prelude::*;

use super::*;

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[abc]", 1..4).prop_map(|parts| parts.join("/"))
}

fn member() -> impl Strategy<Value = String> {
    let target = prop_oneof![
        path(),
        path().prop_map(|path| format!("/{path}")),
        path().prop_map(|path| format!("../{path}"))
    ];
    prop_oneof![
        4 => path().prop_map(|path| format!("f {path}")),
        4 => path().prop_map(|path| format!("d {path}")),
        2 => (path(), target).prop_map(|(path, target)| format!("s {path} > {target}")),
        2 => (path(), path()).prop_map(|(path, target)| format!("h {path} > {target}")),
        1 => path().prop_map(|path| format!("p {path}")),
        2 => path().prop_map(|path| format!("w {path}")),
        1 => path().prop_map(|path| format!("o {path}")),
    ]
}

proptest! {
    #[test]
    fn a_plan_is_a_tree_of_members_of_the_right_kind(
        layers in proptest::collection::vec(proptest::collection::vec(member(), 0..12), 1..5)
    ) {
        let indexes: Vec<_> = layers.iter().map(|members| index(members)).collect();
        let Ok(plan) = merge(&indexes, &Limits::default()) else {
            return Ok(());
        };
        let names = names(&plan);
        let kind = |path: &str| match names[path].split_once('.') {
            None => "d",
            Some((layer, member)) => {
                &layers[layer.parse::<usize>().unwrap()][member.parse::<usize>().unwrap()][..1]
            }
        };
        for path in names.keys().filter(|path| !path.is_empty()) {
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(names.contains_key(parent), "{} has no parent", path);
            prop_assert_eq!(kind(parent), "d");
            prop_assert!("fdsp".contains(kind(path)));
        }
        // An empty layer on top changes nothing, and neither does the last layer twice unless
        // it takes away or links.
        let mut again = indexes.clone();
        again.push(LayerIndex::default());
        let same = merge(&again, &Limits::default()).unwrap();
        prop_assert_eq!(super::names(&same), names.clone());
        again.push(index(&["o "]));
        let nothing = merge(&again, &Limits::default()).unwrap();
        prop_assert_eq!(nothing.content().names, 0);
    }

    #[test]
    fn merging_does_not_care_what_indexes_have_been_through(
        members in proptest::collection::vec(member(), 0..20)
    ) {
        let index = index(&members);
        prop_assert_eq!(LayerIndex::from_bytes(&index.to_bytes()), Some(index));
    }
}
