//! How far something slow is, on standard error: a moving line on a terminal, a line for
//! each stage elsewhere, nothing for those who asked for quiet. `layers.rs` has the bars of an
//! image's layers.

mod layers;

use std::{collections::HashSet, time::Duration};

use banger_api::{LayerProgress, Operation, ProgressUnit, size};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::layers::Layers;

use crate::printer::{Printer, can_animate};

/// How often a moving line moves.
const TICK: Duration = Duration::from_millis(100);

/// Shows how far something is.
pub struct Progress {
    printer: Printer,
    shown: Shown,
    notes: HashSet<String>,
}

enum Shown {
    Nothing,
    Lines {
        last: String,
    },
    Bars {
        all: MultiProgress,
        bar: ProgressBar,
        template: &'static str,
        layers: Layers,
    },
}

impl Progress {
    /// Shows nothing yet.
    pub fn new(printer: Printer) -> Self {
        let shown = if printer.quiet {
            Shown::Nothing
        } else if can_animate() {
            // It is drawn first when there is something to say.
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
            let bar = all.add(ProgressBar::new_spinner());
            Shown::Bars {
                all,
                bar,
                template: "",
                layers: Layers::default(),
            }
        } else {
            let last = String::new();
            Shown::Lines { last }
        };
        Self {
            printer,
            shown,
            notes: HashSet::new(),
        }
    }

    /// For what is over in a moment: shown on a terminal only.
    pub fn fleeting(mut printer: Printer) -> Self {
        printer.quiet |= !can_animate();
        Self::new(printer)
    }

    /// Shows an operation as it is now; its notes once each.
    pub fn operation(&mut self, operation: &Operation) {
        for note in &operation.notes {
            if self.notes.insert(note.clone()) {
                let printer = self.printer;
                self.suspend(|| printer.labelled("note", note));
            }
        }
        let amount = operation.progress.map(|progress| Amount {
            done: progress.done,
            total: progress.total,
            unit: progress.unit,
        });
        self.show(&operation.stage, amount, &operation.layers);
    }

    /// Shows a stage of our own.
    pub fn stage(&mut self, text: &str) {
        self.show(text, None, &[]);
    }

    /// Shows how many bytes a stage of our own has moved.
    pub fn bytes(&mut self, text: &str, done: u64, total: Option<u64>) {
        let unit = ProgressUnit::Bytes;
        self.show(text, Some(Amount { done, total, unit }), &[]);
    }

    /// Writes something else without tearing the moving line.
    pub fn suspend(&self, write: impl FnOnce()) {
        match &self.shown {
            Shown::Bars { all, .. } => all.suspend(write),
            Shown::Nothing | Shown::Lines { .. } => write(),
        }
    }

    fn show(&mut self, stage: &str, amount: Option<Amount>, layers: &[LayerProgress]) {
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines { last } => {
                if last != stage && !stage.is_empty() {
                    stage.clone_into(last);
                    self.printer.note(stage);
                }
            }
            Shown::Bars {
                all,
                bar,
                template,
                layers: below,
            } => {
                if all.is_hidden() {
                    all.set_draw_target(ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(TICK);
                }
                draw(bar, template, stage, amount);
                below.show(all, layers);
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Bars {
            all, bar, layers, ..
        } = &mut self.shown
        {
            layers.show(all, &[]);
            bar.finish_and_clear();
        }
    }
}

#[derive(Clone, Copy)]
struct Amount {
    done: u64,
    total: Option<u64>,
    unit: ProgressUnit,
}

const SPINNER: &str = "{spinner} {wide_msg} {elapsed}";
const BAR: &str = "{spinner} {msg} [{bar:24}] {prefix} {elapsed}";

fn draw(bar: &ProgressBar, template: &mut &'static str, stage: &str, amount: Option<Amount>) {
    let told = amount.map(told).unwrap_or_default();
    let wanted = match amount {
        Some(Amount {
            total: Some(total),
            done,
            ..
        }) if total > 0 => {
            bar.set_length(total);
            bar.set_position(done.min(total));
            bar.set_message(stage.to_owned());
            bar.set_prefix(told);
            BAR
        }
        _ if told.is_empty() => {
            bar.set_message(stage.to_owned());
            SPINNER
        }
        _ => {
            bar.set_message(format!("{stage} ({told})"));
            SPINNER
        }
    };
    // Both templates are constants that a test reads.
    if *template != wanted
        && let Ok(style) = ProgressStyle::with_template(wanted)
    {
        *template = wanted;
        bar.set_style(style);
    }
}

fn told(amount: Amount) -> String {
    let number = |number: u64| match amount.unit {
        ProgressUnit::Bytes => size::display(number),
        ProgressUnit::Packages | ProgressUnit::Percent => number.to_string(),
    };
    let unit = match amount.unit {
        ProgressUnit::Bytes => "",
        ProgressUnit::Packages => " packages",
        ProgressUnit::Percent => " %",
    };
    match amount.total {
        Some(total) if amount.unit != ProgressUnit::Percent => {
            format!("{} of {}{unit}", number(amount.done), number(total))
        }
        Some(_) | None => format!("{}{unit}", number(amount.done)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_sound() {
        for template in [SPINNER, BAR, layers::TEMPLATE] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn amounts_for_people() {
        let amount = |done, total, unit| told(Amount { done, total, unit });
        assert_eq!(
            amount(1536, Some(4096), ProgressUnit::Bytes),
            "1.5 KiB of 4 KiB"
        );
        assert_eq!(
            amount(3, Some(9), ProgressUnit::Packages),
            "3 of 9 packages"
        );
        assert_eq!(amount(40, Some(100), ProgressUnit::Percent), "40 %");
        assert_eq!(amount(5, None, ProgressUnit::Bytes), "5 B");
    }
}
