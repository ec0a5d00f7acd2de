//! Pure: a stream of bytes cut so that no character is torn.

/// Holds back the beginning of a character until its end arrives.
#[derive(Debug, Default)]
pub struct Utf8Stream {
    held: Vec<u8>,
}

impl Utf8Stream {
    /// Takes the next bytes; gives all that is complete, together with what was held back.
    /// Bytes that are no UTF-8 at all are given as they are.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.held.extend_from_slice(bytes);
        let complete = match std::str::from_utf8(&self.held) {
            Ok(_) => self.held.len(),
            // No error length: it ends in the middle of a character (std::str::Utf8Error).
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.held.len(),
        };
        let rest = self.held.split_off(complete);
        let complete = std::mem::replace(&mut self.held, rest);
        (!complete.is_empty()).then_some(complete)
    }

    /// The stream ended: what was held back, if anything.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let rest = std::mem::take(&mut self.held);
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_byte_is_lost_and_no_character_torn(text in ".{0,40}", cut in 1usize..5) {
            let mut stream = Utf8Stream::default();
            let mut pieces: Vec<Vec<u8>> =
                text.as_bytes().chunks(cut).filter_map(|chunk| stream.push(chunk)).collect();
            pieces.extend(stream.finish());
            prop_assert!(pieces.iter().all(|piece| std::str::from_utf8(piece).is_ok()));
            prop_assert_eq!(pieces.concat(), text.into_bytes());
        }

        #[test]
        fn binary_passes_unchanged(bytes in prop::collection::vec(any::<u8>(), 0..60), cut in 1usize..9) {
            let mut stream = Utf8Stream::default();
            let mut seen: Vec<u8> = bytes.chunks(cut).filter_map(|chunk| stream.push(chunk)).flatten().collect();
            seen.extend(stream.finish().unwrap_or_default());
            prop_assert_eq!(seen, bytes);
        }
    }
}
