"""`python -m mta_lab.backends.elsewhere ENGINE CONTAINER [DATA]`: be a container of that engine.

What attached.py is for a container that has this directory, this is for one that does not, because
its engine may be on another machine. The configuration goes into it before it starts, and whenever
it is to be read again; what the host has written comes back when it has ended. With DATA, the
directory of an MTA's data, its control socket is there in the meantime: each connection to it is a
`docker exec` that passes on what is said.
"""

import io
import os
import signal
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError
from labkit.output import say_lines
from mta_emu.mta.controlclient import SOCKET_NAME, socket_path
from mta_lab.backends import attached, relay
from mta_lab.backends.composefile import DIRECTORY, USER
from mta_lab.backends.docker import Docker
from mta_lab.lab.directory import CONFIGURATION

_CHUNK = 65536  # octets


def main(context: str, container: str, data: str = "") -> int:
    """The container's status."""
    engine = Docker(context)
    # the main thread gets the signals: no other one may have them in its place
    signal.pthread_sigmask(signal.SIG_BLOCK, attached.PASSED_ON)

    def bring(number: int) -> None:
        if number == signal.SIGHUP:
            put(engine, container)

    try:
        put(engine, container)
        with _door(engine, container, data):
            status = attached.be(container, engine.command(), bring)
        fetch(engine, container)
    except ConfigurationError as error:
        say_lines(str(error), error=True)
        return EXIT_BAD_CONFIGURATION
    return status


def put(engine: Docker, container: str) -> None:
    """Bring the host's configuration into its container. Raises ConfigurationError."""
    file = Path(CONFIGURATION)
    if file.exists():
        engine("cp", "-", f"{container}:{DIRECTORY}", given=_packed(file))


def _packed(file: Path) -> bytes:
    """A tar archive with a file, which belongs to the user of the image."""
    text = file.read_bytes()
    entry = tarfile.TarInfo(file.name)
    entry.size, entry.uid, entry.gid, entry.mode = len(text), USER, USER, 0o600
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


def fetch(engine: Docker, container: str) -> None:
    """Bring what the host has written into this directory. Raises ConfigurationError."""
    command = engine.command("cp", f"{container}:{DIRECTORY}/.", "-")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        unpack(cast("IO[bytes]", program.stdout), Path())
    if program.returncode:
        raise ConfigurationError(f"{' '.join(command)}: status {program.returncode}")


def unpack(packed: IO[bytes], into: Path) -> None:
    """Write the files of a tar archive, and nothing else that is in it. Raises ConfigurationError.

    No name leads out of the directory, whoever wrote the archive.
    """
    try:
        with tarfile.open(fileobj=packed, mode="r|") as archive:
            for entry in archive:
                file = (into / entry.name).resolve()
                if not entry.isfile() or not file.is_relative_to(into.resolve()):
                    continue
                file.parent.mkdir(parents=True, exist_ok=True)
                if content := archive.extractfile(entry):
                    file.write_bytes(content.read())
    except tarfile.TarError as error:
        raise ConfigurationError(f"what came from the container is no archive: {error}") from error


@contextmanager
def _door(engine: Docker, container: str, data: str) -> Iterator[None]:
    """Have the control socket of the host in the directory `data`; nothing without one."""
    if not data:
        yield
        return
    Path(data).mkdir(exist_ok=True)
    text = Path(relay.__file__).read_text("utf-8")
    inside = f"{data}/{SOCKET_NAME}"
    command = engine.command("exec", "-i", container, "python3", "-I", "-c", text, inside)
    with socket.socket(socket.AF_UNIX) as listening, socket_path(Path(data)) as path:
        path.unlink(missing_ok=True)
        listening.bind(str(path))
        listening.listen()
        threading.Thread(target=_serve, args=(listening, command), daemon=True).start()
        yield
        path.unlink(missing_ok=True)


def _serve(listening: socket.socket, command: list[str]) -> None:
    while True:
        client, _ = listening.accept()
        threading.Thread(target=_pass_on, args=(client, command), daemon=True).start()


def _pass_on(client: socket.socket, command: list[str]) -> None:
    """Let a program have a client as its standard input and output."""
    files = [
        (os.POSIX_SPAWN_DUP2, client.fileno(), 0),
        (os.POSIX_SPAWN_DUP2, client.fileno(), 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    with client, suppress(OSError):  # the client may go at any time
        program = os.posix_spawnp(
            command[0], command, os.environ, file_actions=files, setsigmask=()
        )
        os.waitpid(program, 0)
        client.setblocking(False)
        while client.recv(_CHUNK):
            pass  # what nobody has read would make an end an error


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
