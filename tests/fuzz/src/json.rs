//! Mutations of JSON that leave it JSON: chance changes a name or a value, and hardly ever
//! takes a whole one away or puts it elsewhere.

use serde_json::{Value, json};

/// Mutates as libFuzzer does, or changes one value of a document. Documents are behind the
/// first `skip` bytes, apart by zero bytes.
pub fn mutate_json(data: &mut [u8], skip: usize, size: usize, max_size: usize, seed: u32) -> usize {
    if !seed.is_multiple_of(2)
        && let Some(changed) = data.get(skip..size).and_then(|json| change_one(json, seed))
        && let Some(room) = data[..max_size].get_mut(skip..skip + changed.len())
    {
        room.copy_from_slice(&changed);
        return skip + changed.len();
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
}

fn change_one(documents: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut random = Random(u64::from(seed) | 1 << 32);
    let mut documents: Vec<Vec<u8>> = documents.split(|byte| *byte == 0).map(Vec::from).collect();
    let chosen = random.below(documents.len());
    let mut document: Value = serde_json::from_slice(&documents[chosen]).ok()?;
    let many = count(&document);
    let other = nth(&mut document, &mut random.below(many)).cloned();
    let place = nth(&mut document, &mut random.below(many))?;
    change(place, other.unwrap_or_default(), &mut random);
    documents[chosen] = serde_json::to_vec(&document).ok()?;
    Some(documents.join(&0))
}

fn change(value: &mut Value, other: Value, random: &mut Random) {
    match (random.below(4), &mut *value) {
        (0, Value::Object(fields)) if !fields.is_empty() => {
            let name = fields.keys().nth(random.below(fields.len())).cloned();
            fields.remove(&name.unwrap_or_default());
        }
        (0, Value::Array(items)) if !items.is_empty() => {
            items.remove(random.below(items.len()));
        }
        (0 | 1, Value::Array(items)) => {
            let item = items.first().cloned().unwrap_or_default();
            // Many of a large one are too long for an input in any case.
            let many = if count(&item) > 20 {
                1
            } else {
                [1, 2, 600][random.below(3)]
            };
            items.extend(std::iter::repeat_n(item, many));
        }
        (0 | 1, Value::String(text)) => match random.below(4) {
            0 => text.clear(),
            1 => text.insert(0, '\u{e9}'),
            2 if text.len() < 50 => *text = text.repeat(1 + random.below(300)),
            _ => *text = text.chars().rev().collect(),
        },
        (0 | 1, Value::Number(_)) => {
            let numbers = [
                json!(0),
                json!(-1),
                json!(u64::MAX),
                json!(i64::MAX),
                json!(0.5),
            ];
            *value = numbers[random.below(numbers.len())].clone();
        }
        (2, _) => {
            let values = [
                json!(null),
                json!(""),
                json!([]),
                json!({}),
                json!(true),
                json!(1),
            ];
            *value = values[random.below(values.len())].clone();
        }
        _ => *value = other,
    }
}

/// How many values a document has.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// One of them, from the outside to the inside.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|item| nth(item, left)),
        _ => None,
    }
}

/// Numbers of no quality: a mutation is to be the same for the same seed (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, many: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % many
    }
}
