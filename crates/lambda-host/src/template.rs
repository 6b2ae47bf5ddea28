//! The expanded template, read as AWS reads it: parameters, conditions, and the functions that refer to other resources.

mod shape;

pub(crate) use shape::{Bucket, Queue, Route, Shape, Source, Table};

use crate::MiniStack;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The name of the stack in every host.
pub(crate) const STACK: &str = "onetake";

/// A template with its parameters chosen.
pub(crate) struct Template {
    resources: Map<String, Value>,
    conditions: Map<String, Value>,
    parameters: BTreeMap<String, Value>,
    /// Where `MiniStack` is: the URLs of queues begin with it.
    endpoint: String,
}

impl Template {
    /// Reads an expanded template (`.aws-sam/expanded.json`).
    pub(crate) fn read(file: &Path, parameters: &[(String, String)], endpoint: &str) -> Result<Self, String> {
        let how = "`just build` packs the functions and `infra/expand` makes it";
        let text = std::fs::read_to_string(file).map_err(|error| format!("{} ({error}): {how}", file.display()))?;
        let template = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::new(&template, parameters, endpoint)
    }

    /// The same of a template in hand.
    pub(crate) fn new(template: &Value, parameters: &[(String, String)], endpoint: &str) -> Result<Self, String> {
        let section = |name: &str| template[name].as_object().cloned().unwrap_or_default();
        let mut chosen = BTreeMap::new();
        for (name, parameter) in &section("Parameters") {
            if let Some(default) = parameter.get("Default") {
                chosen.insert(name.clone(), as_text(default));
            }
        }
        for (name, value) in parameters {
            if !section("Parameters").contains_key(name) {
                return Err(format!("the template has no parameter {name}"));
            }
            chosen.insert(name.clone(), Value::String(value.clone()));
        }
        let (resources, conditions) = (section("Resources"), section("Conditions"));
        Ok(Self { resources, conditions, parameters: chosen, endpoint: endpoint.to_owned() })
    }

    /// The resources of a type whose condition holds: logical name, and properties with all references resolved.
    pub(crate) fn of_type(&self, kind: &str) -> Result<Vec<(String, Value)>, String> {
        let mut found = Vec::new();
        for (name, resource) in &self.resources {
            if resource["Type"] == kind && self.exists(resource)? {
                let properties = self.resolve(&resource["Properties"])?.unwrap_or(Value::Null);
                found.push((name.clone(), properties));
            }
        }
        Ok(found)
    }

    /// Which of a crate's programs a function is, as its metadata tell `sam build`.
    fn binary(&self, id: &str) -> Option<String> {
        self.resources.get(id)?["Metadata"]["BuildProperties"]["Binary"].as_str().map(str::to_owned)
    }

    fn exists(&self, resource: &Value) -> Result<bool, String> {
        resource["Condition"].as_str().map_or(Ok(true), |name| self.holds(&Value::String(name.to_owned())))
    }

    /// A value with its intrinsic functions done; `None` is `AWS::NoValue`.
    fn resolve(&self, value: &Value) -> Result<Option<Value>, String> {
        Ok(match value {
            Value::Object(fields) if fields.len() == 1 => {
                let (function, argument) = fields.iter().next().expect("it has one field");
                match function.as_str() {
                    "Ref" => return self.reference(&text(argument)?),
                    "Fn::If" => {
                        let holds = self.holds(&argument[0])?;
                        return self.resolve(&argument[if holds { 1 } else { 2 }]);
                    }
                    "Fn::GetAtt" => Some(Value::String(self.attribute(argument)?)),
                    "Fn::Sub" => Some(Value::String(self.substitute(argument)?)),
                    "Fn::Join" => Some(Value::String(self.texts(&argument[1])?.join(&text(&argument[0])?))),
                    "Fn::Split" => {
                        let whole = self.text_of(&argument[1])?;
                        Some(whole.split(&text(&argument[0])?).map(Value::from).collect())
                    }
                    "Fn::Select" => {
                        let index: usize = self.text_of(&argument[0])?.parse().map_err(|_| format!("{value}"))?;
                        self.resolve(&argument[1])?.and_then(|list| list.get(index).cloned())
                    }
                    "Condition" => Some(Value::Bool(self.holds(argument)?)),
                    other if other.starts_with("Fn::") => return Err(format!("{other} is not known here: {value}")),
                    _ => Some(self.object(fields)?),
                }
            }
            Value::Object(fields) => Some(self.object(fields)?),
            Value::Array(items) => {
                let mut resolved = Vec::new();
                for item in items {
                    resolved.extend(self.resolve(item)?);
                }
                Some(Value::Array(resolved))
            }
            plain => Some(plain.clone()),
        })
    }

