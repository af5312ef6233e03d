"""Checkpoints of a message that comes: secured on the disk while more of the message comes."""

import asyncio
from collections.abc import Awaitable, Callable


class Checkpoints:
    """Secures the checkpoints of one message; to confirm one is to confirm all before it."""

    def __init__(
        self, secure: Callable[[], Awaitable[None]], confirm: Callable[[int], Awaitable[None]]
    ) -> None:
        """Call `secure`, then `confirm` with the last checkpoint that was reached before that."""
        self._secure = secure
        self._confirm = confirm
        self._reached = 0
        self._task: asyncio.Task[None] | None = None

    def reached(self, serial: int) -> None:
        """Everything up to a checkpoint has come."""
        self._reached = serial
        if self._task is None:
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        serial = 0
        while serial != self._reached:
            serial = self._reached
            await self._secure()
            await self._confirm(serial)
        self._task = None

    def stop(self) -> None:
        """Confirm no more; what came last is secured in another way, or forgotten."""
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task = None
