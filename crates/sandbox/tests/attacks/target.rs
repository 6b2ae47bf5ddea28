//! What attacks are after: a secret in all the places where secrets lie, and things that must stay as they are.

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// The variable that holds the secret, in every environment that is not the program's own.
pub(crate) const VARIABLE: &str = "ONETAKE_CANARY";
/// Where the runner is told of the targets.
const TOLD: &str = "ONETAKE_TARGETS";
/// What lies where anybody may write, and stays as it is.
const PRECIOUS: &str = "nobody touches this\n";

/// The targets.
pub(crate) struct Targets {
    canary: String,
    folder: PathBuf,
    ports: [u16; 2],
    open: File,
}

impl Targets {
    pub(crate) fn open(folder: &Path) -> Self {
        let canary: String = {
            let mut chance = [0_u8; 16];
            File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut chance)).expect("chance");
            chance.iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let write = |name: &str, text: &str, mode: u32| {
            let path = folder.join(name);
            fs::write(&path, text)
                .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(mode)))
                .expect("a file");
        };
        write("secret.txt", &canary, 0o644);
        fs::create_dir(folder.join("outside")).expect("a folder");
        fs::set_permissions(folder.join("outside"), Permissions::from_mode(0o777)).expect("that all may write");
        let ports = [answering_tcp(&canary), answering_udp(&canary)];
        answering_unix(&folder.join("socket"), &canary);
        Self { canary, folder: folder.to_owned(), ports, open: opened(folder) }
    }

    /// Puts back what an attack may have touched; says what it had.
    pub(crate) fn restored(folder: &Path) -> Option<String> {
        let outside = folder.join("outside");
        let names = || fs::read_dir(&outside).into_iter().flatten().flatten().map(|entry| entry.path());
        let precious = outside.join("precious.txt");
        let is_first = !folder.join("was-here").exists();
        let mode = fs::metadata(&precious).map(|metadata| metadata.permissions().mode() & 0o777).unwrap_or_default();
        let is_whole = fs::read_to_string(&precious).is_ok_and(|text| text == PRECIOUS) && mode == 0o666;
        let others: Vec<PathBuf> = names().filter(|path| *path != precious).collect();
        for path in &others {
            let _gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        let _gone = fs::remove_file(&precious);
        fs::write(&precious, PRECIOUS)
            .and_then(|()| fs::set_permissions(&precious, Permissions::from_mode(0o666)))
            .expect("a file");
        if is_first {
            fs::write(folder.join("was-here"), "").ok()?;
            return None;
        }
        if is_whole && others.is_empty() {
            None
        } else {
            Some(format!("precious.txt whole: {is_whole}; beside it: {others:?}"))
        }
    }

    /// What stands before every attack.
    pub(crate) fn prelude(&self, victim: u32, long_s: u32, big: u64) -> String {
        let Self { canary, folder, ports: [tcp, udp], open } = self;
        let folder = folder.display();
        let open = open.as_raw_fd();
        format!(
            "CANARY = {canary:?}\nSECRET_FILE = '{folder}/secret.txt'\nSECRET_VARIABLE = {VARIABLE:?}\nOUTSIDE = '{folder}/outside'\n\
             TCP_PORT = {tcp}\nUDP_PORT = {udp}\nUNIX_PATH = '{folder}/socket'\nVICTIM = {victim}\nOPEN_FD = {open}\nLONG = {long_s}\nBIG = {big}\n"
        )
    }

    /// Tells the process that is started of them.
    pub(crate) fn hand_to(&self, command: &mut Command) {
        let Self { canary, folder, ports: [tcp, udp], open } = self;
        let told = format!("{canary} {tcp} {udp} {} {}", open.as_raw_fd(), folder.display());
        command.env(VARIABLE, canary).env(TOLD, told);
    }

    /// Those that this process was told of.
    pub(crate) fn told() -> Self {
        let told = std::env::var(TOLD).expect("the runner is told of the targets");
        let mut words = told.splitn(5, ' ');
        let mut next = || words.next().expect("five words").to_owned();
        let [canary, tcp, udp, _open, folder] = [next(), next(), next(), next(), next()];
        let folder = PathBuf::from(folder);
        let open = opened(&folder);
        Self { canary, folder, ports: [tcp, udp].map(|port| port.parse().expect("a port")), open }
    }

    pub(crate) fn open_anew(&mut self) {
        self.open = opened(&self.folder);
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The secret, open in whoever is started from here, too.
fn opened(folder: &Path) -> File {
    let open = File::open(folder.join("secret.txt")).expect("the secret");
    fcntl(&open, FcntlArg::F_SETFD(FdFlag::empty())).expect("a descriptor that is inherited");
    open
}

/// Somebody else's process, which has the secret in its environment.
pub(crate) struct Victim(Child);

impl Victim {
    pub(crate) fn new(targets: &Targets) -> Self {
        let mut command = Command::new("sleep");
        command.arg("1000").env(VARIABLE, &targets.canary).stdin(Stdio::null());
        Self(command.spawn().expect("sleep"))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it sleeps still.
    pub(crate) fn is_well(&mut self) -> bool {
        self.0.try_wait().is_ok_and(|ended| ended.is_none())
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

fn answering_tcp(canary: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (port, answer) = (listener.local_addr().expect("an address").port(), format!("{canary}\n"));
    thread::spawn(move || {
        for mut caller in listener.incoming().flatten() {
            let _heard = caller.write_all(answer.as_bytes());
        }
    });
    port
}

fn answering_udp(canary: &str) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let (port, answer) = (socket.local_addr().expect("an address").port(), canary.to_owned());
    thread::spawn(move || {
        let mut asked = [0; 2048];
        while let Ok((_, caller)) = socket.recv_from(&mut asked) {
            let _heard = socket.send_to(answer.as_bytes(), caller);
        }
    });
    port
}

fn answering_unix(path: &Path, canary: &str) {
    let listener = UnixListener::bind(path).expect("a socket");
    fs::set_permissions(path, Permissions::from_mode(0o777)).expect("that all may connect");
    let answer = format!("{canary}\n");
    thread::spawn(move || {
        for mut caller in listener.incoming().flatten() {
            let _heard = caller.write_all(answer.as_bytes());
        }
    });
}