    fn object(&self, fields: &Map<String, Value>) -> Result<Value, String> {
        let mut resolved = Map::new();
        for (name, value) in fields {
            if let Some(value) = self.resolve(value)? {
                resolved.insert(name.clone(), value);
            }
        }
        Ok(Value::Object(resolved))
    }

    fn text_of(&self, value: &Value) -> Result<String, String> {
        let resolved = self.resolve(value)?.unwrap_or_default();
        text(&as_text(&resolved))
    }

    fn texts(&self, list: &Value) -> Result<Vec<String>, String> {
        let list = self.resolve(list)?.unwrap_or_default();
        list.as_array().into_iter().flatten().map(|item| text(&as_text(item))).collect()
    }

    /// Whether a condition holds: its name, or the condition itself.
    fn holds(&self, condition: &Value) -> Result<bool, String> {
        if let Value::String(name) = condition {
            let defined = self.conditions.get(name).ok_or_else(|| format!("there is no condition {name}"))?;
            return self.holds(defined);
        }
        let (function, argument) =
            condition.as_object().and_then(|fields| fields.iter().next()).ok_or_else(|| format!("{condition}"))?;
        let of_all = || argument.as_array().into_iter().flatten().map(|one| self.holds(one));
        Ok(match function.as_str() {
            "Fn::Equals" => self.text_of(&argument[0])? == self.text_of(&argument[1])?,
            "Fn::Not" => !self.holds(&argument[0])?,
            "Fn::And" => of_all().collect::<Result<Vec<_>, _>>()?.into_iter().all(|holds| holds),
            "Fn::Or" => of_all().collect::<Result<Vec<_>, _>>()?.into_iter().any(|holds| holds),
            "Condition" => self.holds(argument)?,
            other => return Err(format!("{other} is not known here: {condition}")),
        })
    }

    /// `Ref`: a parameter, a pseudo parameter, or what the type of a resource answers to it.
    fn reference(&self, name: &str) -> Result<Option<Value>, String> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            let value = match pseudo {
                "NoValue" => return Ok(None),
                "Region" => MiniStack::REGION,
                "AccountId" => MiniStack::ACCOUNT,
                "Partition" => "aws",
                "StackName" => STACK,
                "URLSuffix" => "amazonaws.com",
                other => return Err(format!("AWS::{other} is not known here")),
            };
            return Ok(Some(value.into()));
        }
        let physical = self.physical_name(name)?;
        let resource = self.resource(name)?;
        Ok(Some(Value::String(match resource["Type"].as_str() {
            Some("AWS::SQS::Queue") => format!("{}/{}/{physical}", self.endpoint, MiniStack::ACCOUNT),
            Some("AWS::Lambda::LayerVersion") => format!("{}:1", self.arn(name)?),
            _ => physical,
        })))
    }

    fn resource(&self, name: &str) -> Result<&Value, String> {
        self.resources.get(name).ok_or_else(|| format!("the template refers to {name}, which it has not"))
    }

    /// `Fn::GetAtt`, as `[name, attribute]` or `name.attribute`.
    fn attribute(&self, argument: &Value) -> Result<String, String> {
        let path = match argument {
            Value::String(path) => path.clone(),
            list => list.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("."),
        };
        match path.split_once('.') {
            Some((name, "Arn")) => self.arn(name),
            Some((name, "QueueName")) => self.physical_name(name),
            _ => Err(format!("the attribute {path} is not known here")),
        }
    }

    fn arn(&self, name: &str) -> Result<String, String> {
        let physical = self.physical_name(name)?;
        let (region, account) = (MiniStack::REGION, MiniStack::ACCOUNT);
        Ok(match self.resource(name)?["Type"].as_str().unwrap_or_default() {
            "AWS::SQS::Queue" => format!("arn:aws:sqs:{region}:{account}:{physical}"),
            "AWS::DynamoDB::Table" => format!("arn:aws:dynamodb:{region}:{account}:table/{physical}"),
            "AWS::S3::Bucket" => format!("arn:aws:s3:::{physical}"),
            "AWS::Lambda::Function" => format!("arn:aws:lambda:{region}:{account}:function:{physical}"),
            "AWS::Lambda::LayerVersion" => format!("arn:aws:lambda:{region}:{account}:layer:{physical}"),
            "AWS::IAM::Role" => format!("arn:aws:iam::{account}:role/{physical}"),
            "AWS::Logs::LogGroup" => format!("arn:aws:logs:{region}:{account}:log-group:{physical}:*"),
            other => return Err(format!("the ARN of {name} ({other}) is not known here")),
        })
    }

    /// The name that the template gives a resource, else one made of the stack's and its own.
    fn physical_name(&self, name: &str) -> Result<String, String> {
        let properties = &self.resource(name)?["Properties"];
        for field in ["QueueName", "TableName", "BucketName", "FunctionName", "LogGroupName", "RoleName"] {
            if let Some(given) = properties.get(field)
                && let Some(given) = self.resolve(given)?
            {
                return text(&given);
            }
        }
        let suffix = if properties["FifoQueue"] == true { ".fifo" } else { "" };
        Ok(match self.resource(name)?["Type"].as_str() {
            Some("AWS::S3::Bucket") => format!("{STACK}-{}", name.to_lowercase()),
            _ => format!("{STACK}-{name}{suffix}"),
        })
    }

    /// `Fn::Sub`, as text or `[text, {name: value}]`.
    fn substitute(&self, argument: &Value) -> Result<String, String> {
        let (template, own) = match argument {
            Value::Array(parts) => (text(&parts[0])?, parts.get(1).cloned().unwrap_or_default()),
            whole => (text(whole)?, Value::Null),
        };
        let mut done = String::new();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("\"{template}\" ends within ${{"))?;
            done.push_str(before);
            done.push_str(&match (name.strip_prefix('!'), own.get(name), name.contains('.')) {
                (Some(literal), ..) => format!("${{{literal}}}"),
                (_, Some(value), _) => self.text_of(value)?,
                (.., true) => self.attribute(&Value::from(name))?,
                _ => text(&self.reference(name)?.unwrap_or_default())?,
            });
            rest = after;
        }
        Ok(done + rest)
    }
}

