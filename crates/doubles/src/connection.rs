//! Connections that can be reset from within a handler, as a provider's balancer does.

use crate::account::{Ended, FaultKind};
use crate::pace::{broken, let_it_leave};
use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{Html, IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use futures_util::{StreamExt, stream};
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The line of one connection: a handler that holds it can reset it.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Inner>);

#[derive(Default)]
struct Inner {
    is_reset: AtomicBool,
    reader: AtomicWaker,
}

impl Line {
    /// The client gets a reset instead of whatever was to come.
    pub(crate) fn reset(&self) {
        self.0.is_reset.store(true, Ordering::Release);
        self.0.reader.wake();
    }
}

/// What goes wrong with a call that was made before any byte of its answer; `end` notes how it ended.
pub(crate) async fn instead_of_an_answer(
    fault: Option<FaultKind>,
    line: &Line,
    end: impl FnOnce(Ended),
) -> Option<Response> {
    match fault? {
        FaultKind::Reset => {
            end(Ended::Reset);
            line.reset();
            pending().await
        }
        FaultKind::Gateway => {
            end(Ended::Cut);
            let page = "<html><body>upstream connect error or disconnect/reset before headers</body></html>";
            Some((StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response())
        }
        FaultKind::Hang { headers: false } => pending().await,
        _ => None,
    }
}

/// The head of an answer that is whole, and as many bytes of it; `end` notes that it ended there.
pub(crate) fn cut(whole: &Bytes, after: usize, end: impl FnOnce() + Send + 'static) -> Response {
    let part = whole.slice(..after.min(whole.len().saturating_sub(1)));
    let body = Body::from_stream(stream::once(async { Ok(part) }).chain(stream::once(async move {
        let_it_leave().await;
        end();
        Err(broken())
    })));
    ([(CONTENT_LENGTH, whole.len())], body).into_response()
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().line.clone()
    }
}

/// Listens on 127.0.0.1.
pub(crate) struct Lines(TcpListener);

impl Lines {
    /// Port 0 is any free one.
    pub(crate) async fn bind(port: u16) -> io::Result<Self> {
        TcpListener::bind(("127.0.0.1", port)).await.map(Self)
    }

    /// Answers what comes, each handler with its [`Line`], until the task is aborted: serving never ends by itself.
    pub(crate) fn serve(self, router: Router) -> JoinHandle<()> {
        let service = router.into_make_service_with_connect_info::<Line>();
        tokio::spawn(async move { drop(axum::serve(self, service).await) })
    }
}

impl Listener for Lines {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small parts leave at once: their places are part of what is tested. Without it they only come later.
        drop(stream.set_nodelay(true));
        (Connection { stream, line: Line::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.line.0.reader.register(context.waker());
        if self.line.0.is_reset.load(Ordering::Acquire) {
            self.stream.set_zero_linger()?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
