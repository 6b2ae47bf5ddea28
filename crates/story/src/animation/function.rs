//! A function of x, as a person writes it: read once, worked out for each point of its curve.

/// A function of x.
#[derive(Clone, Debug)]
pub struct Function(Term);

type OfOne = fn(f64) -> f64;
type OfTwo = fn(f64, f64) -> f64;

#[derive(Clone, Debug)]
enum Term {
    X,
    Number(f64),
    Call(OfOne, Box<Term>),
    Pair(OfTwo, Box<[Term; 2]>),
}

/// Functions of one number.
const CALLS: [(&str, OfOne); 11] = [
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("log", f64::log10),
    ("sqrt", f64::sqrt),
    ("abs", f64::abs),
    ("floor", f64::floor),
    ("ceil", f64::ceil),
    ("tanh", f64::tanh),
];
/// Functions of two.
const PAIRS: [(&str, OfTwo); 2] = [("min", f64::min), ("max", f64::max)];
/// What a text is read no further for: it is of 120 characters, and each bracket goes one deeper.
const DEEPEST: usize = 60;

impl Function {
    /// Reads `0.5x^2 - sin(x)`.
    ///
    /// # Errors
    /// A sentence about the first thing that cannot be read.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader { letters: text.chars().filter(|c| !c.is_whitespace()).collect(), at: 0, depth: 0 };
        let term = reader.sum()?;
        match reader.peek() {
            None => Ok(Self(term)),
            Some(c) => Err(format!("\"{c}\" cannot stand there: write a function of x such as 0.5*x^2 + sin(x)")),
        }
    }

    /// Its value; no number where it has none.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        value(&self.0, x)
    }
}

