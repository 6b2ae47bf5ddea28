//! What may be read, and what written.

use crate::environment::Environment;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use std::path::Path;

/// The newest walls that are put up where the kernel has them; those of the first kind must be there.
const NEWEST: ABI = ABI::V6;

/// Libraries, fonts and what finds them. Nobody's secrets lie there.
const READ: [&str; 14] = [
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/local/lib",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/fontconfig",
    "/usr/share/xml/fontconfig",
    "/usr/share/zoneinfo",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/var/cache/fontconfig",
    "/dev/urandom",
];
/// Read and written.
const NOTHING: &str = "/dev/null";

/// Puts them up for this process and all that come of it.
///
/// # Errors
/// Where one cannot be put up.
pub(crate) fn wall(folder: &Path, environment: &Environment) -> Result<(), String> {
    let reads = AccessFs::ReadFile | AccessFs::ReadDir;
    // Nothing is removed: what is open and has no name any more would be counted by nobody.
    let writes = reads | AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::MakeDir | AccessFs::Truncate;
    let mut rules = walls()?;
    for path in READ.iter().map(Path::new).chain(environment.reads()) {
        if path.exists() {
            rules = allowing(rules, path, reads)?;
        }
    }
    for path in environment.executes() {
        rules = allowing(rules, path, reads | AccessFs::Execute)?;
    }
    rules = allowing(rules, Path::new(NOTHING), reads | AccessFs::WriteFile)?;
    rules = allowing(rules, folder, writes)?;
    let stands = rules.restrict_self().map_err(|error| format!("Landlock: {error}"))?;
    if stands.ruleset == RulesetStatus::NotEnforced || !stands.no_new_privs {
        return Err("Landlock: the kernel does not enforce it".to_owned());
    }
    Ok(())
}

/// All that can be handled, with nothing allowed yet.
///
/// # Errors
/// Where the kernel has no Landlock.
pub(crate) fn walls() -> Result<RulesetCreated, String> {
    let said = |error: landlock::RulesetError| format!("Landlock: {error}");
    let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let rules = rules.handle_access(AccessFs::from_all(ABI::V1)).map_err(said)?;
    let rules =
        rules.set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::from_all(NEWEST)).map_err(said)?;
    let rules = rules.handle_access(AccessNet::from_all(NEWEST)).map_err(said)?;
    rules.scope(Scope::from_all(NEWEST)).map_err(said)?.create().map_err(said)
}

fn allowing(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, String> {
    let unreachable = |error| format!("{} cannot be reached by the user that programs run as: {error}", path.display());
    let open = PathFd::new(path).map_err(unreachable)?;
    // Files have no entries.
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    rules.add_rule(PathBeneath::new(open, access)).map_err(|error| format!("Landlock, {}: {error}", path.display()))
}
