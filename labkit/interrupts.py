"""How a command is ended: Ctrl-C, SIGTERM or SIGHUP, also in a script's background.

An interrupt can come between any two instructions of Python, also on the way into a `finally` or an
`__exit__`, which then does nothing. So what must not stay behind is made and removed while
interrupts wait (`undisturbed`), and they come only where something is waited for
(`interruptible`), inside the `try` whose `finally` removes it:

    with terminable(), undisturbed():
        try:
            make()
            with interruptible():
                wait()
        finally:
            remove()
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import FrameType

#: What ends a command besides Ctrl-C: kill(1), and a terminal or connection that goes away.
ENDING = (signal.SIGTERM, signal.SIGHUP)
_AGAIN_SECONDS = 0.05
_ALL = (*ENDING, signal.SIGINT)  # in this order, because the others raise the last one


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP be to the block what Ctrl-C is: an interrupt that is cleaned up after.

    So is Ctrl-C where it was ignored, as it is in the background of a shell script; SIGHUP that is
    ignored stays so, for nohup(1). Signals are the main thread's; in another one, as a worker of a
    Dask cluster has, nothing changes.
    """
    if not _in_main_thread():
        yield
        return
    with _heard(), _as_interrupts():
        yield


@contextmanager
def _as_interrupts() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDING)}
    for number in ENDING:
        if number != signal.SIGHUP or before[number] is not signal.SIG_IGN:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    if before[signal.SIGINT] is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _heard() -> Iterator[None]:
    """Interrupt the block again where Python has ignored an interrupt.

    It does so with what is raised in a destructor, and in what it runs around fork(2), as each
    start of a process has it: the signal would be lost.
    """
    before, waiting = sys.unraisablehook, list[threading.Timer]()
    main = threading.main_thread().ident

    def hear(ignored: "sys.UnraisableHookArgs") -> None:
        if main is None or not isinstance(ignored.exc_value, KeyboardInterrupt):
            before(ignored)
            return
        waiting.append(threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, (main, signal.SIGINT)))
        waiting[-1].start()

    sys.unraisablehook = hear
    try:
        yield
    finally:
        sys.unraisablehook = before
        for each in waiting:
            each.cancel()


def undisturbed() -> AbstractContextManager[None]:
    """Let interrupts wait until the block has ended; then they come.

    Programs that it runs do not hear Ctrl-C either. In another thread than the main one, where
    interrupts never come, it is only that.
    """
    return _Undisturbed()


def interruptible() -> AbstractContextManager[None]:
    """Let interrupts come while the block runs, within `undisturbed`, also those that waited."""
    return _Interruptible() if _in_main_thread() and _AROUND else nullcontext()


class _Undisturbed:
    """Has interrupts wait, and knows what signals did before.

    The mask alone would not do: it is that of one thread, and what another one gets is handled in
    the main one. The handlers alone would not do: a program that is started has none of them.
    """

    def __init__(self) -> None:
        self._signals = _ALL if _in_main_thread() else ()  # whose handlers can be set
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._handlers = {number: signal.getsignal(number) for number in _ALL}
        self._came: list[int] = []

    def __enter__(self) -> None:
        try:
            self.hold()
            if self._signals:
                _AROUND.append(self)
        except BaseException:
            self.let_come()
            raise

    def __exit__(self, *_: object) -> None:
        if self in _AROUND:
            _AROUND.remove(self)
        self.let_come()

    def hold(self) -> None:
        """Let them wait from now on."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _ALL)
        for number in self._signals:
            signal.signal(number, self._note)

    def let_come(self) -> None:
        """Let them do what they did, those that waited, too."""
        with ExitStack() as all_of_it:  # whatever one of them raises
            all_of_it.callback(signal.pthread_sigmask, signal.SIG_SETMASK, self._mask)
            for number in reversed(self._signals):
                all_of_it.callback(signal.signal, number, self._handlers[number])
        came, self._came = self._came, []
        for waited in came:
            signal.raise_signal(waited)

    def _note(self, number: int, _: FrameType | None) -> None:
        self._came.append(number)


class _Interruptible:
    """Has interrupts come, in a block that is within others. No generator: one that an interrupt
    has left without its end would come to that later, when it is thrown away.
    """

    def __enter__(self) -> None:
        self._around = [*_AROUND]
        _AROUND.clear()
        try:
            self._around[0].let_come()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        self._around[0].hold()
        _AROUND[:] = self._around


_AROUND: list[_Undisturbed] = []  # what the main thread is in, the outermost first


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
