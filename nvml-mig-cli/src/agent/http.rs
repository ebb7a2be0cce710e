//! Serves `/metrics`, `/healthz` and `/readyz`.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::metrics::Metrics;

const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// The pause after a connection that could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until the program ends.
///
/// # Errors
///
/// Which address can't be used, and why.
pub(super) async fn serve(address: SocketAddr, metrics: Arc<Metrics>) -> io::Result<()> {
    let listener = listen(address).await.map_err(|error| {
        let reason = format!("can't listen on {address}: {error}");
        io::Error::new(error.kind(), reason)
    })?;
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(connection(TokioIo::new(stream), Arc::clone(&metrics)));
                }
                // It is gone already, or there are too many, which passes.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    });
    Ok(())
}

/// All addresses of IPv6 are those of IPv4 too, unless the kernel has no IPv6.
async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listening = TcpListener::bind(address).await;
    match (listening, address) {
        (Err(error), SocketAddr::V6(all))
            if is_without_ipv6(&error) && all.ip().is_unspecified() =>
        {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, all.port())).await
        }
        (listening, _) => listening,
    }
}

fn is_without_ipv6(error: &io::Error) -> bool {
    // The kernel's own code for it has no name in the standard library.
    !matches!(
        error.kind(),
        ErrorKind::AddrInUse | ErrorKind::PermissionDenied
    )
}

async fn connection(stream: TokioIo<tokio::net::TcpStream>, metrics: Arc<Metrics>) {
    let answer = service_fn(move |request| {
        let answer = answer(&request, &metrics);
        async { Ok::<_, Infallible>(answer) }
    });
    // The timer closes connections that never send a request. A client that disconnects needs no answer.
    let server = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(stream, answer);
    let _ = server.await;
}

fn answer(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    let is = |well: bool| match well {
        true => (StatusCode::OK, TEXT, "ok\n".to_owned()),
        false => (StatusCode::SERVICE_UNAVAILABLE, TEXT, "no\n".to_owned()),
    };
    let (status, kind, text) = match request.uri().path() {
        "/metrics" => match metrics.text() {
            Ok(text) => (StatusCode::OK, METRICS, text),
            Err(_) => is(false),
        },
        "/healthz" => is(metrics.is_alive()),
        "/readyz" => is(metrics.is_ready()),
        _ => (StatusCode::NOT_FOUND, TEXT, "not found\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::{Metrics, serve};

    #[test]
    fn an_address_that_is_taken_is_named() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = taken.local_addr().unwrap();
        let metrics = Arc::new(Metrics::new(Duration::from_secs(60)));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(serve(address, metrics)).unwrap_err();
        let expected = format!("can't listen on {address}: ");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
