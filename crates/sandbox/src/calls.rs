//! Which system calls may be made. What is not listed fails as "not permitted".
//!
//! Listed is what Manim's renders were seen to make (texts, formulas, plots, graphs, tables, code, cameras): some 70 of the hundreds
//! that a kernel has. Of those that could also do harm only the harmless uses are listed.

use libc::{c_int, c_long};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Harmless in every use: memory and files of their own (Landlock says which), time, waiting, and asking who one is.
#[rustfmt::skip]
const HARMLESS: &[c_long] = &[
    libc::SYS_brk, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_madvise, libc::SYS_mbind, libc::SYS_get_mempolicy,
    libc::SYS_read, libc::SYS_readv, libc::SYS_pread64, libc::SYS_write, libc::SYS_writev, libc::SYS_pwrite64, libc::SYS_lseek, libc::SYS_close,
    libc::SYS_fstat, libc::SYS_newfstatat, libc::SYS_statx, libc::SYS_fstatfs, libc::SYS_statfs, libc::SYS_faccessat, libc::SYS_faccessat2,
    libc::SYS_readlinkat, libc::SYS_getdents64, libc::SYS_getcwd, libc::SYS_chdir, libc::SYS_fadvise64, libc::SYS_ftruncate,
    libc::SYS_dup, libc::SYS_dup3, libc::SYS_pipe2,
    libc::SYS_ppoll, libc::SYS_pselect6, libc::SYS_epoll_create1, libc::SYS_eventfd2,
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_sigaltstack, libc::SYS_restart_syscall,
    libc::SYS_futex, libc::SYS_set_robust_list, libc::SYS_set_tid_address, libc::SYS_rseq, libc::SYS_sched_yield, libc::SYS_membarrier,
    libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_clock_nanosleep, libc::SYS_nanosleep, libc::SYS_gettimeofday, libc::SYS_times,
    libc::SYS_getrusage, libc::SYS_sysinfo, libc::SYS_uname, libc::SYS_getrandom,
    libc::SYS_getpid, libc::SYS_gettid, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid, libc::SYS_getegid, libc::SYS_getpgid, libc::SYS_getgroups,
    libc::SYS_exit, libc::SYS_exit_group,
];

/// The same by their older names.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const OLDER: &[c_long] = &[
    libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink, libc::SYS_dup2, libc::SYS_poll, libc::SYS_select, libc::SYS_time, libc::SYS_getpgrp, libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// What the interpreter makes on top while it starts, and while it waits for programs: it is none itself.
#[rustfmt::skip]
const INTERPRETER: &[c_long] = &[libc::SYS_execve, libc::SYS_wait4, libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_clone];

/// The `fcntl`s that take no locks of others and name nobody to be signalled.
#[rustfmt::skip]
const FCNTLS: &[c_int] = &[
    libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL, libc::F_GETLK, libc::F_SETLK, libc::F_SETLKW,
];

/// What a thread shares: who asks for all of it begins a thread, and no process.
const THREAD: u64 = (libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND) as u64;

/// The lists, as the kernel takes them.
pub(crate) struct Lists {
    /// For the interpreter, in the order in which they are put up.
    pub(crate) interpreter: [BpfProgram; 2],
    /// For a program, on top of those.
    pub(crate) program: BpfProgram,
}

/// All lists.
///
/// # Errors
/// Where this processor has none.
pub(crate) fn lists() -> Result<Lists, String> {
    // A newer way to begin threads, whose flags cannot be seen from outside: the C library takes the older one where it is absent.
    let absent = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let absent = compiled(absent, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))?;
    Ok(Lists { interpreter: [absent, allowed(interpreter())?], program: allowed(program())? })
}

fn interpreter() -> Rules {
    let mut rules = both();
    rules.extend(INTERPRETER.iter().map(|call| (*call, Vec::new())));
    // A program's own list, and that it dies with whoever waits for it.
    let options = [libc::PR_SET_SECCOMP, libc::PR_SET_PDEATHSIG, libc::PR_SET_NAME];
    rules.insert(libc::SYS_prctl, options.map(|option| argument(0, SeccompCmpOp::Eq, option as u64)).into());
    rules
}

