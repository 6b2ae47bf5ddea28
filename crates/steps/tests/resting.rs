//! Who goes on with a job: the command that ordered it, or the house it was left to.

use crate::world::{World, script};
use steps::open::{Again, Request};
use steps::rest;
use story::JobId;
use story::job::Kind;

/// Opens a preview of one line: a command's, or one that is left to the house.
async fn order(world: &World, text: &str, again: Again) -> JobId {
    let request = Request { again, ..Request::script(Kind::Preview, script(&[("Ana", text)])) };
    world.open(request).await.expect("good")
}

async fn rests(world: &World, id: &JobId) -> bool {
    rest::rests(world.house(), id).await.expect("the stores work")
}

/// Does all that is to be done, the sweep's part too, and says which jobs have ended.
async fn works(world: &World, jobs: [&JobId; 2]) -> [bool; 2] {
    steps::sweep::sweep(world.house()).await.expect("the stores work");
    world.work().await.expect("the stores work");
    [world.view(jobs[0]).await.status.has_ended(), world.view(jobs[1]).await.status.has_ended()]
}

#[tokio::test]
async fn a_house_goes_on_with_what_was_left_to_it_and_with_no_stopped_command() {
    let world = World::new().await;
    let left = order(&world, "Left.", Again::New).await;
    let keyed = order(&world, "Keyed.", Again::Key("key".into())).await;
    let attended = order(&world, "Attended.", Again::GoOn).await;
    // As a command does that is on its way to another job.
    rest::rest(world.house(), std::slice::from_ref(&attended)).await.expect("the stores work");
    assert!(rests(&world, &left).await && rests(&world, &keyed).await && !rests(&world, &attended).await);

    let mut open = rest::begin(world.house()).await.expect("the stores work");
    open.left.sort();
    let mut expected = [left.clone(), keyed];
    expected.sort();
    assert_eq!((open.left, open.attended), (expected.to_vec(), vec![attended.clone()]));
    assert_eq!(works(&world, [&left, &attended]).await, [true, false]);
    assert_eq!(world.calls(), 2, "nothing is spoken for the command's");

    rest::take_up_left(world.house()).await.expect("the stores work");
    assert!(rests(&world, &attended).await, "it waits for its command");
    rest::take_up(world.house(), &attended).await.expect("the stores work");
    assert_eq!(works(&world, [&left, &attended]).await, [true, true]);
}

#[tokio::test]
async fn what_another_process_let_rest_is_taken_up_again() {
    let world = World::new().await;
    let left = order(&world, "Left.", Again::New).await;
    let other = order(&world, "Other.", Again::GoOn).await;
    rest::rest(world.house(), std::slice::from_ref(&other)).await.expect("the stores work");
    assert!(rests(&world, &left).await);
    rest::take_up_left(world.house()).await.expect("the stores work");
    assert!(!rests(&world, &left).await);
}

#[tokio::test]
async fn a_command_that_is_stopped_takes_its_job_along_and_no_other() {
    let world = World::new().await;
    let left = order(&world, "Left.", Again::New).await;
    let attended = order(&world, "Attended.", Again::GoOn).await;
    for id in [&left, &attended] {
        steps::advance::advance(world.house(), id, None).await.expect("the stores work");
        rest::rest_with_its_command(world.house(), id).await.expect("the stores work");
    }
    assert_eq!((rests(&world, &left).await, rests(&world, &attended).await), (false, true));
    assert_eq!(works(&world, [&left, &attended]).await, [true, false]);
    assert_eq!(world.calls(), 1, "its wish is withdrawn");
}

#[tokio::test]
async fn what_a_command_leaves_to_the_house_is_the_houses() {
    let world = World::new().await;
    let attended = order(&world, "Attended.", Again::GoOn).await;
    rest::leave(world.house(), &attended).await.expect("the stores work");
    let open = rest::begin(world.house()).await.expect("the stores work");
    assert_eq!((open.left, open.attended), (vec![attended], vec![]));
}
