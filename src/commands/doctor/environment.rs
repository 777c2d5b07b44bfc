//! Checks of environment variables and of the data folder.

use std::{fs, io::ErrorKind, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path};

use rustix::fs::{Access, access, statvfs};
use torg::config::{Config, variables};

use super::Finding;

/// Free space below which a folder counts as full, in bytes.
const MIN_FREE: u64 = 1 << 30;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = variables(config);
    findings.extend(data_folder(&config.data));
    findings.push(port());
    findings
}

fn variables(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<_> = variables::unknown_in_environment()
        .into_iter()
        .map(|unknown| Finding::problem("environment", unknown.to_string(), "rename or remove it"))
        .collect();
    if let Err(error) = config.require_production() {
        findings.push(Finding::problem(
            "environment",
            error.to_string(),
            "`torg serve` needs it",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            "environment",
            "all variables are known and valid",
        ));
    }
    if config.meili.is_some() && config.identity_key.is_none() {
        findings.push(Finding::advice(
            "environment",
            "TORG_IDENTITY_KEY is not set, so each server creates its own key",
            "set the same key for all servers, or limits per person do not survive an erasure",
        ));
    }
    if config.http.proxies == 0 && !listens_on_this_machine_only() {
        findings.push(Finding::advice(
            "environment",
            "TORG_PROXIES is 0 and Torg listens for other machines",
            "behind a proxy set TORG_PROXIES=1, or all its clients share one rate limit",
        ));
    }
    findings
}

fn host() -> String {
    std::env::var("TORG_HOST").unwrap_or_else(|_| "127.0.0.1".into())
}

fn listens_on_this_machine_only() -> bool {
    host()
        .parse()
        .is_ok_and(|host: std::net::IpAddr| host.is_loopback())
}

/// Checks that a server could listen. A port that is in use is no problem: a server may be running.
fn port() -> Finding {
    let port = std::env::var("TORG_PORT").unwrap_or_else(|_| "8080".into());
    let address = format!("{}:{port}", host());
    match TcpListener::bind(&address) {
        Ok(_) => Finding::ok("port", format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::ok(
            "port",
            format!("{address} is in use, by Torg or by another program"),
        ),
        Err(error) => Finding::problem(
            "port",
            format!("cannot listen on {address}: {error}"),
            "set TORG_HOST to an address of this machine and TORG_PORT to a port that the user may use",
        ),
    }
}

fn data_folder(folder: &Path) -> Vec<Finding> {
    let name = folder.display();
    let metadata = match fs::metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return vec![Finding::ok(
                "data folder",
                format!("{name} does not exist; the first start creates it"),
            )];
        }
        Err(error) => {
            let fix = "let the user of the service read it, or set TORG_DATA";
            return vec![Finding::problem(
                "data folder",
                format!("{name}: {error}"),
                fix,
            )];
        }
    };
    let mut findings = vec![folder_is_usable("data folder", folder)];
    if metadata.permissions().mode() & 0o077 != 0 {
        findings.push(Finding::advice(
            "data folder",
            format!("other users of this machine can enter {name}"),
            format!("chmod 700 {name}"),
        ));
    }
    findings
}

/// Checks that a folder exists, can be written to, and has space.
pub(super) fn folder_is_usable(check: &'static str, folder: &Path) -> Finding {
    let name = folder.display();
    if let Err(error) = access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        let fix = format!("let the user of the service write to {name}");
        return Finding::problem(check, format!("{name} cannot be written to: {error}"), fix);
    }
    let Ok(space) = statvfs(folder) else {
        return Finding::ok(check, format!("{name} can be written to"));
    };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let found = format!("{name} can be written to; {} MiB free", free >> 20);
    match free {
        MIN_FREE.. => Finding::ok(check, found),
        _ => Finding::problem(check, found, "free at least 1 GiB of disk space"),
    }
}
