//! Addresses and routes of the only network card, by netlink.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
};

use banger_agent_protocol::config::Network;
use futures_util::TryStreamExt;
use rtnetlink::{
    Error, Handle, LinkMessageBuilder, LinkUnspec, RouteMessageBuilder,
    packet_route::address::AddressScope,
};

/// The hardware type of a loopback (linux/if_arp.h: ARPHRD_LOOPBACK).
const LOOPBACK: u32 = 772;

/// Why the network could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// There is no netlink socket to be had.
    #[error("cannot open a netlink socket: {0}")]
    Socket(#[from] std::io::Error),
    /// The kernel refused a step.
    #[error("cannot {step}: {source}")]
    Kernel {
        /// What was to be done.
        step: &'static str,
        /// What the kernel said.
        source: Error,
    },
    /// Settings came for a card that is not there.
    #[error("the guest has no network card")]
    NoCard,
    /// The gateway's address is of another family than the guest's.
    #[error("the gateway {gateway} is of another family than the address {address}")]
    Families {
        /// The guest's address.
        address: IpAddr,
        /// The gateway's.
        gateway: IpAddr,
    },
}

fn at(step: &'static str) -> impl FnOnce(Error) -> NetworkError {
    move |source| NetworkError::Kernel { step, source }
}

/// Brings the loopback up, and the card with these settings. Old addresses of the card go.
///
/// # Errors
/// When the kernel refuses a step; those before it stay.
pub async fn apply(network: Option<&Network>) -> Result<(), NetworkError> {
    let (connection, handle, _) = rtnetlink::new_connection()?;
    let connection = tokio::spawn(connection);
    let result = apply_with(&handle, network).await;
    connection.abort();
    result
}

async fn apply_with(handle: &Handle, network: Option<&Network>) -> Result<(), NetworkError> {
    // Reading every attribute of every card by netlink takes longer than all the rest.
    let Cards { loopback, card } = cards(Path::new("/sys/class/net"));
    if let Some(loopback) = loopback {
        let up = LinkMessageBuilder::<LinkUnspec>::new()
            .index(loopback)
            .up()
            .build();
        handle
            .link()
            .set(up)
            .execute()
            .await
            .map_err(at("bring the loopback up"))?;
    }
    let Some(network) = network else {
        return Ok(());
    };
    let card = card.ok_or(NetworkError::NoCard)?;
    drop_addresses(handle, card).await?;
    let mut up = LinkMessageBuilder::<LinkUnspec>::new().index(card).up();
    if let Some(mtu) = network.mtu {
        up = up.mtu(mtu);
    }
    handle
        .link()
        .set(up.build())
        .execute()
        .await
        .map_err(at("bring the card up"))?;
    handle
        .address()
        .add(card, network.address, network.prefix_length)
        .execute()
        .await
        .map_err(at("set the address"))?;
    match network.gateway {
        Some(gateway) => add_default_route(handle, card, network.address, gateway).await,
        None => Ok(()),
    }
}

/// The numbers of the guest's interfaces.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cards {
    loopback: Option<u32>,
    /// The only one that a device is behind: a kernel or programs in the guest may have made
    /// others, such as dummy0 or a bridge.
    card: Option<u32>,
}

/// Reads /sys/class/net (Documentation/ABI/testing/sysfs-class-net).
fn cards(directory: &Path) -> Cards {
    let mut cards = Cards::default();
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for directory in entries.map(|entry| entry.path()) {
        let number = |file: &str| {
            let text = fs::read_to_string(directory.join(file)).ok()?;
            text.trim().parse::<u32>().ok()
        };
        let Some(index) = number("ifindex") else {
            continue;
        };
        let slot = match number("type") {
            Some(LOOPBACK) => &mut cards.loopback,
            Some(_) | None if directory.join("device").exists() => &mut cards.card,
            Some(_) | None => continue,
        };
        *slot = Some(slot.map_or(index, |lowest| lowest.min(index)));
    }
    cards
}

/// After a snapshot restore the card still has the address that it was saved with.
async fn drop_addresses(handle: &Handle, card: u32) -> Result<(), NetworkError> {
    let addresses: Vec<_> = handle
        .address()
        .get()
        .set_link_index_filter(card)
        .execute()
        .try_collect()
        .await
        .map_err(at("list the addresses"))?;
    // Link-local addresses are the kernel's own.
    for address in addresses
        .into_iter()
        .filter(|of| of.header.scope == AddressScope::Universe)
    {
        handle
            .address()
            .del(address)
            .execute()
            .await
            .map_err(at("drop an address"))?;
    }
    Ok(())
}

async fn add_default_route(
    handle: &Handle,
    card: u32,
    address: IpAddr,
    gateway: IpAddr,
) -> Result<(), NetworkError> {
    let route = match (address, gateway) {
        (IpAddr::V4(_), IpAddr::V4(gateway)) => RouteMessageBuilder::<Ipv4Addr>::new()
            .output_interface(card)
            .gateway(gateway)
            .build(),
        (IpAddr::V6(_), IpAddr::V6(gateway)) => RouteMessageBuilder::<Ipv6Addr>::new()
            .output_interface(card)
            .gateway(gateway)
            .build(),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {
            return Err(NetworkError::Families { address, gateway });
        }
    };
    handle
        .route()
        .add(route)
        .replace()
        .execute()
        .await
        .map_err(at("set the default route"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_is_the_one_with_a_device() {
        let home = tempfile::tempdir().unwrap();
        let links = [
            ("lo", 1, 772),
            ("dummy0", 2, 1),
            ("docker0", 9, 1),
            ("eth0", 3, 1),
        ];
        for (name, index, kind) in links {
            fs::create_dir(home.path().join(name)).unwrap();
            fs::write(home.path().join(name).join("ifindex"), format!("{index}\n")).unwrap();
            fs::write(home.path().join(name).join("type"), format!("{kind}\n")).unwrap();
        }
        std::os::unix::fs::symlink("../virtio4", home.path().join("eth0/device")).unwrap();
        fs::create_dir(home.path().join("virtio4")).unwrap();
        fs::write(home.path().join("bonding_masters"), "").unwrap();
        assert_eq!(
            cards(home.path()),
            Cards {
                loopback: Some(1),
                card: Some(3)
            }
        );
        assert_eq!(cards(&home.path().join("none")), Cards::default());
    }
}
