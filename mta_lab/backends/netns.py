"""Every host a Linux network namespace of its own, with real links, routes and a real firewall.

A lab has one namespace with a bridge for each network, named after it, and a namespace for each
host, with an interface for each network it is in, also named after that; a firewall's interfaces
have the names of the file. The bridges have no address and join nothing but the hosts' veth pairs,
so that what is not on the same network is reached through firewalls or not at all. Everything is
the kernel's own: ARP, TCP, routing.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from zlib import crc32

from pyroute2 import Ethtool, IPRoute, netns
from pyroute2.netlink.exceptions import NetlinkError

from firewall_proxy import system
from firewall_proxy.config import Configuration
from labkit.addresses import End, IPAddress
from labkit.config import ConfigurationError
from labkit.sockets import family, listeners, tcp_sockets
from mta_lab.backends import borrowed, netns_faults, own_port, policyrouting, serve
from mta_lab.backends.loopback import unmoved
from mta_lab.backends.wiring import NAMES, Attachment, attachments, bridges, check_name, namespace
from mta_lab.backends.wiring import hosts as hosts_of
from mta_lab.engines.nftables.reader import NFT
from mta_lab.engines.registry import kind
from mta_lab.engines.requirements import require
from mta_lab.lab import processes
from mta_lab.lab.directory import Lab
from mta_lab.lab.namespaces import entered
from mta_lab.lab.placement import Placement
from mta_lab.lab.points import CapturePoint
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ExternalFirewall, PolicyRouted, ProxyFirewall

_SYSCTLS = Path("/proc/sys")
_SETTINGS = _SYSCTLS / "net"  # of the thread's namespace
_WITH_HOSTS = 'mount --bind "$0" /etc/hosts && exec "$@"'
#: A /run of its own, so that a site's file takes no socket or PID file of this machine's programs.
_WITH_RUN = """\
here=$(pwd -P) &&
mount -t tmpfs -o mode=755 run /run &&
mkdir -p "$here" /run/haproxy /run/nginx &&
mount --no-canonicalize --bind . "$here" &&
cd "$here" && exec "$@"
"""
_FORWARDING = (
    _SETTINGS / "ipv4" / "ip_forward",
    _SETTINGS / "ipv6" / "conf" / "all" / "forwarding",
)
_WITHOUT_IPV6 = {"disable_ipv6": "1"}
#: Link-local addresses, without which a router asks for no neighbour; no routers to ask for; and no
#: other host that may have an address.
_WITH_IPV6 = {
    "addr_gen_mode": "0",
    "accept_ra": "0",
    "router_solicitations": "0",
    "accept_dad": "0",
    "disable_ipv6": "0",
}
_NO_DETECTION = 0x02  # IFA_F_NODAD of linux/if_addr.h: the address can be used at once
_LOOPBACK = 1  # the index of lo in every namespace


class Netns:
    """The backend of network namespaces."""

    name = "netns"
    hosts_are_here = False
    processes_are_here = True

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Leave every address as it is.

        Raises ConfigurationError when a name cannot be that of an interface, or for want of root.
        """
        if os.geteuid() != 0:
            raise ConfigurationError(
                f"{topology.name}: network namespaces need root (CAP_SYS_ADMIN and CAP_NET_ADMIN): "
                "use sudo, or --backend loopback"
            )
        for name in topology.networks:
            check_name(topology, f"networks.{name}", name)
        for host, firewall in topology.firewalls.items():
            for name in firewall.interfaces:
                check_name(topology, f"firewalls.{host}.interfaces.{name}", name)
        for name, each in topology.foreign().items():
            require(*kind(each.engine).needs, *([NFT] if each.netfilter else []))
            own_port(topology, name, port)
        borrowed.check(topology)
        return unmoved(self.name, topology, port)

    def placed(
        self, topology: Topology, port: int | None = None
    ) -> AbstractContextManager[Placement]:
        """Every lab has networks of its own."""
        return nullcontext(self.place(topology, port))

    def build(self, lab: Lab) -> None:
        """Make the namespaces, bridges, links, addresses and routes, and set the firewall up."""
        with _errors_for_people(lab):
            hosts = {name: namespace(lab, name) for name in hosts_of(lab)}
            addresses = lab.topology.host_addresses()
            over_ipv6 = {hosts[name] for name in hosts if any(map(_is_ipv6, addresses[name]))}
            for place in (bridges(lab), *hosts.values()):
                netns.create(place.name)
                with entered(place):
                    _quiet(ipv6=place in over_ipv6)
            self._build_bridges(lab)
            for attachment in attachments(lab):
                self._attach(lab, attachment)
            for name, place in hosts.items():
                with entered(place), IPRoute() as kernel:
                    kernel.link("set", index=_LOOPBACK, state="up")
                    for route in lab.topology.routing().table(name):
                        if route.via:
                            kernel.route(
                                "add",
                                family=family(route.via),
                                dst=str(route.to),
                                gateway=str(route.via),
                            )
            for name, firewall in lab.topology.firewalls.items():
                if not isinstance(firewall, ExternalFirewall):
                    with entered(hosts[name]):
                        _set_up(firewall)
            borrowed.borrow(lab)

    def serving(self, lab: Lab, host: str, *, tapped: bool) -> list[str]:
        """The host's program, in its namespace from the first instruction on."""
        command = serve(lab.topology, host, tapped=tapped)
        if host in lab.topology.programs:  # which has no other way to know the names
            return self.on_host(lab, host, command)
        if host in lab.topology.foreign():
            command = ["unshare", "--mount", "sh", "-c", _WITH_RUN, "sh", *command]
        return _entering(lab, host, command)

    def on_host(self, lab: Lab, host: str, command: Sequence[str]) -> list[str]:
        """The command in the host's namespace, where /etc/hosts is the host's, too.

        Raises ConfigurationError for a real box, where the lab runs nothing.
        """
        if host in lab.topology.external():
            raise ConfigurationError(f"{host} is a real box: the lab runs nothing there")
        table = str(lab.files(host).hosts.absolute())
        mounting = ["unshare", "--mount", "sh", "-c", _WITH_HOSTS, table]
        return _entering(lab, host, [*mounting, *command])

    def listeners(self, lab: Lab, host: str) -> frozenset[End]:
        """Who listens in the host's namespace."""
        with entered(namespace(lab, host)):
            return listeners(tcp_sockets())

    def capture_points(self, lab: Lab) -> tuple[CapturePoint, ...]:
        """Each bridge, which shows all that passes it."""
        return tuple(
            CapturePoint(
                network,
                (network,),
                bridges(lab),
                tuple(
                    namespace(lab, each.host)
                    for each in attachments(lab)
                    if each.network == network
                ),
            )
            for network in lab.topology.networks
        )

    def points_of(self, lab: Lab, part: str) -> tuple[CapturePoint, ...]:
        """A network's bridge, or every interface of a host; of a real box, its networks."""
        if box := lab.topology.external().get(part):
            own = {lab.topology.network_of(each.address) for each in box.interfaces.values()}
            return tuple(each for each in self.capture_points(lab) if each.interface in own)
        if part in lab.topology.networks:
            return tuple(each for each in self.capture_points(lab) if each.interface == part)
        return tuple(
            CapturePoint(at.interface, (at.network,), namespace(lab, part))
            for at in attachments(lab)
            if at.host == part
        )

    def remove(self, lab: Lab) -> None:
        """End whatever runs in the lab's namespaces, and remove them: all else is in them."""
        namespaces = [*_existing(lab)]
        while found := [*_processes_in(namespaces)]:
            processes.end(found)
        borrowed.give_back(lab)
        for each in namespaces:
            netns.remove(each.name)

    def set_up_firewall(self, lab: Lab, host: str, firewall: Configuration) -> None:
        """Configure the kernel of the firewall's namespace."""
        with _errors_for_people(lab), entered(namespace(lab, host)):
            system.set_up(firewall)

    def disturb(self, lab: Lab, faults: Sequence[Fault]) -> None:
        """Give the network these faults and no others."""
        with _errors_for_people(lab):
            netns_faults.disturb(lab, faults)

    def _build_bridges(self, lab: Lab) -> None:
        with entered(bridges(lab)), IPRoute() as kernel:
            for network in lab.topology.networks:
                # no address, no spanning tree, no waiting: a switch that was always there
                kernel.link("add", ifname=network, kind="bridge", br_forward_delay=0)
                kernel.link("set", index=_index(kernel, network), state="up")

    def _attach(self, lab: Lab, at: Attachment) -> None:
        with entered(bridges(lab)), IPRoute() as kernel:
            peer = {"ifname": at.interface, "net_ns_fd": namespace(lab, at.host).name}
            peer["address"] = _hardware_address(at.addresses[0])
            kernel.link("add", ifname=at.port, kind="veth", peer=peer)
            bridge = _index(kernel, at.network)
            kernel.link("set", index=_index(kernel, at.port), master=bridge, state="up")
        prefix = lab.topology.networks[at.network].prefixlen
        with entered(namespace(lab, at.host)), IPRoute() as kernel, Ethtool() as card:
            index = _index(kernel, at.interface)
            _compute_checksums(card, at.interface)
            kernel.link("set", index=index, state="up")
            for address in at.addresses:
                flags = {"flags": _NO_DETECTION} if _is_ipv6(address) else {}
                kernel.addr("add", index=index, address=str(address), prefixlen=prefix, **flags)


