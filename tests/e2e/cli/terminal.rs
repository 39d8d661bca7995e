//! With a terminal: hidden questions, and keys that reach both processes by themselves.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

use keyferry_test_support::{TestBackend, eventually};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::Person;

/// A command at a terminal of its own.
struct Terminal {
    keys: File,
    shown: Arc<Mutex<String>>,
    child: Child,
}

impl Terminal {
    fn start(person: &Person, arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        // It makes the terminal its own and then becomes the program.
        let mut command = Command::new("setsid");
        person.prepare(&mut command);
        command
            .args(["--ctty", "env", "--default-signal"])
            .arg(person.command(&[]).get_program())
            .args(arguments)
            .env("TERM", "xterm");
        command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
        let child = command.spawn().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let (sink, screen) = (Arc::clone(&shown), master.try_clone().unwrap());
        std::thread::spawn(move || copy(screen, &sink));
        Self { keys: File::from(master), shown, child }
    }

    fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    async fn shows(&self, word: &str) {
        eventually(&format!("the terminal shows {word}"), async || self.shown().contains(word).then_some(())).await;
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap(), signal).unwrap();
    }

    async fn code(&mut self) -> Option<i32> {
        eventually("the program ends", || std::future::ready(self.child.try_wait().unwrap())).await.code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Until the last process has let go of the terminal.
fn copy(screen: OwnedFd, sink: &Mutex<String>) {
    let mut screen = File::from(screen);
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = screen.read(&mut part) {
        sink.lock().unwrap().push_str(&String::from_utf8_lossy(&part[..length]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_reaches_the_command_once() {
    let person = Person::signed_in().await;
    let script = "trap 'echo heard-INT' INT; trap 'echo heard-TERM; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    let mut terminal = Terminal::start(&person, &["run", "--", "sh", "-c", script]);
    terminal.shows("ready").await;
    terminal.type_keys("\u{3}");
    terminal.shows("heard-INT").await;
    // Comes after whatever was passed on before it.
    terminal.signal(Signal::TERM);
    terminal.shows("heard-TERM").await;
    assert_eq!(terminal.code().await, Some(7));
    assert_eq!(terminal.shown().matches("heard-INT").count(), 1, "{}", terminal.shown());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_asked_for_and_not_shown() {
    let person = Person::new(TestBackend::Sqlite).await;
    let mut terminal = Terminal::start(&person, &["login", "--server", &person.server.url()]);
    terminal.shows("Email for").await;
    terminal.type_keys("ann@example.com\n");
    terminal.shows("Password for").await;
    terminal.type_keys(&format!("wrong\u{15}{}x\u{7f}\n", person.journey.password));
    assert_eq!(terminal.code().await, Some(0), "{}", terminal.shown());
    terminal.shows("Signed in at").await;
    assert!(!terminal.shown().contains(&person.journey.password), "{}", terminal.shown());

    let project = person.journey.project.clone();
    person.journey.put(&[("A_RATHER_LONG_KEY".to_owned(), "x".repeat(300))]).await;
    let mut terminal = Terminal::start(&person, &["secrets", "list", "--reveal", "--project", &project, "--env", "prod"]);
    assert_eq!(terminal.code().await, Some(0));
    terminal.shows("A_RATHER_LONG_KEY").await;
    let shown = terminal.shown();
    assert!(shown.contains('…') && !shown.contains(&"x".repeat(81)), "{shown}");

    let mut terminal =
        Terminal::start(&person, &["secrets", "delete", "A_RATHER_LONG_KEY", "--project", &project, "--env", "prod"]);
    terminal.shows("[y/N]").await;
    terminal.type_keys("n\n");
    assert_eq!(terminal.code().await, Some(1));
    assert_eq!(person.journey.secrets().await.len(), 1);
}
