"""What the kernel saw: an AF_PACKET socket an interface, a filter, and a thread that reads."""

import array
import heapq
import itertools
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from labkit.sockets import LISTENING, TIME_WAIT, tcp_sockets
from mta_lab.capture.pcapng import LINKTYPE_ETHERNET, PcapngWriter, nanoseconds
from mta_lab.capture.scene import Scene
from mta_lab.lab.namespaces import entered
from mta_lab.lab.points import CapturePoint, ends_of, ports_of

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
LARGEST_FRAME = 512 * 1024  # above what segmentation offload makes on loopback
_SETTLE_SECONDS = 2.0

LOOPBACK = "lo"

_LATEST = 5_000_000  # nanoseconds between a packet's time and its being in a socket, at most
_HOLD_MILLISECONDS = 10
_BATCH = 4096  # packets of one socket before another has its turn
_NEVER = 1 << 63

#: States of a connection that has nothing left to say.
_SILENT_STATES = {TIME_WAIT, LISTENING}


class KernelCapture:
    """A running capture; a thread of its own reads, so that no packet waits for the lab.

    Packets come from several sockets, and what one gives may be older than what another gave
    before. So they are held until none that is older can come any more.
    """

    def __init__(
        self,
        sources: Sequence["_Source"],
        writer: PcapngWriter,
        scene: Scene,
        talkers: frozenset[Path | None],
    ) -> None:
        """Read from `sources` from now on; the interfaces of `writer` are the scene's networks."""
        self._sources = sources
        self._writer = writer
        self._addresses = frozenset(scene.network_by_octets())
        self._port = scene.port
        self._talkers = talkers
        self._held: list[tuple[int, int, int, bytes]] = []  # time, arrival, interface, frame
        self._arrivals = itertools.count()
        self._stop_reader, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._read, name="capture", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls,
        file: Path,
        points: Sequence[CapturePoint],
        scene: Scene,
        sockets_are_open: Callable[[], None] = lambda: None,
    ) -> "KernelCapture | None":
        """Start to capture the scene's TCP at `points`; None without any, or CAP_NET_RAW.

        That is not needed any more when `sockets_are_open` is called, before the file is made.
        Raises OSError when an interface or the file cannot be had.
        """
        if not points:
            return None
        try:
            sockets = [packet_socket(point, scene.port) for point in points]
        except PermissionError:
            return None
        sockets_are_open()
        where = ", ".join(point.interface for point in points)
        writer = PcapngWriter(file, f"Captured by mta-lab on {where}, TCP port {scene.port}.")
        numbers = {}
        for point in points:
            for name in point.networks:
                seen = f"{scene.networks[name]}, what the kernel saw on {point.interface}"
                numbers[name] = writer.interface(name, seen, LINKTYPE_ETHERNET)
        writer.names(scene.names)
        writer.flush()
        sources = [
            _Source(sock, point, scene, numbers)
            for sock, point in zip(sockets, points, strict=True)
        ]
        talkers = frozenset(talker for point in points for talker in point.talkers)
        return cls(sources, writer, scene, talkers)

    def finish(self) -> tuple[int, int]:
        """Read to the last packet, close the file; (packets written, packets the kernel dropped).

        To be called when the processes have ended: waits until the kernel has closed their
        connections too.
        """
        _await_silence(self._talkers, self._addresses, self._port)
        return self.end()

    def end(self) -> tuple[int, int]:
        """The same at once, whoever still has something to say."""
        self._stop.close()
        self._thread.join()
        lost = 0
        for source in self._sources:
            received, dropped = source.statistics()
            now = nanoseconds(time.time())
            self._writer.statistics(now, received, dropped, source.first_interface)
            lost += dropped
            source.close()
        with self._writer, self._stop_reader:
            return self._writer.packets, lost

    def _read(self) -> None:
        poll = select.poll()
        poll.register(self._stop_reader, select.POLLIN)
        for source in self._sources:
            poll.register(source, select.POLLIN)
        stopping = False
        while not stopping:
            ready = dict(poll.poll(_HOLD_MILLISECONDS if self._held else None))
            stopping = self._stop_reader.fileno() in ready
            certain = nanoseconds(time.time()) - _LATEST
            for source in self._sources:
                certain = min(certain, self._take(source))
            self._write(certain)
        for source in self._sources:
            while self._take(source) != _NEVER:
                pass
        self._write(_NEVER)

    def _take(self, source: "_Source") -> int:
        """Hold packets that wait in a source; the time up to which there are no others in it."""
        batch = [*itertools.islice(source.packets(), _BATCH)]
        for time_seen, interface, frame in batch:
            heapq.heappush(self._held, (time_seen, next(self._arrivals), interface, frame))
        return batch[-1][0] if len(batch) == _BATCH else _NEVER

    def _write(self, certain: int) -> None:
        """Write what is older than `certain`."""
        while self._held and self._held[0][0] < certain:
            time_seen, _, interface, frame = heapq.heappop(self._held)
            self._writer.packet(time_seen, frame, interface=interface)
        self._writer.flush()