fn program() -> Rules {
    let mut rules = both();
    // Threads, which end with it; no processes.
    rules.insert(libc::SYS_clone, vec![argument(0, SeccompCmpOp::MaskedEq(THREAD), THREAD)]);
    rules.insert(libc::SYS_prctl, vec![argument(0, SeccompCmpOp::Eq, libc::PR_SET_NAME as u64)]);
    // What is machine code was there before.
    let no_code = || vec![argument(2, SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64), 0)];
    rules.insert(libc::SYS_mmap, no_code());
    rules.insert(libc::SYS_mprotect, no_code());
    rules
}

fn both() -> Rules {
    let mut rules: Rules = HARMLESS.iter().chain(OLDER).map(|call| (*call, Vec::new())).collect();
    // Absent by a list of its own, which says so.
    rules.insert(libc::SYS_clone3, Vec::new());
    rules.insert(libc::SYS_openat, opening(2));
    rules.insert(libc::SYS_mkdirat, making_folders(2));
    #[cfg(target_arch = "x86_64")]
    rules.extend([(libc::SYS_open, opening(1)), (libc::SYS_mkdir, making_folders(1))]);
    // Only its own: others of the same user have limits and places, too.
    rules.insert(libc::SYS_prlimit64, vec![argument(0, SeccompCmpOp::Eq, 0)]);
    rules.insert(libc::SYS_sched_getaffinity, vec![argument(0, SeccompCmpOp::Eq, 0)]);
    rules
        .insert(libc::SYS_fcntl, FCNTLS.iter().map(|command| argument(1, SeccompCmpOp::Eq, *command as u64)).collect());
    let ioctls = [libc::TCGETS, libc::FIOCLEX, libc::FIONCLEX, libc::FIONBIO, libc::FIONREAD];
    rules.insert(libc::SYS_ioctl, ioctls.map(|request| argument(1, SeccompCmpOp::Eq, request)).into());
    rules
}

/// Emptying a file counts as writing, even where the kernel's Landlock is too old to say so; and each file has a name, by which it is
/// counted.
fn opening(flags: u8) -> Vec<SeccompRule> {
    const NAMELESS: u64 = (libc::O_TMPFILE & !libc::O_DIRECTORY) as u64;
    let (access, empties) = (libc::O_ACCMODE as u64, libc::O_TRUNC as u64);
    let opened = |mask: u64, value: u64| {
        SeccompRule::new(vec![
            condition(flags, SeccompCmpOp::MaskedEq(NAMELESS), 0),
            condition(flags, SeccompCmpOp::MaskedEq(mask), value),
        ])
        .expect("two conditions")
    };
    vec![opened(access, libc::O_WRONLY as u64), opened(access, libc::O_RDWR as u64), opened(empties, 0)]
}

/// Whoever counts files can look into every folder.
fn making_folders(mode: u8) -> Vec<SeccompRule> {
    const OWNERS: u64 = 0o700;
    vec![argument(mode, SeccompCmpOp::MaskedEq(OWNERS), OWNERS)]
}

/// A rule of one argument.
fn argument(index: u8, is: SeccompCmpOp, value: u64) -> SeccompRule {
    SeccompRule::new(vec![condition(index, is, value)]).expect("one condition")
}

/// The lower half of an argument counts.
fn condition(index: u8, is: SeccompCmpOp, value: u64) -> SeccompCondition {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, is, value).expect("a call has six arguments")
}

fn allowed(rules: Rules) -> Result<BpfProgram, String> {
    compiled(rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)
}

/// Calls of another kind of program (32 bits) end it.
fn compiled(rules: Rules, else_action: SeccompAction, action: SeccompAction) -> Result<BpfProgram, String> {
    let here = std::env::consts::ARCH;
    let arch =
        TargetArch::try_from(here).map_err(|_| format!("this processor ({here}) has no list of system calls"))?;
    let filter = SeccompFilter::new(rules, else_action, action, arch).map_err(|error| error.to_string())?;
    filter.try_into().map_err(|error: seccompiler::BackendError| error.to_string())
}

/// A list in hexadecimal, for the process that puts it up itself.
pub(crate) fn hexadecimal(list: &BpfProgram) -> String {
    let bytes = list.iter().flat_map(|instruction| {
        let [code, k] = [u32::from(instruction.code), instruction.k];
        let code = (code as u16).to_ne_bytes();
        [&code[..], &[instruction.jt, instruction.jf], &k.to_ne_bytes()].concat()
    });
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
