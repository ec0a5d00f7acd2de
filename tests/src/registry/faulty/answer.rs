//! What a request gets, and what goes wrong with it.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    sync::atomic::Ordering,
    time::Duration,
};

use nix::sys::socket::{setsockopt, sockopt};

use super::{
    Fault, Shared,
    request::{Request, read},
};

/// What stands for a user, and what it is changed for.
const ACCESS: &str = "access-for-an-hour";

impl Shared {
    /// One request of one connection.
    pub(super) fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
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
        if let Some(said) = self.guard(path, request, stream.local_addr()?) {
            return stream.write_all(said.as_bytes());
        }
        let Some((content_type, body)) = self.answers.get(path) else {
            return stream.write_all(reply("404 Not Found", "", "").as_bytes());
        };
        let mut body = body.clone();
        let whole = body.len();
        let mut from = request.from.unwrap_or(0);
        match &fault {
            Some(Fault::Status(status, retry_after, said)) => {
                let after = retry_after.map(|after| format!("Retry-After: {after}\r\n"));
                let status = format!("{status} Fault");
                let said = reply(&status, &after.unwrap_or_default(), said);
                return stream.write_all(said.as_bytes());
            }
            Some(Fault::Redirect(to)) => {
                let header = format!("Location: {to}\r\n");
                return stream.write_all(reply("307 Elsewhere", &header, "").as_bytes());
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

impl Shared {
    /// What somebody hears who has not shown an access token, or wants one.
    fn guard(&self, path: &str, request: &Request, host: SocketAddr) -> Option<String> {
        let identity = self.identity.lock().unwrap();
        let identity = identity.as_ref()?;
        if path == "/token" {
            let right = format!("refresh_token={identity}");
            let given = request.body.contains("grant_type=refresh_token")
                && request.body.split('&').any(|pair| pair == right);
            let said = format!(r#"{{"access_token":"{ACCESS}"}}"#);
            return Some(match given {
                true => reply("200 OK", "", &said),
                false => reply("401 Unauthorized", "", ""),
            });
        }
        let access = format!("Bearer {ACCESS}");
        let challenge = format!(
            "WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"faulty\"\r\n"
        );
        let refused = request.authorization.as_ref() != Some(&access);
        refused.then(|| reply("401 Unauthorized", &challenge, ""))
    }
}

/// A whole answer; header lines end as HTTP's do.
fn reply(status: &str, header: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
