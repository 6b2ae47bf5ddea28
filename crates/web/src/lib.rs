//! The HTTP interface of API.md as axum routers, one for each Lambda role and one of everything for a single process.
//! Imports `story` and `steps` only.
//! **Invariant:** no provider, no store by name, no environment; no handler runs before `Host`, `Origin` and token were looked at.

mod audit;
mod body;
mod cleanup;
mod desk;
mod files;
mod gateway;
mod guard;
mod health;
mod jobs;
mod later;
mod list;
mod open;
mod order;
mod range;
mod refused;
mod requests;
mod since;
mod stats;
mod takes;
mod timeline;
mod voices;

pub use desk::{Desk, Hosts, Settings};
pub use gateway::Speaking;

use axum::Router;
use axum::middleware;
use std::sync::Arc;

/// `POST /v1/previews`.
pub fn previews(desk: Desk) -> Router {
    behind_guard(open::previews(), desk)
}

/// `POST /v1/videos`.
pub fn videos(desk: Desk) -> Router {
    behind_guard(open::videos(), desk)
}

/// Everything that the other roles do not answer: estimates, jobs, their files, the audit, stats, voices, health. Whoever looks for
/// the gateway here is told where it is.
pub fn status(desk: Desk) -> Router {
    behind_guard(the_rest().merge(later::of_other_roles()), desk.clone()).merge(gateway::elsewhere(desk))
}

/// `POST /v1/cleanup`.
pub fn cleanup(desk: Desk) -> Router {
    behind_guard(cleanup::routes(), desk)
}

/// The gateway: what stands under `/elevenlabs`.
pub fn speech(desk: Desk, speaking: Speaking) -> Router {
    gateway::routes(desk, speaking)
}

/// Every route but the gateway's, for a process that is the whole house.
pub fn everything(desk: Desk) -> Router {
    behind_guard(the_rest().merge(open::previews()).merge(open::videos()).merge(cleanup::routes()), desk)
}

fn the_rest() -> Router<Arc<Desk>> {
    open::estimates()
        .merge(jobs::routes())
        .merge(list::routes())
        .merge(files::routes())
        .merge(audit::routes())
        .merge(stats::routes())
        .merge(requests::routes())
        .merge(takes::routes())
        .merge(timeline::routes())
        .merge(voices::routes())
        .merge(later::routes())
        .merge(health::routes())
}

/// The guard is the outermost layer: what no route answers is not answered to strangers either.
fn behind_guard(routes: Router<Arc<Desk>>, desk: Desk) -> Router {
    let desk = Arc::new(desk);
    routes
        .fallback(refused::no_route)
        .method_not_allowed_fallback(refused::wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), guard::look))
        .with_state(desk)
}
