//! A deployment of the template on this machine: its table, bucket and queues in `MiniStack`, its functions under the emulator, and
//! what calls them.

mod settings;

pub use settings::{Image, Programs, Secret, Settings, Turns};

use crate::function::{Function, Tally};
use crate::instance::InstanceSettings;
use crate::policy::Policy;
use crate::poller::Poller;
use crate::proxy::{self, Notes};
use crate::services::{Message, Services};
use crate::template::{self, Queue, Shape, Template};
use crate::{MiniStack, Streaming, gateway, url, wire};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::AbortHandle;

/// A deployment. [`Host::stop`] ends it; what is dropped without is ended too, but may hold the thread up.
pub struct Host {
    url: String,
    /// By the logical name of the function.
    function_urls: BTreeMap<String, String>,
    functions: BTreeMap<String, Arc<Function>>,
    policies: BTreeMap<String, Arc<Policy>>,
    pollers: Vec<Arc<Poller>>,
    queues: Vec<Queue>,
    table: String,
    bucket: String,
    services: Services,
    notes: Arc<Notes>,
    tasks: Vec<AbortHandle>,
    messages_sent: AtomicU64,
    ministack: MiniStack,
}

/// What a host saw of its functions.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By logical name.
    pub tallies: BTreeMap<String, Tally>,
    /// Calls to AWS that a policy does not allow, as sentences.
    pub refused: Vec<String>,
    /// Function, action, resource, and whether a call has needed it.
    pub uses: Vec<(String, String, String, bool)>,
    /// Calls to AWS, and those of them that were answered as by a busy service.
    pub calls: (u64, u64),
}

impl Host {
    /// Deploys.
    ///
    /// # Panics
    /// When a tool or a packed function is missing, or the template says what AWS would refuse or this host does not know.
    pub async fn start(settings: Settings) -> Self {
        Self::try_start(settings).await.unwrap_or_else(|error| panic!("the host did not start: {error}"))
    }

    async fn try_start(settings: Settings) -> Result<Self, String> {
        let ministack =
            tokio::task::spawn_blocking(MiniStack::start).await.map_err(|panic| format!("MiniStack: {panic}"))?;
        let services = Services::new(&ministack.url())?;
        let mut parameters = settings.parameters.clone();
        if let Some(secret) = &settings.secret {
            parameters.push(("Secrets".into(), secret.keep(&services).await?));
        }
        let template = Template::read(&settings.template, &parameters, &ministack.url())?;
        let shape = Shape::of(&template)?;
        make(&services, &shape).await?;
        let notes = Arc::new(Notes::new(settings.busy_every));
        let mut host = Self {
            url: String::new(),
            function_urls: BTreeMap::new(),
            functions: BTreeMap::new(),
            policies: BTreeMap::new(),
            pollers: Vec::new(),
            queues: Vec::new(),
            table: only("table", shape.tables.iter().map(|table| &table.name))?,
            bucket: only("bucket", shape.buckets.iter().map(|bucket| &bucket.name))?,
            services,
            notes,
            tasks: Vec::new(),
            messages_sent: AtomicU64::new(0),
            ministack,
        };
        host.deploy(shape, &settings).await?;
        Ok(host)
    }

    async fn deploy(&mut self, shape: Shape, settings: &Settings) -> Result<(), String> {
        let mut timeouts_s = BTreeMap::new();
        for function in shape.functions {
            let wide = function.policy.too_wide();
            if !wide.is_empty() {
                return Err(format!("{} may do too much: {}", function.id, wide.join(", ")));
            }
            let policy = Arc::new(function.policy);
            let (endpoint, proxy) =
                proxy::listen((&function.id, &function.arn), policy.clone(), &self.ministack.url(), self.notes.clone())
                    .await?;
            self.tasks.push(proxy);
            let mut environment = settings.programs.with_layers(function.environment, &function.layers)?;
            let image = settings.image(&function.id, function.is_image)?;
            if let Some(image) = image {
                // It asks nothing of AWS by itself. What runs in it may try.
                environment.extend(image.environment.iter().cloned().chain([("AWS_ENDPOINT_URL".into(), endpoint)]));
            } else {
                let own = environment.iter_mut().find(|(name, _)| name == "ONETAKE_AWS_ENDPOINT");
                own.ok_or_else(|| format!("{} has no ONETAKE_AWS_ENDPOINT", function.id))?.1 = endpoint;
            }
            environment.extend(credentials());
            let timeout_s = settings.timeout_s(&function.id).unwrap_or(function.timeout_s);
            timeouts_s.insert(function.id.clone(), function.timeout_s);
            let name = function.name.clone();
            let instance =
                InstanceSettings { name: function.name, timeout_s, memory_mb: function.memory_mb, environment };
            let bootstrap = match image {
                Some(image) => image.bootstrap.clone(),
                None => settings.programs.bootstrap(&function.id, function.binary.as_deref())?,
            };
            let most = function.reserved.unwrap_or(settings.most_at_once);
            let runs = Function::new(&function.id, &function.arn, bootstrap, instance, most, function.has_tenants);
            let runs = Arc::new(runs);
            self.notes.knows(&name, &runs);
            self.functions.insert(function.id.clone(), runs);
            self.policies.insert(function.id, policy);
        }
        for source in shape.sources {
            let queue = shape.queues.iter().find(|queue| queue.id == source.queue).cloned();
            let queue = queue.ok_or_else(|| format!("{} is no queue", source.queue))?;
            let (function, policy) = (self.functions[&source.function].clone(), &self.policies[&source.function]);
            let limits = (timeouts_s[&source.function], policy.as_ref());
            let services = self.services.clone();
            let poller = Poller::new((source, queue), function, limits, services, settings.failed_again)?;
            let poller = Arc::new(poller);
            self.tasks.push(tokio::spawn(poller.clone().poll()).abort_handle());
            self.pollers.push(poller);
        }
        for schedule in &shape.schedules {
            let every = match settings.turns {
                Turns::AsTemplate => Duration::from_secs(schedule.every_s),
                Turns::Every(every) => every,
                Turns::Never => continue,
            };
            let function = self.functions[&schedule.function].clone();
            self.tasks.push(tokio::spawn(take_turns(function, every)).abort_handle());
        }
        for id in shape.urls {
            let (url, serving) = url::listen(self.functions[&id].clone()).await?;
            self.tasks.push(serving);
            self.function_urls.insert(id, url);
        }
        let (url, serving) = gateway::listen(shape.routes, self.functions.clone()).await?;
        self.tasks.push(serving);
        self.url = url;
        self.queues = shape.queues;
        Ok(())
    }