def _entering(lab: Lab, host: str, command: Sequence[str]) -> list[str]:
    """nsenter(1) becomes the command: no process stands between."""
    return ["nsenter", f"--net={namespace(lab, host)}", *command]


def _existing(lab: Lab) -> Iterator[Path]:
    """The namespaces of this lab that are there, of an earlier one's hosts, too."""
    for found in map(NAMES.joinpath, netns.listnetns()):
        if found == bridges(lab) or found.name.startswith(namespace(lab, "").name):
            yield found


def _processes_in(namespaces: Sequence[Path]) -> Iterator[int]:
    inodes = {each.stat().st_ino for each in namespaces}
    for process in processes.running():
        with suppress(OSError):  # it has ended
            if (process / "ns" / "net").stat().st_ino in inodes:
                yield int(process.name)


def _quiet(*, ipv6: bool) -> None:
    """Let the namespace of this thread forward nothing, and say nothing of its own (IPv6).

    With `ipv6` it has IPv6, by the addresses that it is given and no others. Raises
    ConfigurationError when the kernel has none.
    """
    (_SETTINGS / "ipv4" / "ip_forward").write_text("0", "ascii")
    settings = _WITH_IPV6 if ipv6 else _WITHOUT_IPV6
    for which in ("all", "default"):
        conf = _SETTINGS / "ipv6" / "conf" / which
        if ipv6 and not conf.exists():
            raise ConfigurationError("the kernel of this machine has no IPv6 (CONFIG_IPV6)")
        for name, value in settings.items() if conf.exists() else ():
            conf.joinpath(name).write_text(value, "ascii")


