//! One account of AWS, as this process reaches it: region and credentials where AWS's own tools look for them, and one
//! patience for all of its services.

use crate::{Error, environment, log};
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::config::interceptors::InterceptorContext;
use aws_sdk_lambda::config::retry::{ClassifyRetry, RetryAction};
use std::time::Duration;
use story::failure::StoreError;

/// Tries of one call, the first included. The table's and the bucket's own throttling is a matter of tenths of a second; if one
/// call in three fails, one in 6,561 fails eight times.
const TRIES: u32 = 8;

/// The most that is waited before the second try of a throttled call; twice that before the third. The waits are random, so
/// that those who were throttled together do not come back together.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The most that is waited before any try. Eight tries so wait 6 s at most.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A connection inside one region is there within milliseconds.
const CONNECT: Duration = Duration::from_secs(1);

/// Answers of the table and the queues come within milliseconds; who waits longer waits for one that is lost. A holder of a
/// lane lets itself be heard each 10 s of 30 s: two lost answers in a row cost it nothing.
const ANSWER: Duration = Duration::from_secs(3);

/// A part of 8 MiB is on its way for longer, but not for this long.
const ANSWER_TO_BYTES: Duration = Duration::from_secs(20);

/// The whole of a call with all its tries.
const CALL: Duration = Duration::from_secs(20);

/// The same for one that carries bytes.
const CALL_WITH_BYTES: Duration = Duration::from_secs(50);

/// One account of AWS.
#[derive(Clone, Debug)]
pub struct Account {
    config: SdkConfig,
    has_own_endpoint: bool,
}

impl Account {
    /// The account that the environment names. From here on the function logs.
    ///
    /// # Errors
    /// A sentence, where a key or a token stands in the environment.
    pub async fn open() -> Result<Self, Error> {
        log::start();
        environment::refuse_keys()?;
        let defaults = aws_config::defaults(BehaviorVersion::v2026_01_12());
        Ok(Self::with(defaults, environment::endpoint().as_deref()).await)
    }

    /// An account by settings of one's own; all services are asked at `endpoint`, where one is given.
    pub async fn with(settings: ConfigLoader, endpoint: Option<&str>) -> Self {
        let retries = RetryConfig::standard()
            .with_max_attempts(TRIES)
            .with_initial_backoff(FIRST_WAIT)
            .with_max_backoff(LONGEST_WAIT);
        let settings = settings.retry_config(retries).timeout_config(patience(ANSWER, CALL));
        let settings = match endpoint {
            Some(endpoint) => settings.endpoint_url(endpoint),
            None => settings,
        };
        Self { config: settings.load().await, has_own_endpoint: endpoint.is_some() }
    }

    pub(crate) fn table(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub(crate) fn bucket(&self) -> aws_sdk_s3::Client {
        let settings = aws_sdk_s3::config::Builder::from(&self.config)
            .timeout_config(patience(ANSWER_TO_BYTES, CALL_WITH_BYTES))
            // Elsewhere no name resolves to one bucket.
            .force_path_style(self.has_own_endpoint);
        aws_sdk_s3::Client::from_conf(settings.build())
    }

    pub(crate) fn queues(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }

    pub(crate) fn programs(&self) -> aws_sdk_lambda::Client {
        let settings = aws_sdk_lambda::config::Builder::from(&self.config)
            // Nothing comes for minutes, and that is right.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_classifier(OnlyBusy);
        aws_sdk_lambda::Client::from_conf(settings.build())
    }

    pub(crate) fn parameters(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.config)
    }
}

/// A program whose answer was lost may still run: only who was turned away at the door comes again.
#[derive(Debug)]
struct OnlyBusy;

impl ClassifyRetry for OnlyBusy {
    fn name(&self) -> &'static str {
        "OnlyBusy"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let is_busy = context.response().is_some_and(|response| response.status().as_u16() == 429);
        if is_busy { RetryAction::throttling_error() } else { RetryAction::RetryForbidden }
    }
}

/// So long one answer may take, and a call with all its tries.
pub(crate) fn patience(answer: Duration, call: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(answer).operation_timeout(call).build()
}

/// What a service's error means for a store. Nothing on AWS is ever full: a table and a bucket grow by themselves.
pub(crate) fn meaning<E, R>(service: &str, error: &SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata,
{
    StoreError::Unavailable(format!("{service}: {}", sentence(error)))
}

/// An error in a few words: never the request, which may hold a user's text.
pub(crate) fn sentence<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "no connection in time".to_owned(),
        SdkError::DispatchFailure(_) => "no connection".to_owned(),
        SdkError::ServiceError(refused) => {
            let error = refused.err();
            [error.code(), error.message()].into_iter().flatten().collect::<Vec<_>>().join(": ")
        }
        SdkError::ConstructionFailure(_) => "the request could not be made".to_owned(),
        _ => "an answer that cannot be read".to_owned(),
    }
}
