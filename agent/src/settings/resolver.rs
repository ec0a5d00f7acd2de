//! /etc/resolv.conf (resolv.conf(5)).

use std::path::Path;

use banger_agent_protocol::config::Network;

use super::{SettingsError, text_file};

/// Writes it, also in the place of a link to a resolver's own file.
///
/// # Errors
/// When it cannot be written.
pub fn write(root: &Path, network: &Network) -> Result<(), SettingsError> {
    text_file::replace(&root.join("etc/resolv.conf"), &text(network), 0o644)
}

fn text(network: &Network) -> String {
    let mut text = String::new();
    if !network.search_domains.is_empty() {
        text.push_str(&format!("search {}\n", network.search_domains.join(" ")));
    }
    for server in &network.name_servers {
        text.push_str(&format!("nameserver {server}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_and_domains_have_their_lines() {
        let network = Network {
            address: [10, 0, 2, 15].into(),
            prefix_length: 24,
            gateway: None,
            name_servers: vec![[10, 0, 2, 3].into(), std::net::Ipv6Addr::LOCALHOST.into()],
            search_domains: vec!["vm".into(), "lan".into()],
            mtu: None,
        };
        assert_eq!(
            text(&network),
            "search vm lan\nnameserver 10.0.2.3\nnameserver ::1\n"
        );
        let alone = Network {
            search_domains: vec![],
            name_servers: vec![],
            ..network
        };
        assert_eq!(text(&alone), "");
    }
}
