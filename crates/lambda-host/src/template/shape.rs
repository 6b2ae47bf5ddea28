//! What of a template becomes real here: functions and what calls them, queues, tables, buckets.

use super::Template;
use crate::policy::Policy;
use serde_json::{Map, Value};

/// All of it.
pub(crate) struct Shape {
    pub(crate) functions: Vec<Function>,
    pub(crate) routes: Vec<Route>,
    /// The functions that have a URL of their own.
    pub(crate) urls: Vec<String>,
    pub(crate) sources: Vec<Source>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) tables: Vec<Table>,
    pub(crate) buckets: Vec<Bucket>,
}

/// A function as it is set.
pub(crate) struct Function {
    /// Its logical name, which is also that of the folder that `sam build` packs.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) timeout_s: u32,
    pub(crate) memory_mb: u32,
    pub(crate) reserved: Option<usize>,
    pub(crate) environment: Vec<(String, String)>,
    /// The names of its layers.
    pub(crate) layers: Vec<String>,
    pub(crate) policy: Policy,
    /// Whether it is an image, which brings its program and its environment along.
    pub(crate) is_image: bool,
    /// Whether each of its execution environments serves one tenant only.
    pub(crate) has_tenants: bool,
    /// What `cargo build` calls its program, where the template says it.
    pub(crate) binary: Option<String>,
}

/// A route of the HTTP API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// `None` is any.
    pub(crate) method: Option<String>,
    pub(crate) path: String,
    pub(crate) function: String,
}

/// A queue that calls a function.
pub(crate) struct Source {
    pub(crate) queue: String,
    pub(crate) function: String,
    pub(crate) batch_size: usize,
    pub(crate) reports_failures: bool,
    pub(crate) most_at_once: Option<usize>,
}

/// A schedule that calls a function.
pub(crate) struct Schedule {
    pub(crate) function: String,
    pub(crate) every_s: u64,
}

/// A queue.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) arn: String,
    pub(crate) is_fifo: bool,
    pub(crate) visibility_s: u32,
    /// As the API's `CreateQueue` has them.
    pub(crate) attributes: Map<String, Value>,
}

/// A table: its name and what `CreateTable` is given.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) properties: Value,
}

/// A bucket.
pub(crate) struct Bucket {
    pub(crate) name: String,
}

impl Shape {
    /// Reads what is real here.
    pub(crate) fn of(template: &Template) -> Result<Self, String> {
        let queues = (template.of_type("AWS::SQS::Queue")?.into_iter())
            .map(|(id, properties)| queue(template, id, &properties))
            .collect::<Result<Vec<_>, _>>()?;
        let functions = functions(template)?;
        let named = |arn_or_name: &Value| -> Result<String, String> {
            let given = arn_or_name.as_str().unwrap_or_default();
            let function = functions.iter().find(|function| given == function.arn || given == function.name);
            function.map(|function| function.id.clone()).ok_or_else(|| format!("{arn_or_name} is no function"))
        };
        let mut sources = Vec::new();
        for (id, properties) in template.of_type("AWS::Lambda::EventSourceMapping")? {
            let queue = queues.iter().find(|queue| properties["EventSourceArn"] == queue.arn.as_str());
            let queue = queue.ok_or_else(|| format!("{id} reads what is no queue"))?;
            sources.push(source(queue, named(&properties["FunctionName"])?, &properties));
        }
        let mut schedules = Vec::new();
        for (id, properties) in template.of_type("AWS::Scheduler::Schedule")? {
            let every_s = rate_s(properties["ScheduleExpression"].as_str().unwrap_or_default())
                .ok_or_else(|| format!("{id} has no rate that is known here"))?;
            schedules.push(Schedule { function: named(&properties["Target"]["Arn"])?, every_s });
        }
        let mut urls = Vec::new();
        for (id, properties) in template.of_type("AWS::Lambda::Url")? {
            // Whoever may not follow it, or would be answered in one piece, is not known here.
            if (&properties["AuthType"], &properties["InvokeMode"]) != (&"NONE".into(), &"RESPONSE_STREAM".into()) {
                return Err(format!("{id} does not stream to everybody"));
            }
            urls.push(named(&properties["TargetFunctionArn"])?);
        }
        let tables = (template.of_type("AWS::DynamoDB::Table")?.into_iter())
            .map(|(id, properties)| Ok(Table { name: template.physical_name(&id)?, properties }))
            .collect::<Result<Vec<_>, String>>()?;
        let buckets = (template.of_type("AWS::S3::Bucket")?.into_iter())
            .map(|(id, _)| Ok(Bucket { name: template.physical_name(&id)? }))
            .collect::<Result<Vec<_>, String>>()?;
        let routes = routes(template, &functions)?;
        Ok(Self { functions, routes, urls, sources, schedules, queues, tables, buckets })
    }
}

