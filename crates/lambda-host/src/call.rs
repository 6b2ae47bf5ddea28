//! A call of the AWS SDK, as the wire shows it: which service, and what it asks leave for. Nothing is asked of AWS that is not read here.

use crate::MiniStack;
use crate::policy::Ask;
use serde_json::Value;

/// A service that functions call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    DynamoDb,
    Sqs,
    Secrets,
    Parameters,
    S3,
    Lambda,
}

/// A call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) asks: Vec<Ask>,
    /// A link that a function has signed, followed by whoever was given it.
    pub(crate) is_link: bool,
}

/// What of a request says what it is.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// As it was sent, with its percent signs.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    /// `X-Amz-Target`.
    pub(crate) target: Option<&'a str>,
    /// `x-amz-copy-source`.
    pub(crate) copies: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

impl Call {
    /// Reads a request.
    pub(crate) fn read(request: &Request<'_>) -> Result<Self, String> {
        match request.target {
            Some(target) => json_call(target, request.body),
            None => match request.path.strip_prefix(FUNCTIONS) {
                Some(rest) => lambda_call(request.method, rest),
                None => s3_call(request),
            },
        }
    }
}

/// Where Lambda's own functions are called: their names follow.
const FUNCTIONS: &str = "/2015-03-31/functions/";

/// The name of the function that a path calls.
pub(crate) fn called(path: &str) -> Option<String> {
    path.strip_prefix(FUNCTIONS)?.strip_suffix("/invocations").map(percent_decoded)
}

fn lambda_call(method: &str, rest: &str) -> Result<Call, String> {
    let name = rest.strip_suffix("/invocations").filter(|_| method == "POST");
    let name = name.ok_or_else(|| format!("{method} {FUNCTIONS}{rest} is not known here"))?;
    let (region, account) = (MiniStack::REGION, MiniStack::ACCOUNT);
    let resource = format!("arn:aws:lambda:{region}:{account}:function:{}", percent_decoded(name));
    let ask = Ask { action: "lambda:InvokeFunction".into(), resource, context: Vec::new() };
    Ok(Call { service: Service::Lambda, asks: vec![ask], is_link: false })
}

/// The services that speak JSON: the operation stands in a header, what it touches in the body.
fn json_call(target: &str, body: &[u8]) -> Result<Call, String> {
    let body: Value = serde_json::from_slice(body).map_err(|error| format!("{target}: {error}"))?;
    let (service, operation) = target.split_once('.').ok_or_else(|| format!("{target} is no operation"))?;
    let (region, account) = (MiniStack::REGION, MiniStack::ACCOUNT);
    let field = |name: &str| body[name].as_str().ok_or_else(|| format!("{target} without {name}"));
    let (service, prefix, resource) = match service {
        "DynamoDB_20120810" => {
            let table = field("TableName")?;
            (Service::DynamoDb, "dynamodb", format!("arn:aws:dynamodb:{region}:{account}:table/{table}"))
        }
        "AmazonSQS" => {
            let queue = field("QueueUrl")?.rsplit('/').next().unwrap_or_default();
            (Service::Sqs, "sqs", format!("arn:aws:sqs:{region}:{account}:{queue}"))
        }
        "secretsmanager" => {
            let secret = field("SecretId")?;
            let arn = if secret.starts_with("arn:") {
                secret.to_owned()
            } else {
                // AWS ends the ARN of a secret in six letters of its own.
                format!("arn:aws:secretsmanager:{region}:{account}:secret:{secret}-abcdef")
            };
            (Service::Secrets, "secretsmanager", arn)
        }
        "AmazonSSM" => {
            let name = field("Name")?;
            let arn = if name.starts_with("arn:") {
                name.to_owned()
            } else {
                format!("arn:aws:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/'))
            };
            (Service::Parameters, "ssm", arn)
        }
        other => return Err(format!("the service {other} is not known here")),
    };
    // Leave for a batch is leave for one.
    let operation = operation.strip_suffix("Batch").filter(|_| prefix == "sqs").unwrap_or(operation);
    let mut context = Vec::new();
    if let Some(key) = body["Key"]["pk"]["S"].as_str().or_else(|| body["Item"]["pk"]["S"].as_str()) {
        context.push(("dynamodb:LeadingKeys", vec![key.to_owned()]));
    }
    let ask = Ask { action: format!("{prefix}:{operation}"), resource, context };
    Ok(Call { service, asks: vec![ask], is_link: false })
}

/// S3, with the bucket in the path: the operation is the method, and which parameters the query has.
fn s3_call(request: &Request<'_>) -> Result<Call, String> {
    let path = percent_decoded(request.path);
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    let query: Vec<(String, String)> = (request.query.split('&').filter(|pair| !pair.is_empty()))
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent_decoded(name), percent_decoded(value)))
        .collect();
    let has = |name: &str| query.iter().any(|(it, _)| it == name);
    let mut context = Vec::new();
    let action = match (request.method, key.is_empty()) {
        ("GET" | "HEAD", false) => "s3:GetObject",
        ("PUT" | "POST", false) => "s3:PutObject",
        ("DELETE", false) if has("uploadId") => "s3:AbortMultipartUpload",
        ("DELETE", false) => "s3:DeleteObject",
        ("GET", true) if has("uploads") => "s3:ListBucketMultipartUploads",
        ("GET", true) if has("list-type") => {
            let prefix = query.iter().find(|(name, _)| name == "prefix").map(|(_, value)| value.clone());
            context.push(("s3:prefix", vec![prefix.unwrap_or_default()]));
            "s3:ListBucket"
        }
        ("HEAD", true) => "s3:ListBucket",
        ("POST", true) if has("delete") => return deletion(bucket, request.body),
        _ => return Err(format!("{} {}?{} is not known here", request.method, request.path, request.query)),
    };
    let resource = if key.is_empty() { bucket_arn(bucket) } else { format!("{}/{key}", bucket_arn(bucket)) };
    let mut asks = vec![Ask { action: action.into(), resource, context }];
    if let Some(source) = request.copies {
        let source = percent_decoded(source);
        let resource = format!("arn:aws:s3:::{}", source.trim_start_matches('/'));
        asks.push(Ask { action: "s3:GetObject".into(), resource, context: Vec::new() });
    }
    Ok(Call { service: Service::S3, asks, is_link: has("X-Amz-Signature") })
}

