//! Rebuilds what embeds the migrations when one is added: the compiler tracks only those it has seen.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
