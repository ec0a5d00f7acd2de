//! A bar for each layer of an image that is pulled, below the operation's own.

use banger_api::{LayerProgress, size};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How many layers are shown at once: those beyond are part of the sum above them.
const SHOWN: usize = 8;

/// How much of a digest is shown, in hexadecimal digits; docker shows as many.
const DIGITS: usize = 12;

pub(super) const TEMPLATE: &str = "  {prefix} [{bar:24}] {msg}";

/// The bars of the layers that are on their way.
#[derive(Default)]
pub(super) struct Layers {
    bars: Vec<(String, ProgressBar)>,
}

impl Layers {
    /// Shows the layers as they are now; what is complete, or is no longer told of, vanishes.
    pub(super) fn show(&mut self, among: &MultiProgress, layers: &[LayerProgress]) {
        let unfinished = |layer: &&LayerProgress| layer.done < layer.total;
        let shown: Vec<_> = layers.iter().filter(unfinished).take(SHOWN).collect();
        self.bars.retain(|(digest, bar)| {
            let stays = shown.iter().any(|layer| layer.digest == *digest);
            if !stays {
                bar.finish_and_clear();
                among.remove(bar);
            }
            stays
        });
        for layer in shown {
            let known = self.bars.iter().position(|(of, _)| *of == layer.digest);
            let at = known.unwrap_or_else(|| {
                let bar = among.add(begun(layer));
                self.bars.push((layer.digest.clone(), bar));
                self.bars.len() - 1
            });
            if let Some((_, bar)) = self.bars.get(at) {
                bar.set_message(told(layer));
                bar.set_position(layer.done);
            }
        }
    }
}

fn begun(layer: &LayerProgress) -> ProgressBar {
    let bar = ProgressBar::new(layer.total).with_prefix(short(&layer.digest).to_owned());
    // The template is a constant that a test reads.
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    bar
}

fn told(layer: &LayerProgress) -> String {
    let (done, total) = (size::display(layer.done), size::display(layer.total));
    format!("{done} of {total}")
}

fn short(digest: &str) -> &str {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    hex.get(..DIGITS).unwrap_or(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(digest: &str, done: u64) -> LayerProgress {
        LayerProgress {
            digest: digest.to_owned(),
            done,
            total: 100,
        }
    }

    #[test]
    fn layers_come_and_go() {
        let (among, mut shown) = (MultiProgress::new(), Layers::default());
        let digests = |shown: &Layers| {
            let digests = shown.bars.iter().map(|(digest, _)| digest.clone());
            digests.collect::<Vec<_>>()
        };
        shown.show(&among, &[layer("a", 0), layer("b", 100), layer("c", 3)]);
        assert_eq!(digests(&shown), ["a", "c"]);
        shown.show(&among, &[layer("a", 100), layer("b", 100), layer("c", 4)]);
        assert_eq!(digests(&shown), ["c"]);
        assert_eq!(shown.bars[0].1.position(), 4);
        shown.show(&among, &[]);
        assert!(shown.bars.is_empty());
    }

    #[test]
    fn digests_are_short() {
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
        assert_eq!(short("sha512:é"), "sha512:é");
    }
}
