//! A registry that stalls, resets and lies, as told. One thread for each connection, one
//! request for each connection: what a fault does is plain to see.
//!
//! - `request.rs` what came
//! - `answer.rs`  what it gets

mod answer;
mod request;

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::layout::ImageLayout;
pub use request::Request;

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

type Answers = HashMap<String, (String, Vec<u8>)>;

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
