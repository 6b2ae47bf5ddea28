//! Whether an answer of a call was lost on the way: then its refusal may be that of a later try, after an earlier one was done.

use aws_sdk_dynamodb::config::interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The tries of one call that may have been done without our knowing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries {
    unanswered: Arc<AtomicI64>,
}

impl Tries {
    /// Whether a try may have been done, and its answer lost.
    pub(crate) fn lost_an_answer(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) > 0
    }
}

impl Intercept for Tries {
    fn name(&self) -> &'static str {
        "Tries"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // 5xx: something behind it may have been reached.
        if context.response().is_some_and(|response| response.status().as_u16() < 500) {
            self.unanswered.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
