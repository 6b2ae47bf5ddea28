//! Speaks one line at a time, in order, so that the speech provider never hears two of us at once.

use aws::Wake;
use std::time::Duration;

/// No call begins after so long: the longest one still ends within the function's time.
const BUDGET: Duration = Duration::from_secs(150);

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let house = functions::house().await?;
    let speech = functions::speech().await;
    let studio = functions::studio()?;
    aws::serve_queue(async |_: Wake| steps::speak::speak_for(&house, &speech, &studio, BUDGET).await).await
}
