//! A request, as far as it matters here.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream,
};

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its path, with the query.
    pub path: String,
    /// The first byte that it wants, where it asks for a range.
    pub from: Option<usize>,
    /// Its `Authorization`.
    pub authorization: Option<String>,
    /// Its body.
    pub body: String,
}

/// Reads one; nothing where the client only came and went.
pub(super) fn read(stream: &TcpStream) -> std::io::Result<Option<Request>> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = reader.by_ref().lines();
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let mut length = 0;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut request = Request {
        path,
        from: None,
        authorization: None,
        body: String::new(),
    };
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let first = value
                    .trim()
                    .trim_start_matches("bytes=")
                    .trim_end_matches('-');
                request.from = first.parse().ok();
            }
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => request.authorization = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    reader.take(length).read_to_string(&mut request.body)?;
    Ok(Some(request))
}