/// `DeleteObjects`: leave for each key.
fn deletion(bucket: &str, body: &[u8]) -> Result<Call, String> {
    let body = String::from_utf8_lossy(body);
    let keys = body.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>")).map(|(key, _)| key);
    let asks: Vec<Ask> = keys
        .map(|key| Ask {
            action: "s3:DeleteObject".into(),
            resource: format!("{}/{key}", bucket_arn(bucket)),
            context: Vec::new(),
        })
        .collect();
    if asks.is_empty() {
        Err(format!("a deletion of nothing: {body}"))
    } else {
        Ok(Call { service: Service::S3, asks, is_link: false })
    }
}

/// A bucket's ARN.
pub(crate) fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// Text with its percent signs undone.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `METHOD path?query`, or `Service.Operation {body}`: the actions and resources that are asked for.
    fn check(what: &str, asked: &[(&str, &str)]) {
        let (first, rest) = what.split_once(' ').unwrap();
        let request = if first.contains('.') {
            Request { method: "POST", path: "/", query: "", target: Some(first), copies: None, body: rest.as_bytes() }
        } else {
            let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
            Request {
                method: first,
                path,
                query,
                target: None,
                copies: None,
                body: b"<Delete><Key>jobs/1</Key><Key>jobs/2</Key></Delete>",
            }
        };
        let call = Call::read(&request).unwrap();
        let found: Vec<_> = call.asks.iter().map(|ask| (ask.action.as_str(), ask.resource.as_str())).collect();
        assert_eq!(found, asked, "{what}");
    }

    #[test]
    fn a_call_asks_leave_for_what_it_does() {
        let table = "arn:aws:dynamodb:eu-west-1:000000000000:table/t";
        check("DynamoDB_20120810.GetItem {\"TableName\":\"t\"}", &[("dynamodb:GetItem", table)]);
        check("DynamoDB_20120810.Query {\"TableName\":\"t\"}", &[("dynamodb:Query", table)]);
        let queue = "arn:aws:sqs:eu-west-1:000000000000:q.fifo";
        check("AmazonSQS.SendMessage {\"QueueUrl\":\"http://h/000000000000/q.fifo\"}", &[("sqs:SendMessage", queue)]);
        check("AmazonSQS.SendMessageBatch {\"QueueUrl\":\"http://h/0/q.fifo\"}", &[("sqs:SendMessage", queue)]);
        let parameter = "arn:aws:ssm:eu-west-1:000000000000:parameter/onetake/keys";
        check("AmazonSSM.GetParameter {\"Name\":\"/onetake/keys\"}", &[("ssm:GetParameter", parameter)]);
        check("secretsmanager.GetSecretValue {\"SecretId\":\"arn:x\"}", &[("secretsmanager:GetSecretValue", "arn:x")]);
        let function = "arn:aws:lambda:eu-west-1:000000000000:function:onetake-manim";
        check("POST /2015-03-31/functions/onetake-manim/invocations", &[("lambda:InvokeFunction", function)]);
        check("GET /b/jobs/1/caf%C3%A9.mp4", &[("s3:GetObject", "arn:aws:s3:::b/jobs/1/café.mp4")]);
        check("HEAD /b/takes/1?x-id=HeadObject", &[("s3:GetObject", "arn:aws:s3:::b/takes/1")]);
        check("POST /b/jobs/1?uploads", &[("s3:PutObject", "arn:aws:s3:::b/jobs/1")]);
        check("PUT /b/jobs/1?partNumber=1&uploadId=u", &[("s3:PutObject", "arn:aws:s3:::b/jobs/1")]);
        check("DELETE /b/jobs/1?uploadId=u", &[("s3:AbortMultipartUpload", "arn:aws:s3:::b/jobs/1")]);
        check("DELETE /b/jobs/1?x-id=DeleteObject", &[("s3:DeleteObject", "arn:aws:s3:::b/jobs/1")]);
        check("GET /b?list-type=2&prefix=jobs%2F", &[("s3:ListBucket", "arn:aws:s3:::b")]);
        check(
            "POST /b?delete",
            &[("s3:DeleteObject", "arn:aws:s3:::b/jobs/1"), ("s3:DeleteObject", "arn:aws:s3:::b/jobs/2")],
        );
    }

    #[test]
    fn what_is_not_known_is_not_let_through() {
        let request = Request {
            method: "POST",
            path: "/",
            query: "",
            target: Some("Logs_1.PutLogEvents"),
            copies: None,
            body: b"{}",
        };
        assert!(Call::read(&request).is_err());
        let path = "/2015-03-31/functions/onetake-manim/policy";
        let request = Request { method: "GET", path, query: "", target: None, copies: None, body: b"" };
        assert!(Call::read(&request).is_err());
        let request = Request { method: "PUT", path: "/b", query: "policy", target: None, copies: None, body: b"" };
        assert!(Call::read(&request).is_err());
    }
}
