//! A registry that stalls, resets and lies, as told. One thread for each connection, one
//! request for each connection: what a fault does is plain to see.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use nix::sys::socket::{setsockopt, sockopt};

use super::layout::ImageLayout;

/// What goes wrong with one answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Only the status line, `Retry-After` where given, and a body.
    Status(u16, Option<&'static str>, &'static str),
    /// The connection is reset after so many bytes of the body.
    ResetAt(usize),
    /// The connection is closed, in good order, after so many bytes of the body.
    CloseAt(usize),
    /// Nothing more comes after so many bytes of the body; the connection stays.
    StallAt(usize),
    /// The header says fewer bytes than there are, and no more come.
    Shorter(usize),
    /// So many bytes more than there are.
    Longer(usize),
    /// One byte of the body is another.
    Corrupt,
    /// A range is answered with everything.
    IgnoreRange,
    /// A range is answered with another one.
    WrongRange,
    /// The answer is elsewhere.
    Redirect(String),
    /// The answer comes this much later.
    Late(Duration),
}

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

type Answers = HashMap<String, (String, Vec<u8>)>;

/// What stands for a user, and what it is changed for.
const ACCESS: &str = "access-for-an-hour";

struct Shared {
    answers: Answers,
    /// The identity token without which nothing is given out.
    identity: Mutex<Option<String>>,
    /// Faults by a part of the path: the first that fits is used up by one request.
    faults: Mutex<Vec<(String, Fault)>>,
    requests: Mutex<Vec<Request>>,
    ends: AtomicBool,
}

/// A running registry. It ends with the value.
pub struct Faulty {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Faulty {
    /// One that has an image as `app:1`.
    ///
    /// # Panics
    /// When there is no port.
    pub fn with(image: &ImageLayout) -> Self {
        let mut answers = Answers::new();
        for blob in image.blobs() {
            let answer = (blob.media_type.clone(), blob.bytes.clone());
            answers.insert(format!("/v2/app/blobs/{}", blob.digest), answer);
        }
        let manifest = (
            image.manifest.media_type.clone(),
            image.manifest.bytes.clone(),
        );
        let by_digest = format!("/v2/app/manifests/{}", image.manifest.digest);
        answers.insert(by_digest, manifest.clone());
        answers.insert("/v2/app/manifests/1".to_owned(), manifest);
        Self::serve(answers)
    }

    /// One that has a single document as `app:1`.
    ///
    /// # Panics
    /// When there is no port.
    pub fn with_manifest(media_type: &str, bytes: &[u8]) -> Self {
        let answer = (media_type.to_owned(), bytes.to_vec());
        Self::serve(Answers::from([("/v2/app/manifests/1".to_owned(), answer)]))
    }