fn value(term: &Term, x: f64) -> f64 {
    match term {
        Term::X => x,
        Term::Number(number) => *number,
        Term::Call(call, of) => call(value(of, x)),
        Term::Pair(pair, of) => pair(value(&of[0], x), value(&of[1], x)),
    }
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self, wanted: &[char]) -> Option<char> {
        let found = self.peek().filter(|c| wanted.contains(c))?;
        self.at += 1;
        Some(found)
    }

    fn sum(&mut self) -> Result<Term, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("nested too deeply".to_owned());
        }
        let mut term = self.product()?;
        while let Some(sign) = self.take(&['+', '-', '−']) {
            let pair: OfTwo = if sign == '+' { |a, b| a + b } else { |a, b| a - b };
            term = Term::Pair(pair, Box::new([term, self.product()?]));
        }
        self.depth -= 1;
        Ok(term)
    }

    fn product(&mut self) -> Result<Term, String> {
        let mut term = self.signed()?;
        loop {
            let pair: OfTwo = match self.take(&['*', '·', '/']) {
                Some('/') => |a, b| a / b,
                Some(_) => |a, b| a * b,
                // 2x, 3(x + 1), x sin(x): a sign between them would be another term.
                None if self.peek().is_some_and(|c| c == '(' || c.is_alphanumeric()) => |a, b| a * b,
                None => return Ok(term),
            };
            term = Term::Pair(pair, Box::new([term, self.signed()?]));
        }
    }

    /// −x^2 is −(x^2), and 2^−x is read too.
    fn signed(&mut self) -> Result<Term, String> {
        let mut is_negative = false;
        while let Some(sign) = self.take(&['+', '-', '−']) {
            is_negative ^= sign != '+';
        }
        let term = self.power()?;
        Ok(if is_negative { Term::Call(|a| -a, Box::new(term)) } else { term })
    }

    fn power(&mut self) -> Result<Term, String> {
        let base = self.atom()?;
        match self.take(&['^']) {
            Some(_) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("nested too deeply".to_owned());
                }
                let power = Term::Pair(f64::powf, Box::new([base, self.signed()?]));
                self.depth -= 1;
                Ok(power)
            }
            None => Ok(base),
        }
    }

    fn atom(&mut self) -> Result<Term, String> {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let term = self.sum()?;
                self.closed()?;
                Ok(term)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => {
                let from = self.at;
                while self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
                    self.at += 1;
                }
                let text: String = self.letters[from..self.at].iter().collect();
                text.parse().map(Term::Number).map_err(|_| format!("\"{text}\" is no number"))
            }
            Some(c) if c.is_ascii_alphabetic() || c == 'π' => self.named(),
            Some(c) => Err(format!("\"{c}\" cannot stand there: write a function of x such as 0.5*x^2 + sin(x)")),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn named(&mut self) -> Result<Term, String> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphabetic() || c == 'π') {
            self.at += 1;
        }
        let name: String = self.letters[from..self.at].iter().collect();
        match name.as_str() {
            "x" => return Ok(Term::X),
            "e" => return Ok(Term::Number(std::f64::consts::E)),
            "pi" | "π" => return Ok(Term::Number(std::f64::consts::PI)),
            _ => {}
        }
        let unknown = || {
            format!(
                "\"{name}\" is not known; there are x, e, pi and sin cos tan tanh exp ln log sqrt abs floor ceil min max"
            )
        };
        if self.take(&['(']).is_none() {
            return Err(unknown());
        }
        let first = self.sum()?;
        let term = if let Some((_, call)) = CALLS.iter().find(|(known, _)| *known == name) {
            Term::Call(*call, Box::new(first))
        } else if let Some((_, pair)) = PAIRS.iter().find(|(known, _)| *known == name) {
            self.take(&[',']).ok_or_else(|| format!("{name} takes two numbers: {name}(x, 1)"))?;
            Term::Pair(*pair, Box::new([first, self.sum()?]))
        } else {
            return Err(unknown());
        };
        self.closed()?;
        Ok(term)
    }

    fn closed(&mut self) -> Result<(), String> {
        self.take(&[')']).map(|_| ()).ok_or_else(|| "a bracket is not closed".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn functions_are_worked_out_as_they_are_written() {
        for (text, x, expected) in [
            ("x", 3.0, 3.0),
            ("-x^2", 3.0, -9.0),
            ("2^-x", 1.0, 0.5),
            ("2^3^x", 2.0, 512.0),
            ("2x + 3(x - 1)", 2.0, 7.0),
            ("x/2/2", 8.0, 2.0),
            ("1 − x", 3.0, -2.0),
            ("1/(1 + exp(-x))", 0.0, 0.5),
            ("max(x, 0) + min(1, x)", -2.0, -2.0),
            ("sin(pi/2) + ln(e) + sqrt(abs(x))", -4.0, 4.0),
            ("1000*1.07^x", 0.0, 1000.0),
        ] {
            let function = Function::read(text).unwrap();
            assert!((function.at(x) - expected).abs() < 1e-12, "{text} at {x} is {}", function.at(x));
        }
        assert!(Function::read("sqrt(x)").unwrap().at(-1.0).is_nan());
    }

    #[test]
    fn what_cannot_be_read_is_a_sentence() {
        for (text, sentence) in [
            ("", "it ends too early"),
            ("x +", "it ends too early"),
            ("(x", "a bracket is not closed"),
            ("y", "\"y\" is not known; there are x, e, pi and sin cos tan tanh exp ln log sqrt abs floor ceil min max"),
            ("max(x)", "max takes two numbers: max(x, 1)"),
            ("1.2.3", "\"1.2.3\" is no number"),
            ("x)", "\")\" cannot stand there: write a function of x such as 0.5*x^2 + sin(x)"),
            (
                "sin",
                "\"sin\" is not known; there are x, e, pi and sin cos tan tanh exp ln log sqrt abs floor ceil min max",
            ),
        ] {
            assert_eq!(Function::read(text).map(|_| ()), Err(sentence.to_owned()), "{text}");
        }
        assert!(Function::read(&"(".repeat(100_000)).is_err());
        assert!(Function::read(&"x^".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in "[-x0-9.^*/+()a-z ,π]{0,120}") {
            if let Ok(function) = Function::read(&text) {
                let _value = function.at(1.5);
            }
        }
    }
}
