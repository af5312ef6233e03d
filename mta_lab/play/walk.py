"""A play that stops before each of its steps, so that there is time to look.

What there is to see, and with what, depends on the step that was carried out.
"""

import asyncio
import os
import sys

from labkit.output import say, say_lines
from labkit.records import Record
from mta_lab.play.audience import Audience
from mta_lab.topology.play import PlayStep


class Walk(Audience):
    """Shows the story; waits for Enter before each step, and before the lab is taken down."""

    def __init__(self, story: Audience, lab: str, network: str) -> None:
        """`lab` is the name of the lab that is walked through, `network` one to listen to."""
        self._story = story
        self._lab = lab
        self._network = network
        self._done: PlayStep | None = None
        self._input = b""
        self._over = False  # nobody will press Enter any more

    def hear(self, host: str, record: Record) -> None:
        """Pass it on to the story."""
        self._story.hear(host, record)

    async def before(self, number: int, step: PlayStep) -> None:
        """Say what there is to see now, and what comes next; go on at Enter."""
        await self._story.over()
        self._say_what_to_see()
        self._done = step
        await self._enter(f"Enter: step {number + 1}")
        await self._story.before(number, step)

    async def over(self) -> None:
        """The same before the lab is taken down."""
        await self._story.over()
        self._say_what_to_see()
        await self._enter("Enter: the lab is taken down")

    def end(self) -> None:
        """Let the story end."""
        self._story.end()

    def _say_what_to_see(self) -> None:
        seen = hints(self._done, self._lab, self._network)
        say_lines("\n".join(f"   look: {each}" for each in seen), error=True)

    async def _enter(self, prompt: str) -> None:
        if self._over:
            return
        say(f"   {prompt}", error=True)
        while b"\n" not in self._input and not self._over:
            self._input += await self._typed()
        _, _, self._input = self._input.partition(b"\n")

    async def _typed(self) -> bytes:
        """What is typed next; nothing when standard input is at its end."""
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        descriptor = sys.stdin.fileno()
        try:
            loop.add_reader(descriptor, ready.set)
            await ready.wait()
        except PermissionError:  # a file, or /dev/null: nobody has to be waited for
            ready.set()
        finally:
            loop.remove_reader(descriptor)
        typed = os.read(descriptor, 4096)
        self._over = not typed
        return typed


def hints(done: PlayStep | None, lab: str, network: str) -> list[str]:
    """What to look at after a step, and the command or the display filter that shows it."""
    if done is None:
        capture = f"mta-lab capture --lab {lab} {network} -w - | wireshark -k -i -"
        return [f"the hosts are up: mta-lab ps --lab {lab}", f"the packets to come: {capture}"]
    if mail := done.send:
        queue = f"mta-lab exec --lab {lab} {mail.at} mta-emu queue"
        return [f"does it wait or go? {queue}", "the call on the wire: filter ses.type == 13"]
    if done.settings:
        return [f"the change: mta-lab ps --lab {lab}"]
    if done.restart:
        return [f"it is up again: mta-lab logs --lab {lab} {done.restart}"]
    if done.fault:
        return [f"the fault: mta-lab ps --lab {lab}", "lost packets: filter tcp.analysis.flags"]
    if done.queued:
        (host, *_) = done.queued
        return [f"what waits: mta-lab exec --lab {lab} {host} mta-emu queue"]
    return [
        f"what each MTA logged: mta-lab exec --lab {lab} HOST mta-emu events",
        "a refused bind: filter ses.type == 12; the turn: ses.type == 2 || ses.type == 21",
        f"what arrived: mta-lab exec --lab {lab} HOST mta-emu mail list",
    ]