def _is_ipv6(address: IPAddress) -> bool:
    return address.version == 6


def _compute_checksums(card: Ethtool, interface: str) -> None:
    """Send packets as a wire has them: with their checksums, none longer than the MTU.

    veth would leave both to a network card that never comes, and captures would show it.
    """
    features = card.get_features(interface)
    features.features["tx-checksum-ip-generic"].enable = False
    card.set_features(interface, features)


def _hardware_address(address: IPAddress) -> str:
    """A locally administered MAC address, the same in every run.

    It holds the IPv4 address; IPv6 has more octets, of which there is the CRC.
    """
    if not _is_ipv6(address):
        return "02:00:" + address.packed.hex(":")
    return "02:06:" + crc32(address.packed).to_bytes(4, "big").hex(":")


def _index(kernel: IPRoute, interface: str) -> int:
    index: int = kernel.link_lookup(ifname=interface)[0]
    return index


def _set_up(firewall: ProxyFirewall | PolicyRouted) -> None:
    """Tell the kernel in the namespace of this thread what a firewall's engine and file ask of it.

    Raises CannotSetUpError, OSError, NetlinkError.
    """
    if isinstance(firewall, ProxyFirewall):
        system.set_up(firewall)
    else:
        forwards = kind(firewall.engine).forwards
        for setting in _FORWARDING:
            if setting.exists():  # or the kernel has no IPv6
                setting.write_text(f"{forwards:d}", "ascii")
        policyrouting.add(firewall)
    for name, value in firewall.sysctls.items():
        where = firewall.place("sysctls", name)
        try:
            _SYSCTLS.joinpath(*name.split(".")).write_text(str(value), "ascii")
        except OSError as error:
            raise ConfigurationError(f"{where}: {value!r}: {error.strerror}") from error


@contextmanager
def _errors_for_people(lab: Lab) -> Iterator[None]:
    try:
        yield
    except (NetlinkError, system.CannotSetUpError) as error:
        raise ConfigurationError(f"lab {lab.name}: the kernel cannot do this: {error}") from error