fn functions(template: &Template) -> Result<Vec<Function>, String> {
    let roles = template.of_type("AWS::IAM::Role")?;
    let mut functions = Vec::new();
    for (id, properties) in template.of_type("AWS::Lambda::Function")? {
        let variables = properties["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
        let environment = variables.into_iter().map(|(name, value)| match super::as_text(&value) {
            Value::String(text) => Ok((name, text)),
            other => Err(format!("{id}: {name} is {other}")),
        });
        let role = properties["Role"].as_str().unwrap_or_default();
        let role = roles.iter().find(|(name, _)| template.arn(name).is_ok_and(|arn| arn == role));
        let (_, role) = role.ok_or_else(|| format!("{id} has no role"))?;
        functions.push(Function {
            name: template.physical_name(&id)?,
            arn: template.arn(&id)?,
            timeout_s: number(&properties["Timeout"]).unwrap_or(3),
            memory_mb: number(&properties["MemorySize"]).unwrap_or(128),
            reserved: number(&properties["ReservedConcurrentExecutions"]).map(|most| most as usize),
            environment: environment.collect::<Result<_, _>>()?,
            layers: layers(template, &properties["Layers"])?,
            is_image: properties["PackageType"] == "Image",
            has_tenants: properties["TenancyConfig"]["TenantIsolationMode"] == "PER_TENANT",
            binary: template.binary(&id),
            policy: Policy::of(role).map_err(|error| format!("{id}: {error}"))?,
            id,
        });
    }
    Ok(functions)
}

/// The names of the layers whose versions a function names: the folders that they are packed into.
fn layers(template: &Template, versions: &Value) -> Result<Vec<String>, String> {
    let known = template.of_type("AWS::Lambda::LayerVersion")?;
    let mut layers = Vec::new();
    for version in versions.as_array().into_iter().flatten() {
        let is_it = |id: &String| template.reference(id).is_ok_and(|reference| reference.as_ref() == Some(version));
        let found = known.iter().find(|(id, _)| is_it(id)).and_then(|(_, layer)| layer["LayerName"].as_str());
        layers.push(found.ok_or_else(|| format!("{version} is no layer of the template"))?.to_owned());
    }
    Ok(layers)
}

fn queue(template: &Template, id: String, properties: &Value) -> Result<Queue, String> {
    let mut attributes = properties.as_object().cloned().unwrap_or_default();
    attributes.remove("QueueName");
    attributes.remove("Tags");
    for value in attributes.values_mut() {
        // The API takes text only, and JSON within it.
        *value = Value::String(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let url = template.reference(&id)?.unwrap_or_default();
    Ok(Queue {
        name: template.physical_name(&id)?,
        url: super::text(&url)?,
        arn: template.arn(&id)?,
        is_fifo: properties["FifoQueue"] == true,
        visibility_s: number(&properties["VisibilityTimeout"]).unwrap_or(30),
        attributes,
        id,
    })
}

fn source(queue: &Queue, function: String, properties: &Value) -> Source {
    let reports = properties["FunctionResponseTypes"].as_array().into_iter().flatten();
    Source {
        queue: queue.id.clone(),
        function,
        batch_size: number(&properties["BatchSize"]).unwrap_or(10) as usize,
        reports_failures: reports.into_iter().any(|kind| kind == "ReportBatchItemFailures"),
        most_at_once: number(&properties["ScalingConfig"]["MaximumConcurrency"]).map(|most| most as usize),
    }
}

/// The routes, from the `OpenAPI` text that SAM makes of the events.
fn routes(template: &Template, functions: &[Function]) -> Result<Vec<Route>, String> {
    let mut routes = Vec::new();
    for (_, api) in template.of_type("AWS::ApiGatewayV2::Api")? {
        for (path, methods) in api["Body"]["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let integration = &operation["x-amazon-apigateway-integration"];
                if integration["payloadFormatVersion"] != "2.0" {
                    return Err(format!("{method} {path} does not have payload 2.0"));
                }
                let uri = integration["uri"].as_str().unwrap_or_default();
                let function = functions.iter().find(|function| uri.contains(&format!("{}/invocations", function.arn)));
                let function = function.ok_or_else(|| format!("{method} {path} leads to no function"))?;
                let method = (method != "x-amazon-apigateway-any-method").then(|| method.to_uppercase());
                routes.push(Route { method, path: path.clone(), function: function.id.clone() });
            }
        }
    }
    Ok(routes)
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| u32::try_from(number).ok()),
    }
}

/// Seconds of `rate(1 minute)`.
fn rate_s(expression: &str) -> Option<u64> {
    let (number, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let unit_s = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    Some(number.parse::<u64>().ok()? * unit_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_in_its_unit() {
        assert_eq!(rate_s("rate(1 minute)"), Some(60));
        assert_eq!(rate_s("rate(2 hours)"), Some(7_200));
        assert_eq!(rate_s("cron(0 * * * ? *)"), None);
    }
}
