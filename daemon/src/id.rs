//! Random ids.

use std::io::Read;

/// How many hexadecimal digits an id has.
pub const LENGTH: usize = 12;

/// A new id: 12 hexadecimal digits from the kernel's random numbers.
pub fn random() -> String {
    random_bytes::<{ LENGTH / 2 }>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Bytes of the kernel's random numbers.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // /dev/urandom never blocks and never ends (random(4)). Where it is missing there is no
    // system left to run on; time is then as good as anything.
    if std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .is_err()
    {
        let now = jiff::Timestamp::now().as_nanosecond().to_le_bytes();
        for (byte, from) in bytes.iter_mut().zip(now.iter().cycle()) {
            *byte = *from;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_differ_and_have_twelve_digits() {
        let (a, b) = (super::random(), super::random());
        assert_ne!(a, b);
        assert_eq!(a.len(), super::LENGTH);
        assert!(a.chars().all(|c| c.is_ascii_hexdigit()));
    }
}
