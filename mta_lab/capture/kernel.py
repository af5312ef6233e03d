"""What the kernel saw on an interface: an AF_PACKET socket, a filter, and a thread that reads."""

import array
import select
import socket
import struct
import threading
import time
from pathlib import Path

from mta_lab.capture.pcapng import LINKTYPE_ETHERNET, PcapngWriter, nanoseconds

# linux/socket.h, linux/if_packet.h and linux/filter.h; the socket module lacks them
_SO_ATTACH_FILTER = 26
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_SOL_PACKET = 263
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
        sock: socket.socket,
        writer: PcapngWriter,
        addresses: frozenset[str],
        port: int,
    ) -> None:
        """Read `sock` into `writer` from now on."""
        self._socket = sock
        self._writer = writer
        self._addresses = frozenset(socket.inet_aton(address) for address in addresses)
        self._port = port
        self._stop_reader, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._read, name="capture", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls, file: Path, interface: str, addresses: frozenset[str], port: int
    ) -> "KernelCapture | None":
        """Start to capture TCP on `port` between `addresses`; None without CAP_NET_RAW.

        Raises OSError when the interface or the file cannot be had.
        """
        try:
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            return None
        _attach_filter(sock, port)
        # on loopback every packet passes twice, out and in: the way in is enough
        sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_OCTETS)
        except PermissionError:  # as much as rmem_max allows
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_OCTETS)
        sock.bind((interface, _ETH_P_ALL))
        writer = PcapngWriter(
            file,
            interface=interface,
            description=f"what the kernel saw on {interface}",
            linktype=LINKTYPE_ETHERNET,
            comment=f"Captured by mta-lab on {interface}, TCP port {port}.",
        )
        return cls(sock, writer, addresses, port)

    def finish(self) -> tuple[int, int]:
        """Read to the last packet, close the file; (packets written, packets the kernel dropped).

        To be called when the processes have ended: waits until the kernel has closed their
        connections too.
        """
        _await_silence(self._addresses, self._port)
        self._stop.close()
        self._thread.join()
        statistics = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        received, dropped = struct.unpack("II", statistics)
        self._writer.statistics(nanoseconds(time.time()), received, dropped)
        with self._writer, self._socket, self._stop_reader:
            return self._writer.packets, dropped

    def _read(self) -> None:
        buffer = bytearray(_LARGEST_FRAME)
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._stop_reader, select.POLLIN)
        stopping = False
        while not stopping:
            stopping = self._stop_reader.fileno() in dict(poll.poll())
            self._drain(buffer)

    def _drain(self, buffer: bytearray) -> None:
        control_size = socket.CMSG_SPACE(16)
        while True:
            try:
                size, control, _, _ = self._socket.recvmsg_into(
                    [buffer], control_size, socket.MSG_DONTWAIT
                )
            except BlockingIOError:
                return
            frame = bytes(buffer[:size])
            if self._ours(frame):
                seconds, rest = struct.unpack("ll", control[0][2])
                self._writer.packet(seconds * 10**9 + rest, frame)

    def _ours(self, frame: bytes) -> bool:
        addresses = frame[_ETHERNET_HEADER + 12 :]
        return addresses[:4] in self._addresses and addresses[4:8] in self._addresses


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


def _await_silence(addresses: frozenset[bytes], port: int) -> None:
    """Wait until no connection of the capture can still send, at most two seconds."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while _talking(addresses, port) and time.monotonic() < deadline:
        time.sleep(0.002)


def _talking(addresses: frozenset[bytes], port: int) -> bool:
    """Whether the kernel holds a TCP connection of ours that has not ended (/proc/net/tcp)."""
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
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
