//! The order in which modules load: what a module depends on comes before it.

use std::collections::BTreeMap;

/// Why there is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadOrderError {
    /// Modules depend on one another in a circle, which depmod refuses too.
    #[error("the kernel modules depend on one another in a circle: {}", circle.join(" -> "))]
    Circle {
        /// The modules of the circle, the first one again at its end.
        circle: Vec<String>,
    },
}

/// How far a module has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Its dependencies are being placed.
    Open,
    /// It is placed.
    Placed,
}

/// Puts `wanted` and all that they depend on in order. `depends` gives a module's direct
/// dependencies; it is asked once for each module. The order follows from `wanted` and
/// `depends` alone.
pub(super) fn load_order<E: From<LoadOrderError>>(
    wanted: &[String],
    mut depends: impl FnMut(&str) -> Result<Vec<String>, E>,
) -> Result<Vec<String>, E> {
    let mut order = Vec::new();
    let mut marks = BTreeMap::new();
    for root in wanted {
        if marks.contains_key(root) {
            continue;
        }
        // A stack instead of recursion: its depth is the input's to choose.
        let mut path = vec![(root.clone(), depends(root)?.into_iter())];
        marks.insert(root.clone(), Mark::Open);
        while let Some((module, rest)) = path.last_mut() {
            match rest.next() {
                None => {
                    marks.insert(module.clone(), Mark::Placed);
                    order.push(module.clone());
                    path.pop();
                }
                Some(next) => match marks.get(&next) {
                    Some(Mark::Placed) => {}
                    Some(Mark::Open) => {
                        let circle = path.iter().map(|(module, _)| module.clone());
                        let mut circle: Vec<_> = circle.skip_while(|m| *m != next).collect();
                        circle.push(next);
                        return Err(LoadOrderError::Circle { circle }.into());
                    }
                    None => {
                        let further = depends(&next)?.into_iter();
                        marks.insert(next.clone(), Mark::Open);
                        path.push((next, further));
                    }
                },
            }
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(wanted: &[&str], edges: &[(&str, &[&str])]) -> Result<Vec<String>, LoadOrderError> {
        let wanted: Vec<String> = wanted.iter().map(|name| name.to_string()).collect();
        load_order(&wanted, |name| {
            let of = edges.iter().find(|(from, _)| *from == name);
            Ok(of.map_or_else(Vec::new, |(_, to)| {
                to.iter().map(|n| n.to_string()).collect()
            }))
        })
    }

    #[test]
    fn dependencies_come_first_and_once() {
        let edges: [(&str, &[&str]); 3] = [
            ("blk", &["virtio", "ring"]),
            ("virtio", &["ring"]),
            ("net", &["failover", "virtio"]),
        ];
        assert_eq!(
            order(&["blk", "net", "ring"], &edges).unwrap(),
            ["ring", "virtio", "blk", "failover", "net"]
        );
    }

    #[test]
    fn a_circle_is_named() {
        let edges: [(&str, &[&str]); 3] = [("a", &["b"]), ("b", &["c"]), ("c", &["b"])];
        assert_eq!(
            order(&["a"], &edges),
            Err(LoadOrderError::Circle {
                circle: vec!["b".into(), "c".into(), "b".into()]
            })
        );
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let last = 200_000;
        let order = load_order(&["0".to_string()], |name| {
            let number: u32 = name.parse().unwrap();
            Ok::<_, LoadOrderError>(if number == last {
                vec![]
            } else {
                vec![(number + 1).to_string()]
            })
        });
        assert_eq!(order.unwrap().len(), last as usize + 1);
    }

    proptest! {
        #[test]
        fn every_order_is_topological(
            // Edges go to higher numbers alone, so there is no circle.
            edges in prop::collection::vec((0usize..20, 1usize..20), 0..60),
            wanted in prop::collection::vec(0usize..20, 1..6),
        ) {
            let depends = |name: &str| {
                let from: usize = name.parse().unwrap();
                edges.iter().filter(|(f, _)| *f == from).map(|(f, d)| (f + d).to_string())
                    .collect::<Vec<_>>()
            };
            let wanted: Vec<String> = wanted.iter().map(|n| n.to_string()).collect();
            let order = load_order(&wanted, |n| Ok::<_, LoadOrderError>(depends(n))).unwrap();
            for (at, module) in order.iter().enumerate() {
                prop_assert_eq!(order.iter().filter(|m| *m == module).count(), 1);
                for needed in depends(module) {
                    prop_assert!(order[..at].contains(&needed));
                }
            }
            for module in &wanted {
                prop_assert!(order.contains(module));
            }
        }
    }
}
