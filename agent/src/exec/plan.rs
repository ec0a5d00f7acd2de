//! From a request to what is started. Pure.

use std::{collections::BTreeMap, ffi::CString};

use banger_agent_protocol::{
    exec::{ExecRequest, TerminalSize},
    request::{AgentError, AgentErrorCode},
};

use super::accounts::{Account, Accounts};
use crate::sys::child::Identity;

/// Where root's programs are looked for.
pub const ROOT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Where other users' are.
const USER_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A command with all that it begins with.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is executed; looked up in PATH.
    pub program: String,
    /// Without the program itself.
    pub arguments: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Where to start.
    pub working_dir: WorkingDir,
    /// Who runs it.
    pub identity: Identity,
    /// For messages.
    pub user: String,
    /// Whether input follows.
    pub stdin: bool,
    /// A terminal instead of pipes.
    pub terminal: Option<TerminalSize>,
}

/// Where a command starts.
#[derive(Debug, PartialEq, Eq)]
pub enum WorkingDir {
    /// There and nowhere else.
    Asked(CString),
    /// In the user's home, and where that is missing in `/`.
    Home(CString),
}

/// Makes the plan.
///
/// # Errors
/// When the request names no command or an unknown user, or text that cannot be passed on.
pub fn plan(request: &ExecRequest, accounts: &Accounts) -> Result<Plan, AgentError> {
    let [program, arguments @ ..] = request.command.as_slice() else {
        return Err(bad("there is no command to run"));
    };
    if request.command.iter().any(|word| word.contains('\0')) {
        return Err(bad("the command holds a null byte"));
    }
    let odd = |name: &str| name.is_empty() || name.contains(['=', '\0']);
    if let Some((name, _)) = request
        .env
        .iter()
        .find(|(name, value)| odd(name) || value.contains('\0'))
    {
        return Err(bad(&format!("{name:?} cannot be an environment variable")));
    }
    let account = accounts
        .resolve(request.user.as_deref().unwrap_or("root"))
        .map_err(|error| AgentError {
            code: AgentErrorCode::NoUser,
            message: error.to_string(),
        })?;
    let null = |_| bad("the working directory holds a null byte");
    let working_dir = match request.working_dir.as_deref() {
        Some(asked) => WorkingDir::Asked(CString::new(asked).map_err(null)?),
        None => WorkingDir::Home(CString::new(account.home.as_str()).map_err(null)?),
    };
    Ok(Plan {
        program: program.clone(),
        arguments: arguments.to_vec(),
        environment: environment(request, &account),
        working_dir,
        identity: account.identity,
        user: account.name,
        stdin: request.stdin,
        terminal: request.terminal,
    })
}

/// What a login would set, under what the request sets.
fn environment(request: &ExecRequest, account: &Account) -> BTreeMap<String, String> {
    let path = if account.identity.uid == 0 {
        ROOT_PATH
    } else {
        USER_PATH
    };
    let login = [
        ("HOME", account.home.as_str()),
        ("USER", &account.name),
        ("LOGNAME", &account.name),
        ("SHELL", &account.shell),
        ("PATH", path),
        ("LANG", "C.UTF-8"),
    ];
    let terminal = request.terminal.map(|_| ("TERM", "xterm-256color"));
    let mut environment: BTreeMap<_, _> = login
        .into_iter()
        .chain(terminal)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.extend(request.env.clone());
    environment
}

fn bad(message: &str) -> AgentError {
    AgentError {
        code: AgentErrorCode::BadRequest,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(command: &[&str]) -> ExecRequest {
        ExecRequest {
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            ..ExecRequest::default()
        }
    }

    fn accounts() -> Accounts {
        Accounts {
            passwd: "kim:x:1000:1000::/home/kim:/bin/zsh\n".to_owned(),
            ..Accounts::default()
        }
    }

    #[test]
    fn root_starts_at_home_with_a_login_environment() {
        let plan = plan(&request(&["make", "test"]), &accounts()).unwrap();
        assert_eq!(
            (plan.program.as_str(), plan.arguments),
            ("make", vec!["test".to_owned()])
        );
        assert_eq!(plan.working_dir, WorkingDir::Home(c"/root".to_owned()));
        assert_eq!(plan.environment["PATH"], ROOT_PATH);
        assert_eq!(plan.environment["LANG"], "C.UTF-8");
        assert!(!plan.environment.contains_key("TERM"));
    }

    #[test]
    fn the_request_overrides_the_login() {
        let mut asked = request(&["x"]);
        asked.user = Some("kim".to_owned());
        asked.env.insert("SHELL".to_owned(), "/bin/fish".to_owned());
        asked.terminal = Some(TerminalSize {
            rows: 1,
            columns: 1,
        });
        let plan = plan(&asked, &accounts()).unwrap();
        assert_eq!(plan.environment["SHELL"], "/bin/fish");
        assert_eq!(plan.environment["USER"], "kim");
        assert_eq!(plan.environment["PATH"], USER_PATH);
        assert_eq!(plan.environment["TERM"], "xterm-256color");
    }

    #[test]
    fn what_cannot_be_passed_on_is_refused() {
        let code = |asked: &ExecRequest| plan(asked, &accounts()).unwrap_err().code;
        assert_eq!(code(&request(&[])), AgentErrorCode::BadRequest);
        assert_eq!(code(&request(&["a\0b"])), AgentErrorCode::BadRequest);
        let mut asked = request(&["x"]);
        asked.env.insert("A=B".to_owned(), String::new());
        assert_eq!(code(&asked), AgentErrorCode::BadRequest);
        let asked = ExecRequest {
            user: Some("lee".to_owned()),
            ..request(&["x"])
        };
        assert_eq!(code(&asked), AgentErrorCode::NoUser);
    }
}