    /// Where the HTTP API listens: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A function's own URL, with a slash at its end.
    ///
    /// # Panics
    /// When the template gives it none.
    #[must_use]
    pub fn function_url(&self, function: &str) -> &str {
        self.function_urls.get(function).unwrap_or_else(|| panic!("{function} has no URL"))
    }

    /// One more execution environment of a function, whose answers reach a client while they are said. Blocks for some seconds.
    ///
    /// # Panics
    /// When it does not start: a test cannot go on without.
    #[must_use]
    pub fn streaming(&self, function: &str) -> Streaming {
        self.function(function).streaming()
    }

    /// Invokes a function by hand.
    ///
    /// # Errors
    /// The function's own error as JSON, or the emulator's words.
    pub async fn invoke(&self, function: &str, event: Value) -> Result<Value, String> {
        let function = self.function(function);
        let place = function.place().await;
        let answer = function.invoke(event).await;
        drop(place);
        answer
    }

    /// One turn of the schedule, now.
    ///
    /// # Errors
    /// Those of [`Host::invoke`].
    pub async fn take_turn(&self, function: &str) -> Result<Value, String> {
        let event = turn(&self.function(function).arn);
        self.invoke(function, event).await
    }

    /// Says of a function's next invocations, in their order, after how long each is killed by SIGKILL, if it is.
    pub fn foretell(&self, function: &str, fates: impl IntoIterator<Item = Option<Duration>>) {
        self.function(function).foretell(fates);
    }

    /// Kills a function's next so many invocations whose event has this word, at their beginning.
    pub fn doom(&self, function: &str, word: &str, times: usize) {
        self.function(function).doom(word, times);
    }

    /// Kills what runs of a function now, and says how many invocations that were.
    pub fn kill(&self, function: &str) -> usize {
        self.function(function).kill()
    }

    /// Whether an invocation of it runs now.
    #[must_use]
    pub fn is_running(&self, function: &str) -> bool {
        self.function(function).is_running()
    }

    /// Ends the idle execution environments of a function: its next invocation is a cold start.
    pub async fn cool(&self, function: &str) {
        self.function(function).cool().await;
    }

    /// The logical names of all functions.
    pub fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// What a function has logged.
    #[must_use]
    pub fn log(&self, function: &str) -> String {
        self.function(function).log()
    }

    /// How long each start of a function took until it asked for its first event, in milliseconds.
    #[must_use]
    pub fn inits_ms(&self, function: &str) -> Vec<f64> {
        wire::inits_ms(&self.log(function))
    }

    /// From now on each message of a queue is handed over twice, or no longer.
    pub fn double_messages(&self, queue: &str, doubles: bool) {
        self.poller(queue).doubles.store(doubles, Ordering::Relaxed);
    }

    /// From now on nothing is received from a queue, or all of it again.
    pub async fn pause(&self, queue: &str, pauses: bool) {
        self.poller(queue).pauses.store(pauses, Ordering::Relaxed);
        if pauses {
            // A call that waits for messages ends within a second, and what it brings is still handed over.
            tokio::time::sleep(Duration::from_millis(1_200)).await;
        }
    }