    fn serve(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answers,
            identity: Mutex::default(),
            faults: Mutex::default(),
            requests: Mutex::default(),
            ends: AtomicBool::new(false),
        });
        let inner = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if inner.ends.load(Ordering::SeqCst) {
                    break;
                }
                let inner = inner.clone();
                // A client that goes away is no fault of ours.
                std::thread::spawn(move || inner.serve(stream).ok());
            }
        });
        Faulty {
            address,
            shared,
            thread: Some(thread),
        }
    }

    /// `127.0.0.1:port`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The next request whose path has `part` in it meets that fault. Several for the same
    /// part are met one after the other.
    pub fn fail(&self, part: &str, fault: Fault) {
        let mut faults = self.shared.faults.lock().unwrap();
        faults.push((part.to_owned(), fault));
    }

    /// Gives nothing out any more but to those who change an identity token for an access
    /// token first, as distribution's docs/spec/auth/oauth.md has it.
    pub fn ask_for_identity(&self, token: &str) {
        *self.shared.identity.lock().unwrap() = Some(token.to_owned());
    }

    /// The requests so far whose path has `part` in it.
    pub fn requests(&self, part: &str) -> Vec<Request> {
        let requests = self.shared.requests.lock().unwrap();
        requests
            .iter()
            .filter(|request| request.path.contains(part))
            .cloned()
            .collect()
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let Some(request) = read(&stream)? else {
            return Ok(());
        };
        let fault = {
            let mut faults = self.faults.lock().unwrap();
            let found = faults
                .iter()
                .position(|(part, _)| request.path.contains(part.as_str()));
            found.map(|found| faults.remove(found).1)
        };
        self.requests.lock().unwrap().push(request.clone());
        self.answer(stream, &request, fault)
    }

    fn answer(
        &self,
        mut stream: TcpStream,
        request: &Request,
        fault: Option<Fault>,
    ) -> std::io::Result<()> {
        let path = request.path.split('?').next().unwrap_or_default();
        if let Some(identity) = &*self.identity.lock().unwrap() {
            let right = format!("refresh_token={identity}");
            let access = format!("Bearer {ACCESS}");
            if path == "/token" {
                let given = request.body.contains("grant_type=refresh_token")
                    && request.body.split('&').any(|pair| pair == right);
                let (status, said) = match given {
                    true => ("200 OK", format!(r#"{{"access_token":"{ACCESS}"}}"#)),
                    false => ("401 Unauthorized", String::new()),
                };
                let length = said.len();
                return write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{said}"
                );
            }
            if request.authorization.as_ref() != Some(&access) {
                let host = stream.local_addr()?;
                return write!(
                    stream,
                    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer \
                     realm=\"http://{host}/token\",service=\"faulty\"\r\n\
                     Content-Length: 0\r\nConnection: close\r\n\r\n"
                );
            }
        }
        let Some((content_type, body)) = self.answers.get(path) else {
            return write!(
                stream,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        };
        let mut body = body.clone();
        let whole = body.len();
        let mut from = request.from.unwrap_or(0);
        match &fault {
            Some(Fault::Status(status, retry_after, said)) => {
                let after = retry_after.map(|after| format!("Retry-After: {after}\r\n"));
                return write!(
                    stream,
                    "HTTP/1.1 {status} Fault\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n{said}",
                    after.unwrap_or_default(),
                    said.len()
                );
            }
            Some(Fault::Redirect(to)) => {
                return write!(
                    stream,
                    "HTTP/1.1 307 Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
            }
            Some(Fault::Late(delay)) => std::thread::sleep(*delay),
            Some(Fault::Corrupt) => body[whole / 2] ^= 1,
            Some(Fault::Longer(more)) => body.extend(std::iter::repeat_n(b'x', *more)),
            Some(Fault::Shorter(less)) => body.truncate(whole - less),
            Some(Fault::IgnoreRange) => from = 0,
            Some(Fault::WrongRange) => from = (from + 7).min(whole),
            Some(Fault::ResetAt(_) | Fault::CloseAt(_) | Fault::StallAt(_)) | None => {}
        }
        let ranged = request.from.is_some() && !matches!(fault, Some(Fault::IgnoreRange));
        let part = body.get(from..).unwrap_or_default();
        let status = if ranged {
            "206 Partial Content"
        } else {
            "200 OK"
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        )?;
        if ranged {
            write!(
                stream,
                "Content-Range: bytes {from}-{}/{whole}\r\n",
                whole - 1
            )?;
        }
        write!(
            stream,
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            part.len()
        )?;
        let until = match fault {
            Some(Fault::ResetAt(at) | Fault::CloseAt(at) | Fault::StallAt(at)) => {
                at.min(part.len())
            }
            _ => part.len(),
        };
        stream.write_all(&part[..until])?;
        stream.flush()?;
        match fault {
            Some(Fault::ResetAt(_)) => {
                // What was sent shall arrive before the reset does.
                std::thread::sleep(Duration::from_millis(50));
                let linger = nix::libc::linger {
                    l_onoff: 1,
                    l_linger: 0,
                };
                setsockopt(&stream, sockopt::Linger, &linger)?;
            }
            Some(Fault::StallAt(_)) => {
                while !self.ends.load(Ordering::SeqCst) && stream.take_error()?.is_none() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Option<Request>> {
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
