//! Links the functions so that they start with Lambda's C library, which may be older than this machine's (`older.c`).

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment what it builds for")]
fn main() {
    println!("cargo::rerun-if-changed=older.c");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // Objects, not a library: whichever crate asks, they are there before the C library is looked at.
    for object in cc::Build::new().file("older.c").compile_intermediates() {
        println!("cargo::rustc-link-arg-bins={}", object.display());
    }
}
