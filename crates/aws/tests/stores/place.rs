//! A deployment's table, bucket and queues, made anew for each test.

use crate::proxy::{Fault, Proxy};
use async_trait::async_trait;
use aws::artifacts::BucketArtifacts;
use aws::queue::{SqsQueue, Urls};
use aws::records::DynamoRecords;
use aws::{Account, Places};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_sqs::types::QueueAttributeName;
use conformance::queue::Receivable;
use lambda_host::MiniStack;
use local::SystemClock;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use story::{Clock, Queue, Task};

/// Longer than any test works on a message.
const VISIBILITY_S: i32 = 2;

/// One server for all tests that run at the same time.
static SHARED: Mutex<Weak<MiniStack>> = Mutex::new(Weak::new());

fn server() -> Arc<MiniStack> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(MiniStack::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

/// A deployment of one test's own.
pub(crate) struct Place {
    server: Arc<MiniStack>,
    pub(crate) places: Places,
    /// What asks the server without any fault, and without anything of ours.
    pub(crate) plain: SdkConfig,
}

fn settings() -> aws_config::ConfigLoader {
    let credentials = Credentials::new(MiniStack::KEY_ID, MiniStack::SECRET, None, None, "test");
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .credentials_provider(credentials)
        .region(Region::new(MiniStack::REGION))
}

impl Place {
    pub(crate) async fn new() -> Self {
        let server = tokio::task::spawn_blocking(server).await.unwrap();
        let plain = settings().endpoint_url(server.url()).load().await;
        let name = format!("test-{:016x}", SystemClock.chance());
        table(&plain, &name).await;
        let places = Places { table: name.clone(), queues: queues(&plain, &name).await, bucket: name };
        let place = Self { server, places, plain };
        let here = BucketLocationConstraint::from(MiniStack::REGION);
        let here = CreateBucketConfiguration::builder().location_constraint(here).build();
        let request = place.s3().create_bucket().bucket(&place.places.bucket);
        request.create_bucket_configuration(here).send().await.unwrap();
        place
    }

    /// An account that reaches the server.
    pub(crate) async fn account(&self) -> Account {
        Account::with(settings(), Some(&self.server.url())).await
    }

    /// An account that reaches it through faults, and the proxy that makes them.
    pub(crate) async fn account_through(&self, fault: Fault) -> (Proxy, Account) {
        let proxy = Proxy::start(&self.server.url(), fault).await;
        let account = Account::with(settings(), Some(&proxy.url())).await;
        (proxy, account)
    }

    pub(crate) fn records(&self, account: &Account) -> DynamoRecords {
        DynamoRecords::new(account, &self.places.table)
    }

    pub(crate) fn artifacts(&self, account: &Account) -> BucketArtifacts {
        BucketArtifacts::new(account, &self.places.bucket, Arc::new(SystemClock))
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let settings = aws_sdk_s3::config::Builder::from(&self.plain).force_path_style(true);
        aws_sdk_s3::Client::from_conf(settings.build())
    }
}

async fn table(plain: &SdkConfig, name: &str) {
    let client = aws_sdk_dynamodb::Client::new(plain);
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let text = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let request = request.key_schema(key("pk", KeyType::Hash)).key_schema(key("sk", KeyType::Range));
    request.attribute_definitions(text("pk")).attribute_definitions(text("sk")).send().await.unwrap();
    let ttl = TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build().unwrap();
    client.update_time_to_live().table_name(name).time_to_live_specification(ttl).send().await.unwrap();
}

async fn queues(plain: &SdkConfig, name: &str) -> Urls {
    let client = aws_sdk_sqs::Client::new(plain);
    let made = async |name: String| {
        let request = client.create_queue().queue_name(&name);
        let request = request.attributes(QueueAttributeName::VisibilityTimeout, VISIBILITY_S.to_string());
        let request =
            if name.ends_with(".fifo") { request.attributes(QueueAttributeName::FifoQueue, "true") } else { request };
        request.send().await.unwrap().queue_url.unwrap()
    };
    Urls {
        speech: made(format!("{name}-speech.fifo")).await,
        advance: made(format!("{name}-advance")).await,
        compose: made(format!("{name}-compose")).await,
        images: made(format!("{name}-images")).await,
        clips: made(format!("{name}-clips")).await,
        writer: made(format!("{name}-writer")).await,
        animate: made(format!("{name}-animate")).await,
    }
}

/// The queues with a host that receives everything.
pub(crate) struct Host {
    queue: SqsQueue,
    client: aws_sdk_sqs::Client,
    urls: Urls,
}

impl Host {
    pub(crate) fn new(place: &Place, account: &Account) -> Self {
        let urls = place.places.queues.clone();
        let queue = SqsQueue::new(account, urls.clone(), Arc::new(SystemClock));
        Self { queue, client: aws_sdk_sqs::Client::new(&place.plain), urls }
    }
}

#[async_trait]
impl Receivable for Host {
    fn queue(&self) -> &dyn Queue {
        &self.queue
    }

    async fn drain(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for url in [&self.urls.advance, &self.urls.compose] {
            loop {
                let request = self.client.receive_message().queue_url(url).max_number_of_messages(10);
                let received = request.send().await.unwrap().messages.unwrap_or_default();
                if received.is_empty() {
                    break;
                }
                for message in received {
                    tasks.push(serde_json::from_str(message.body().unwrap()).unwrap());
                    let request = self.client.delete_message().queue_url(url);
                    request.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
                }
            }
        }
        tasks
    }

    // The server has a clock of its own: its time passes as it does. Past the queues' visibility nothing more would happen.
    async fn pass(&self, duration: Duration) {
        tokio::time::sleep(duration.min(Duration::from_secs(3))).await;
    }
}
