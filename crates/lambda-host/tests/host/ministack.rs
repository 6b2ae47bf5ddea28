//! The server that answers as AWS's services do.

use lambda_host::MiniStack;
use std::net::TcpStream;

#[test]
fn it_listens_where_it_says_and_ends_with_its_owner() {
    let (first, second) = (MiniStack::start(), MiniStack::start());
    let address = |ministack: &MiniStack| ministack.url().trim_start_matches("http://").to_owned();
    let (first_at, second_at) = (address(&first), address(&second));
    assert_ne!(first_at, second_at);
    assert!(TcpStream::connect(&first_at).is_ok() && TcpStream::connect(&second_at).is_ok());
    drop(first);
    assert!(TcpStream::connect(&first_at).is_err());
    assert!(TcpStream::connect(&second_at).is_ok(), "{}", second.log());
}
