//! A function's policy: what it may do, and what of that it has done.

use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// What a call asks leave for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Such as `dynamodb:GetItem`.
    pub(crate) action: String,
    /// The ARN of what it touches.
    pub(crate) resource: String,
    /// Keys that conditions may name, with their values: `s3:prefix`, `dynamodb:LeadingKeys`.
    pub(crate) context: Vec<(&'static str, Vec<String>)>,
}

/// The inline policies of one role.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
    managed: Vec<String>,
    /// Statement, action and resource that let a call through.
    used: Mutex<BTreeSet<(usize, usize, usize)>>,
}

#[derive(Debug)]
struct Statement {
    denies: bool,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    key: String,
    patterns: Vec<String>,
}

impl Policy {
    /// Reads the inline policies of a role.
    pub(crate) fn of(role: &Value) -> Result<Self, String> {
        let mut statements = Vec::new();
        for policy in role["Policies"].as_array().into_iter().flatten() {
            for statement in list(&policy["PolicyDocument"]["Statement"]) {
                statements.push(Statement::of(statement)?);
            }
        }
        let managed = list(&role["ManagedPolicyArns"]).filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Self { statements, managed, used: Mutex::default() })
    }

    /// Whether a call may be made; notes what let it through.
    pub(crate) fn allows(&self, ask: &Ask) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_allowed = false;
        // Whoever is denied something may not do it, whatever else allows it.
        if self.statements.iter().any(|statement| statement.denies && statement.fits(ask)) {
            return false;
        }
        for (index, statement) in self.statements.iter().enumerate() {
            if statement.denies || !statement.conditions.iter().all(|condition| condition.holds(ask)) {
                continue;
            }
            let actions = matching(&statement.actions, &ask.action).into_iter();
            let resources = matching(&statement.resources, &ask.resource);
            for (action, resource) in
                actions.flat_map(|action| resources.iter().map(move |resource| (action, *resource)))
            {
                used.insert((index, action, resource));
                is_allowed = true;
            }
        }
        is_allowed
    }

    /// Whether what Lambda itself asks on a function's behalf, to read a queue, is allowed.
    pub(crate) fn allows_reading(&self, queue_arn: &str) -> bool {
        const READS: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
        let is_managed = self.managed.iter().any(|arn| arn.ends_with("/AWSLambdaSQSQueueExecutionRole"));
        let ask = |action: &str| Ask { action: action.into(), resource: queue_arn.into(), context: Vec::new() };
        // All three are asked, so that each that is there counts as used.
        READS.map(|action| self.allows(&ask(action))).iter().all(|allowed| *allowed) || is_managed
    }

    /// What nobody should be allowed: any action, or any resource.
    pub(crate) fn too_wide(&self) -> Vec<String> {
        let mut wide = Vec::new();
        for statement in self.statements.iter().filter(|statement| !statement.denies) {
            wide.extend(statement.actions.iter().filter(|action| action.contains(['*', '?'])).cloned());
            wide.extend(statement.resources.iter().filter(|resource| is_any(resource)).cloned());
        }
        wide
    }

    /// Each action on each resource that it allows, and whether a call has needed it. An action on another service's resource
    /// means nothing, and is left out.
    pub(crate) fn uses(&self) -> Vec<(String, String, bool)> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let mut uses = Vec::new();
        for (index, statement) in self.statements.iter().enumerate().filter(|(_, statement)| !statement.denies) {
            for (action_index, action) in statement.actions.iter().enumerate() {
                for (resource_index, resource) in statement.resources.iter().enumerate() {
                    if resource.split(':').nth(2) != action.split(':').next() {
                        continue;
                    }
                    let is_used = used.contains(&(index, action_index, resource_index));
                    uses.push((action.clone(), resource.clone(), is_used));
                }
            }
        }
        uses
    }
}

impl Statement {
    fn of(statement: &Value) -> Result<Self, String> {
        let denies = statement["Effect"] == "Deny";
        if !(denies || statement["Effect"] == "Allow")
            || statement.get("NotAction").is_some()
            || statement.get("NotResource").is_some()
        {
            return Err(format!("a statement that is not known here: {statement}"));
        }
        let mut conditions = Vec::new();
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            let bare = operator.rsplit(':').next().unwrap_or_default();
            if !["StringEquals", "StringLike", "ArnEquals"].contains(&bare) {
                return Err(format!("the condition {operator} is not known here"));
            }
            for (key, patterns) in keys.as_object().into_iter().flatten() {
                conditions.push(Condition { key: key.clone(), patterns: texts(patterns) });
            }
        }
        Ok(Self { denies, actions: texts(&statement["Action"]), resources: texts(&statement["Resource"]), conditions })
    }
}

impl Statement {
    fn fits(&self, ask: &Ask) -> bool {
        let matches = |patterns, value| !matching(patterns, value).is_empty();
        matches(&self.actions, &ask.action)
            && matches(&self.resources, &ask.resource)
            && self.conditions.iter().all(|condition| condition.holds(ask))
    }
}