class _Source:
    """A packet socket, and which of the file's interfaces its packets belong to."""

    def __init__(
        self, sock: socket.socket, point: CapturePoint, scene: Scene, numbers: Mapping[str, int]
    ) -> None:
        self._socket = sock
        self._buffer = bytearray(LARGEST_FRAME)
        self._port = scene.port.to_bytes(2, "big")
        self._networks = scene.network_by_octets()
        self._numbers = {name: numbers[name] for name in point.networks}
        self.first_interface = numbers[point.networks[0]]

    def fileno(self) -> int:
        """The socket's, for poll."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def statistics(self) -> tuple[int, int]:
        """How many packets passed the filter and how many of them were lost, since last asked."""
        statistics = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        received, dropped = struct.unpack("II", statistics)
        return received, dropped

    def packets(self) -> Iterator[tuple[int, int, bytes]]:
        """The packets between hosts of the lab that wait: time, interface, frame."""
        for time_seen, frame in frames(self._socket, self._buffer):
            interface = self._interface(frame)
            if interface is not None:
                yield time_seen, interface, frame

    def _interface(self, frame: bytes) -> int | None:
        """The interface of a packet; None when it is not between hosts of the lab.

        Where several networks share what the kernel shows (lo), a packet belongs to that of the
        host that was called, which is where a router would have put it last.
        """
        ends = ends_of(frame)
        if not ends or not all(end in self._networks for end in ends):
            return None
        if len(self._numbers) == 1:
            return self.first_interface
        called = ends[0] if ports_of(frame)[0] == self._port else ends[1]
        return self._numbers[self._networks[called]]


def packet_socket(point: CapturePoint, port: int | None) -> socket.socket:
    """A socket that gets every frame at `point`, or only TCP on `port`, each once.

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
    if point.interface == LOOPBACK:  # every packet passes twice, out and in: the way in is enough
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
    """Let the kernel pass only TCP from or to `port` (classic BPF, linux/filter.h)."""
    load_half, load_byte, load_half_x, load_header_length = 0x28, 0x30, 0x48, 0xB1
    set_x, jump, jump_equal, jump_set, give = 0x01, 0x05, 0x15, 0x45, 0x06
    program = [
        (load_half, 0, 0, 12),
        (jump_equal, 0, 4, 0x86DD),  # IPv6
        (load_byte, 0, 0, 20),
        (jump_equal, 0, 13, socket.IPPROTO_TCP),
        (set_x, 0, 0, 40),
        (jump, 0, 0, 6),  # to its ports
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
        (give, 0, 0, LARGEST_FRAME),
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
        found = [*tcp_sockets()]
    return any(
        each.local.address.packed in addresses
        and port in (each.local.port, each.remote.port)
        and each.state not in _SILENT_STATES
        for each in found
    )
