//! JSON from strangers: a duplicate key is an error, not a surprise.

use crate::invalid::{Invalid, Problem, pointer_step};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::fmt;

/// Reads one JSON value.
///
/// # Errors
/// Not UTF-8, not JSON (with line and column), or keys that stand twice, each with its pointer.
pub fn parse(bytes: &[u8]) -> Result<Value, Invalid> {
    let (value, problems) = parse_anyway(utf8(bytes)?)?;
    Invalid::unless_empty(problems)?;
    Ok(value)
}

/// The text that bytes are, without a byte order mark.
///
/// # Errors
/// Not UTF-8.
pub fn utf8(bytes: &[u8]) -> Result<&str, Invalid> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Invalid::one(
            "",
            format!("not UTF-8: byte {} is not part of a character; save it as UTF-8", error.valid_up_to()),
        )
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// One JSON value and its keys that stand twice, so that whoever reads on can name the other problems too.
///
/// # Errors
/// Not JSON (with line and column).
pub fn parse_anyway(text: &str) -> Result<(Value, Vec<Problem>), Invalid> {
    let problems = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Node { pointer: String::new(), problems: &problems }.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    let value = value.map_err(|error| {
        let what = if error.is_eof() { "it ends too early" } else { "it goes wrong" };
        Invalid::one("", format!("not JSON: {what} at line {}, column {}", error.line(), error.column()))
    })?;
    Ok((value, problems.into_inner()))
}

struct Node<'p> {
    pointer: String,
    problems: &'p RefCell<Vec<Problem>>,
}

impl Node<'_> {
    fn child(&self, step: &str) -> Self {
        Self { pointer: format!("{}/{}", self.pointer, pointer_step(step)), problems: self.problems }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.child(&array.len().to_string()))? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let child = self.child(&key);
            let pointer = child.pointer.clone();
            let value = entries.next_value_seed(child)?;
            if object.insert(key, value).is_some() {
                let detail = "this key stands twice in its object; keep one of the two".to_owned();
                self.problems.borrow_mut().push(Problem { pointer, detail });
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        let found = match parse(bytes) {
            Ok(value) => value.to_string(),
            Err(invalid) => invalid.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_json_is_named() {
        check(br#"{"a":[1,-2,2.5,true,null,"x"]}"#, r#"{"a":[1,-2,2.5,true,null,"x"]}"#);
        check(b"\xef\xbb\xbf{}", "{}");
        check(b"{\"a\":\"\xff\"}", "(whole): not UTF-8: byte 6 is not part of a character; save it as UTF-8");
        check(b"{", "(whole): not JSON: it ends too early at line 1, column 1");
        check(b"{} {}", "(whole): not JSON: it goes wrong at line 1, column 4");
        check(
            br#"{"a":{"b/c":1,"b/c":2},"d":[{"e":1,"e":1}]}"#,
            "/a/b~1c: this key stands twice in its object; keep one of the two\n/d/0/e: this key stands twice in its object; keep one of the two",
        );
    }
}