impl Condition {
    /// A key that the call does not carry fits no condition.
    fn holds(&self, ask: &Ask) -> bool {
        let values = ask.context.iter().find(|(key, _)| *key == self.key).map(|(_, values)| values);
        values.is_some_and(|values| values.iter().all(|value| self.patterns.iter().any(|pattern| fits(pattern, value))))
    }
}

fn matching(patterns: &[String], value: &str) -> Vec<usize> {
    let fitting = patterns.iter().enumerate().filter(|(_, pattern)| fits(pattern, value));
    fitting.map(|(index, _)| index).collect()
}

/// `*` and `?` as in policies.
fn fits(pattern: &str, value: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return value.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    match first {
        '*' => (0..=value.len()).any(|at| value.is_char_boundary(at) && fits(rest, &value[at..])),
        '?' => value.chars().next().is_some_and(|one| fits(rest, &value[one.len_utf8()..])),
        _ => value.strip_prefix(first).is_some_and(|value| fits(rest, value)),
    }
}

/// Everything, or everything of a service.
fn is_any(resource: &str) -> bool {
    resource.rsplit(':').next().is_some_and(|last| last.starts_with('*'))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        Value::Null => [].iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    list(value).filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(statements: &Value) -> Policy {
        Policy::of(&json!({"Policies": [{"PolicyDocument": {"Statement": statements}}]})).unwrap()
    }

    fn ask(action: &str, resource: &str) -> Ask {
        Ask { action: action.into(), resource: resource.into(), context: Vec::new() }
    }

    #[test]
    fn only_what_is_written_is_allowed_and_what_was_not_needed_is_told() {
        let policy = policy(&json!([
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::b/jobs/*", "arn:aws:s3:::b/takes/*"]},
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:r:1:q"},
            {"Effect": "Allow", "Action": ["ssm:GetParameter"], "Resource": "arn:aws:secretsmanager:r:1:secret:s"},
        ]));
        assert!(policy.allows(&ask("s3:GetObject", "arn:aws:s3:::b/jobs/1/film.mp4")));
        assert!(!policy.allows(&ask("s3:GetObject", "arn:aws:s3:::b/scenes/1")));
        assert!(!policy.allows(&ask("s3:DeleteObject", "arn:aws:s3:::b/jobs/1")));
        assert!(!policy.allows(&ask("sqs:SendMessage", "arn:aws:sqs:r:1:q2")));
        let unused: Vec<_> = policy.uses().into_iter().filter(|(.., used)| !used).map(|(action, ..)| action).collect();
        assert_eq!(unused, ["s3:GetObject", "s3:PutObject", "s3:PutObject", "sqs:SendMessage"]);
    }

    #[test]
    fn a_condition_narrows_and_one_that_the_call_cannot_meet_refuses() {
        let policy = policy(&json!([{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b",
            "Condition": {"StringLike": {"s3:prefix": ["jobs/*"]}}}]));
        let mut listing = ask("s3:ListBucket", "arn:aws:s3:::b");
        assert!(!policy.allows(&listing));
        listing.context = vec![("s3:prefix", vec!["takes/1".into()])];
        assert!(!policy.allows(&listing));
        listing.context = vec![("s3:prefix", vec!["jobs/1".into()])];
        assert!(policy.allows(&listing));
    }

    #[test]
    fn what_a_function_is_denied_nothing_allows() {
        let arn = "arn:aws:lambda:r:1:function:f";
        let policy = policy(&json!([
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/jobs/*"},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": arn}}},
        ]));
        let asked_by = |function: &str| {
            let context = vec![("lambda:SourceFunctionArn", vec![function.to_owned()])];
            Ask { context, ..ask("s3:GetObject", "arn:aws:s3:::b/jobs/1") }
        };
        assert!(!policy.allows(&asked_by(arn)));
        assert!(policy.allows(&asked_by("arn:aws:lambda:r:1:function:g")));
        assert!(policy.too_wide().is_empty());
        assert_eq!(policy.uses().len(), 1);
    }

    #[test]
    fn any_action_and_any_resource_are_too_wide() {
        let check = |action: &str, resource: &str, count: usize| {
            let policy = policy(&json!({"Effect": "Allow", "Action": action, "Resource": resource}));
            assert_eq!(policy.too_wide().len(), count, "{action} on {resource}");
        };
        check("s3:GetObject", "arn:aws:s3:::b/jobs/*", 0);
        check("s3:Get*", "arn:aws:s3:::b/jobs/*", 1);
        check("*", "*", 2);
        check("s3:GetObject", "arn:aws:s3:::*", 1);
        check("sqs:SendMessage", "arn:aws:sqs:r:1:*", 1);
    }

    #[test]
    fn who_reads_a_queue_needs_all_that_reading_takes() {
        let both = json!(["sqs:ReceiveMessage", "sqs:DeleteMessage"]);
        let all = json!(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]);
        for (actions, allowed) in [(both, false), (all, true)] {
            let policy = policy(&json!({"Effect": "Allow", "Action": actions, "Resource": "arn:q"}));
            assert_eq!(policy.allows_reading("arn:q"), allowed);
        }
    }
}