/// Parameters and environment variables are text, whatever they look like in the template.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        other => other.clone(),
    }
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{value} is not text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// One bucket `Bucket` whose property is the value: what it resolves to.
    fn check(value: &Value, resolved: &Value) {
        let template = json!({
            "Parameters": {"Lanes": {"Type": "Number", "Default": 1}, "Place": {"Default": ""}},
            "Conditions": {"IsPlaced": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Place"}, ""]}]}},
            "Resources": {
                "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"value": value}},
                "Speech": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": true, "QueueName": {"Fn::Sub": "${AWS::StackName}-s.fifo"}}},
                "Plain": {"Type": "AWS::SQS::Queue", "Properties": {}},
                "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
                "Elsewhere": {"Type": "AWS::S3::Bucket", "Condition": "IsPlaced", "Properties": {}},
            },
        });
        let template = Template::new(&template, &[("Lanes".into(), "3".into())], "http://localhost:1").unwrap();
        let found = template.of_type("AWS::S3::Bucket").unwrap();
        assert_eq!(found.len(), 1, "a resource whose condition does not hold is not there");
        assert_eq!(&found[0].1["value"], resolved, "{value}");
    }

    #[test]
    fn references_are_resolved_as_cloudformation_does() {
        check(&json!({"Ref": "Lanes"}), &json!("3"));
        check(&json!({"Ref": "Speech"}), &json!("http://localhost:1/000000000000/onetake-s.fifo"));
        check(&json!({"Ref": "Plain"}), &json!("http://localhost:1/000000000000/onetake-Plain"));
        check(&json!({"Ref": "Table"}), &json!("onetake-Table"));
        check(&json!({"Fn::GetAtt": ["Speech", "Arn"]}), &json!("arn:aws:sqs:eu-west-1:000000000000:onetake-s.fifo"));
        check(&json!({"Fn::GetAtt": ["Speech", "QueueName"]}), &json!("onetake-s.fifo"));
        check(&json!({"Fn::Sub": "${Bucket.Arn}/jobs/*"}), &json!("arn:aws:s3:::onetake-bucket/jobs/*"));
        check(&json!({"Fn::Sub": ["${A}-${!B}", {"A": {"Ref": "Lanes"}}]}), &json!("3-${B}"));
        check(&json!({"Fn::Join": ["-", ["a", {"Ref": "Lanes"}]]}), &json!("a-3"));
        check(&json!({"Fn::Select": [1, {"Fn::Split": ["/", "a/b"]}]}), &json!("b"));
        check(&json!([1, {"Ref": "AWS::NoValue"}, 2]), &json!([1, 2]));
        check(&json!({"a": {"Fn::If": ["IsPlaced", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}), &json!({"b": 2}));
        check(&json!({"Fn::If": ["IsPlaced", "yes", "no"]}), &json!("no"));
    }

    #[test]
    fn a_parameter_that_the_template_has_not_is_refused() {
        let refused = Template::new(&json!({"Resources": {}}), &[("Lanes".into(), "3".into())], "").err();
        assert_eq!(refused.as_deref(), Some("the template has no parameter Lanes"));
    }
}