    /// Sends a message to a queue, as `group` where it is FIFO.
    pub async fn send(&self, queue: &str, body: &str, group: &str) {
        let queue = self.queue(queue);
        let number = self.messages_sent.fetch_add(1, Ordering::Relaxed);
        let own = format!("host-{number}");
        let group = queue.is_fifo.then_some((group, own.as_str()));
        self.services.send(queue, body, group).await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Messages of a queue: those that wait, those that were received and are hidden, and those that are not due yet.
    pub async fn messages(&self, queue: &str) -> [u64; 3] {
        self.services.counts(self.queue(queue)).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sends the messages of a dead-letter queue back to where they came from, by hand. Says how many.
    pub async fn redrive(&self, dead_letters: &str, queue: &str) -> usize {
        // All of them before the first is sent: one that fails again would be met again.
        let letters = self.taken_off(dead_letters).await;
        for letter in &letters {
            let group = letter.attributes.get("MessageGroupId").and_then(Value::as_str).unwrap_or_default();
            self.send(queue, &letter.body, group).await;
        }
        letters.len()
    }

    /// Loses all messages that wait in a queue. Says how many.
    pub async fn lose(&self, queue: &str) -> usize {
        self.taken_off(queue).await.len()
    }

    async fn taken_off(&self, queue: &str) -> Vec<Message> {
        let queue = self.queue(queue);
        let mut taken = Vec::new();
        loop {
            let received = self.services.receive(queue, 10).await.unwrap_or_else(|error| panic!("{error}"));
            if received.is_empty() {
                return taken;
            }
            for message in received {
                self.services.delete(queue, &message).await.unwrap_or_else(|error| panic!("{error}"));
                taken.push(message);
            }
        }
    }

    /// All items of the table: partition, key.
    pub async fn items(&self) -> Vec<(String, String)> {
        let items = self.services.items(&self.table).await.unwrap_or_else(|error| panic!("{error}"));
        let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        items.iter().map(|item| (text(item, "pk"), text(item, "sk"))).collect()
    }

    /// The names of all objects of the bucket.
    pub async fn objects(&self) -> Vec<String> {
        self.services.objects(&self.bucket).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Writes an object of the bucket, by its name; removes it where there are no bytes.
    pub async fn set_object(&self, name: &str, bytes: Option<&[u8]>) {
        self.services.set_object(&self.bucket, name, bytes).await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// What became of all functions, and of their calls.
    #[must_use]
    pub fn report(&self) -> Report {
        let uses = self.policies.iter().flat_map(|(function, policy)| {
            let of = |(action, resource, is_used)| (function.clone(), action, resource, is_used);
            policy.uses().into_iter().map(of)
        });
        Report {
            tallies: self.functions.iter().map(|(id, function)| (id.clone(), function.tally())).collect(),
            refused: self.notes.refused(),
            uses: uses.collect(),
            calls: self.notes.counts(),
        }
    }

    /// Ends all of it, without holding up other tests.
    pub async fn stop(self) {
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }

    fn function(&self, id: &str) -> &Arc<Function> {
        self.functions.get(id).unwrap_or_else(|| panic!("the template has no function {id}"))
    }

    fn queue(&self, id: &str) -> &Queue {
        self.queues.iter().find(|queue| queue.id == id).unwrap_or_else(|| panic!("the template has no queue {id}"))
    }

    fn poller(&self, queue: &str) -> &Poller {
        let found = self.pollers.iter().find(|poller| poller.queue.id == queue);
        found.unwrap_or_else(|| panic!("nothing reads {queue}"))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Table, bucket and queues; a queue after the one that its dead letters go to.
async fn make(services: &Services, shape: &Shape) -> Result<(), String> {
    for table in &shape.tables {
        services.make_table(table).await?;
    }
    for bucket in &shape.buckets {
        services.make_bucket(bucket).await?;
    }
    let (redriven, last): (Vec<_>, Vec<_>) =
        shape.queues.iter().partition(|queue| queue.attributes.contains_key("RedrivePolicy"));
    for queue in last.into_iter().chain(redriven) {
        services.make_queue(queue).await?;
    }
    Ok(())
}

fn only<'a>(what: &str, mut names: impl Iterator<Item = &'a String>) -> Result<String, String> {
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name.clone()),
        _ => Err(format!("the template should have one {what}")),
    }
}

/// What Lambda puts into every environment.
fn credentials() -> [(String, String); 5] {
    [
        ("AWS_REGION", MiniStack::REGION),
        ("AWS_DEFAULT_REGION", MiniStack::REGION),
        ("AWS_ACCESS_KEY_ID", MiniStack::KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", MiniStack::SECRET),
        ("TZ", ":UTC"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

async fn take_turns(function: Arc<Function>, every: Duration) {
    let mut turns = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    loop {
        turns.tick().await;
        let (function, place) = (function.clone(), function.place().await);
        // A turn that takes longer does not hold up the next.
        tokio::spawn(async move {
            let _ = function.invoke(turn(&function.arn)).await;
            drop(place);
        });
    }
}

/// What a schedule sends.
fn turn(function_arn: &str) -> Value {
    json!({
        "version": "0", "id": "turn", "detail-type": "Scheduled Event", "source": "aws.scheduler",
        "account": MiniStack::ACCOUNT, "time": "2026-11-20T00:00:00Z", "region": MiniStack::REGION,
        "resources": [format!("arn:aws:scheduler:{}:{}:schedule/default/{}", MiniStack::REGION, MiniStack::ACCOUNT, template::STACK)],
        "detail": "{}", "function": function_arn,
    })
}
