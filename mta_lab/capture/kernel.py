"""What the kernel saw: an AF_PACKET socket an interface, a filter, and a thread that reads."""

import array
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from mta_lab.backends import CapturePoint
from mta_lab.capture.pcapng import LINKTYPE_ETHERNET, PcapngWriter, nanoseconds
from mta_lab.namespaces import entered

# linux/socket.h, linux/if_packet.h and linux/filter.h; the socket module lacks them
_SO_ATTACH_FILTER = 26
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_MR_PROMISC = 1
_PACKET_STATISTICS = 6
_PACKET_IGNORE_OUTGOING = 23
_ETH_P_ALL = 3

_BUFFER_OCTETS = 64 * 1024 * 1024
_LARGEST_FRAME = 512 * 1024  # above what segmentation offload makes on loopback
_SETTLE_SECONDS = 2.0

_ETHERNET_HEADER = 14

#: From /proc/net/tcp: states of a connection that has nothing left to say.
_SILENT_STATES = {"06", "0A"}  # TIME_WAIT, LISTEN


class KernelCapture:
    """A running capture; a thread of its own reads, so that no packet waits for the lab."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        writer: PcapngWriter,
        talkers: frozenset[Path | None],
        addresses: frozenset[str],
        port: int,
    ) -> None:
        """Read from `sockets`, one for each interface of `writer`, from now on."""
        self._sockets = sockets
        self._writer = writer
        self._talkers = talkers
        self._addresses = frozenset(socket.inet_aton(address) for address in addresses)
        self._port = port
        self._stop_reader, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._read, name="capture", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls, file: Path, points: Sequence[CapturePoint], addresses: frozenset[str], port: int
    ) -> "KernelCapture | None":
        """Start to capture TCP on `port` between `addresses`; None without CAP_NET_RAW.

        Raises OSError when an interface or the file cannot be had.
        """
        try:
            sockets = [packet_socket(point, port) for point in points]
        except PermissionError:
            return None
        names = ", ".join(point.interface for point in points)
        writer = PcapngWriter(file, f"Captured by mta-lab on {names}, TCP port {port}.")
        for point in points:
            seen = f"what the kernel saw on {point.interface}"
            writer.interface(point.interface, seen, LINKTYPE_ETHERNET)
        talkers = frozenset(talker for point in points for talker in point.talkers)
        return cls(sockets, writer, talkers, addresses, port)

    def finish(self) -> tuple[int, int]:
        """Read to the last packet, close the file; (packets written, packets the kernel dropped).

        To be called when the processes have ended: waits until the kernel has closed their
        connections too.
        """
        _await_silence(self._talkers, self._addresses, self._port)
        self._stop.close()
        self._thread.join()
        lost = 0
        for number, sock in enumerate(self._sockets):
            statistics = sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
            received, dropped = struct.unpack("II", statistics)
            self._writer.statistics(nanoseconds(time.time()), received, dropped, number)
            lost += dropped
            sock.close()
        with self._writer, self._stop_reader:
            return self._writer.packets, lost

    def _read(self) -> None:
        buffer = bytearray(_LARGEST_FRAME)
        poll = select.poll()
        for watched in (*self._sockets, self._stop_reader):
            poll.register(watched, select.POLLIN)
        stopping = False
        while not stopping:
            stopping = self._stop_reader.fileno() in dict(poll.poll())
            for number, sock in enumerate(self._sockets):
                for time_seen, frame in frames(sock, buffer):
                    if self._ours(frame):
                        self._writer.packet(time_seen, frame, interface=number)

    def _ours(self, frame: bytes) -> bool:
        addresses = frame[_ETHERNET_HEADER + 12 :]
        return addresses[:4] in self._addresses and addresses[4:8] in self._addresses


def may_capture() -> bool:
    """Whether this process may see packets (CAP_NET_RAW)."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True


def packet_socket(point: CapturePoint, port: int | None) -> socket.socket:
    """A socket that hears every frame at `point`, or only TCP on `port`, each once.

    Raises PermissionError without CAP_NET_RAW, OSError when there is no such interface.
    """
    with entered(point.namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        index = socket.if_nametoindex(point.interface)
    if port is not None:
        _attach_filter(sock, port)
    # a bridge shows what it passes on only to those who ask for what is not theirs
    membership = struct.pack("IHH8s", index, _PACKET_MR_PROMISC, 0, b"")
    sock.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    # on loopback every packet passes twice, out and in: the way in is enough
    sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_OCTETS)
    except PermissionError:  # as much as rmem_max allows
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_OCTETS)
    sock.bind((point.interface, _ETH_P_ALL))
    return sock


def frames(sock: socket.socket, buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """The frames that wait in a packet socket, each with its time in nanoseconds."""
    control_size = socket.CMSG_SPACE(16)
    while True:
        try:
            size, control, _, _ = sock.recvmsg_into([buffer], control_size, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        seconds, rest = struct.unpack("ll", control[0][2])
        yield seconds * 10**9 + rest, bytes(buffer[:size])


def _attach_filter(sock: socket.socket, port: int) -> None:
    """Let the kernel pass only TCP over IPv4 from or to `port` (classic BPF, linux/filter.h)."""
    load_half, load_byte, load_half_x, load_header_length = 0x28, 0x30, 0x48, 0xB1
    jump_equal, jump_set, give = 0x15, 0x45, 0x06
    program = [
        (load_half, 0, 0, 12),
        (jump_equal, 0, 10, 0x0800),  # IPv4
        (load_byte, 0, 0, 23),
        (jump_equal, 0, 8, socket.IPPROTO_TCP),
        (load_half, 0, 0, 20),
        (jump_set, 6, 0, 0x1FFF),  # not a first fragment: no ports in it
        (load_header_length, 0, 0, 14),
        (load_half_x, 0, 0, 14),
        (jump_equal, 2, 0, port),  # from the port
        (load_half_x, 0, 0, 16),
        (jump_equal, 0, 1, port),  # to the port
        (give, 0, 0, _LARGEST_FRAME),
        (give, 0, 0, 0),
    ]
    code = array.array("B", b"".join(struct.pack("HBBI", *line) for line in program))
    address, _ = code.buffer_info()
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(program), address))


def _await_silence(talkers: frozenset[Path | None], addresses: frozenset[bytes], port: int) -> None:
    """Wait until no connection of the capture can still send, at most two seconds."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        if not any(_talking(talker, addresses, port) for talker in talkers):
            return
        time.sleep(0.002)


def _talking(talker: Path | None, addresses: frozenset[bytes], port: int) -> bool:
    """Whether the kernel holds a TCP connection of ours that has not ended, in a namespace."""
    with entered(talker):
        lines = Path("/proc/thread-self/net/tcp").read_text("ascii").splitlines()[1:]
    for _, local, remote, state, *_ in (line.split() for line in lines):
        address, local_port = local.split(":")
        ports = {int(local_port, 16), int(remote.split(":")[1], 16)}
        if (
            struct.pack("=I", int(address, 16)) in addresses
            and port in ports
            and state not in _SILENT_STATES
        ):
            return True
    return False
