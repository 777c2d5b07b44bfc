//! Embeds the explorer's bundle, when `make explorer` has created one, into the binary. Rebuilds
//! the crate when a migration is added, because the compiler tracks only existing files.
//!
//! The crate builds without a bundle too: `http::explorer` then serves a page that explains how to
//! create it.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let bundle = root.join("target/explorer");
    // Cargo would run this script at each build while a watched path is missing.
    fs::create_dir_all(&bundle)?;
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed={}", bundle.display());

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let source = if bundle.join("index.html").is_file() {
        embed(&bundle, &out.join("explorer"))?
    } else {
        String::from("const EMBEDDED: Option<Bundle> = None;\n")
    };
    fs::write(out.join("explorer.rs"), source)?;
    Ok(())
}

/// Copies the bundle to `copy`, which is kept when the bundle is rebuilt or removed, and returns
/// the Rust source of a constant that includes it.
fn embed(bundle: &Path, copy: &Path) -> Result<String, Box<dyn Error>> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    fs::create_dir_all(copy)?;
    let page = copy.join("index.html");
    fs::copy(bundle.join("index.html"), &page)?;

    let mut source = String::from("const EMBEDDED: Option<Bundle> = Some(Bundle {\n");
    writeln!(source, "    page: include_str!({page:?}),\n    assets: &[")?;
    for name in asset_names(&bundle.join("assets"))? {
        let (plain, gzip) = (copy.join(&name), copy.join(format!("{name}.gz")));
        fs::copy(bundle.join("assets").join(&name), &plain)?;
        fs::copy(bundle.join("assets").join(format!("{name}.gz")), &gzip)?;
        writeln!(
            source,
            "        Asset {{ name: {name:?}, plain: include_bytes!({plain:?}), gzip: include_bytes!({gzip:?}) }},"
        )?;
    }
    source.push_str("    ],\n});\n");
    Ok(source)
}

/// Returns the names of the assets in order, without their gzipped copies.
fn asset_names(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".gz") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
