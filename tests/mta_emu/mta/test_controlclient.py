"""The way to a control socket, however deep its directory is."""

import socket
from pathlib import Path

import pytest

from mta_emu.mta.controlclient import SOCKET_NAME, ControlError, ask, socket_path


@pytest.mark.parametrize("depth", [1, 120])
def test_a_socket_is_reached_at_any_depth(tmp_path: Path, depth: int) -> None:
    directory = tmp_path / ("x" * depth)
    directory.mkdir()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with socket_path(directory) as way:
            server.bind(str(way))
        server.listen()
        assert (directory / SOCKET_NAME).is_socket()
        with socket_path(directory) as way:
            client.connect(str(way))


@pytest.mark.parametrize("depth", [1, 120])
async def test_without_an_mta_it_says_so(tmp_path: Path, depth: int) -> None:
    with pytest.raises(ControlError, match=r"no MTA answers at .*control\.sock: No such file"):
        await ask(tmp_path / ("x" * depth), {"command": "status"})
