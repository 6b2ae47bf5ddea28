//! What can be typed after `onetake serve`.

use clap::Args;
use std::net::SocketAddr;

/// What `onetake serve --help` teaches.
pub(super) const HELP: &str = "\
A script goes in, a film comes out:
  onetake serve --rehearse &
  curl -s localhost:8080/v1/videos --data '{\"script\": {\"speakers\": {\"Ana\": {}}, \"lines\": [{\"speaker\": \"Ana\", \"text\": \"Hello.\"}]}}'
  curl -s localhost:8080/v1/jobs/ID                            how far it is; then its files
  curl -sO localhost:8080/v1/jobs/ID/files/film.mp4

Other routes: POST /v1/previews, /v1/estimates, /v1/cleanup · GET /v1/jobs, /v1/voices, /v1/stats, /v1/health
POST /v1/jobs/ID/cancel, /v1/jobs/ID/retry · DELETE /v1/jobs/ID. An `Idempotency-Key` makes an order once.

Who may ask:
  At 127.0.0.1 every program of this machine. With ONETAKE_TOKENS=word,word a request carries one of the words, as
  `Authorization: Bearer word` or `x-api-key: word`; without it no other address is listened at.
  Pages of other sites are refused by their `Origin`, and names that are not the house's by `Host`: a name that you gave this
  machine is allowed by --host, or with others in ONETAKE_HOSTS.

Jobs that were ordered here go on when it is started again, wherever it was stopped. Those of `onetake film` and its like that
were stopped wait for their own command, or for POST /v1/jobs/ID/retry. Both may run at once on one folder.
Ctrl-C and SIGTERM end it: what is being spoken is finished and kept. A second one ends it at once.";

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct Serving {
    /// The address to listen at; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// A name of this machine under which it may be asked; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,

    /// Use no provider, whatever keys there are: this machine speaks, for nothing
    #[arg(long)]
    pub(crate) rehearse: bool,
}

/// An address with its port, or a port of loopback's.
fn address(text: &str) -> Result<SocketAddr, String> {
    let loopback = |port: &str| port.parse().ok().map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port)));
    let port = text.strip_prefix("localhost:").unwrap_or(text);
    loopback(port)
        .or_else(|| text.parse().ok())
        .ok_or_else(|| "give an address of this machine with a port, such as 127.0.0.1:8080".to_owned())
}
