"""relay.py passes on what is said to and from a control socket, from its text alone."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from mta_lab.backends import relay
from tests.patience import PATIENCE

COMMAND = (sys.executable, "-I", "-c", Path(relay.__file__).read_text("utf-8"))


async def test_octets_pass_both_ways_until_either_side_goes(tmp_path: Path) -> None:
    path, gone = tmp_path / "control.sock", asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (line := await reader.readline()) == b"end\n":
            writer.write(b"the last word")
        else:
            writer.write(b"heard " + line)
            assert await reader.read() == b""  # the client has gone
            gone.set()
        writer.close()

    pipe = asyncio.subprocess.PIPE
    async with await asyncio.start_unix_server(answer, path), asyncio.timeout(PATIENCE):
        program = await asyncio.create_subprocess_exec(*COMMAND, path, stdin=pipe, stdout=pipe)
        assert program.stdin
        assert program.stdout
        program.stdin.write(b"{}\n")
        assert await program.stdout.readline() == b"heard {}\n"
        program.stdin.close()
        await gone.wait()
        assert await program.wait() == 0

        program = await asyncio.create_subprocess_exec(*COMMAND, path, stdin=pipe, stdout=pipe)
        said, _ = await program.communicate(b"end\n")
        assert said in (b"the last word", b"")  # it may see first that the client has gone
        assert program.returncode == 0


def test_where_nobody_listens_it_fails(tmp_path: Path) -> None:
    command = [*COMMAND, os.fspath(tmp_path / "control.sock")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 1
