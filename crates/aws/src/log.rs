//! One line of JSON for each event, fields with dots as everywhere (`job.id`, `take.key`).

use tracing_subscriber::EnvFilter;

/// Begins to log. Called as the account is opened, which every function does first.
pub(crate) fn start() {
    let filter = EnvFilter::builder().parse_lossy(crate::environment::log_filter());
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(true);
    // Lambda stamps each line with its time; a second clock would only disagree. A second account logs by the first one's.
    let _ = subscriber.with_span_list(false).with_env_filter(filter).without_time().with_ansi(false).try_init();
}
