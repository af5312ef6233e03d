"""Presentation contexts: proposed by the caller, accepted one by one, then in use (X.226 6.2.4)."""

from collections.abc import Iterable
from typing import Any

from mta_emu.osi.presentation.ppdus import InvalidValueError
from mta_emu.osi.presentation.primitives import BER, Context, Pdv

_ACCEPTANCE, _PROVIDER_REJECTION = 0, 2
_ABSTRACT_SYNTAX_UNKNOWN, _TRANSFER_SYNTAXES_UNKNOWN = 1, 2  # provider reasons of a result


class Contexts:
    """The contexts of one presentation connection.

    `results` is what the acceptor says of each that was proposed, in the form of the PPDUs.
    """

    def __init__(self, abstract_syntaxes: frozenset[str]) -> None:
        """When called, accept contexts of `abstract_syntaxes`."""
        self.proposed: tuple[Context, ...] = ()
        self.results: list[dict[str, Any]] = []
        self._abstract_syntaxes = abstract_syntaxes
        self._in_use: frozenset[int] = frozenset()

    def propose(self, contexts: tuple[Context, ...]) -> list[dict[str, Any]]:
        """Note what this side proposes: the definition list of a CP."""
        self.proposed = contexts
        return [
            {
                "presentation-context-identifier": context.identifier,
                "abstract-syntax-name": context.abstract_syntax,
                "transfer-syntax-name-list": list(context.transfer_syntaxes),
            }
            for context in contexts
        ]

    def consider(self, listed: list[dict[str, Any]]) -> None:
        """Decide about the definition list of a CP.

        Raises InvalidValueError when two contexts have the same number. That the caller's numbers
        are odd is not checked: nothing depends on it.
        """
        self.proposed = tuple(
            Context(
                item["presentation-context-identifier"],
                item["abstract-syntax-name"],
                tuple(item["transfer-syntax-name-list"]),
            )
            for item in listed
        )
        seen: set[int] = set()
        for context in self.proposed:
            if context.identifier in seen:
                raise InvalidValueError(f"context {context.identifier} is proposed twice")
            seen.add(context.identifier)
        self.take([self._result(context) for context in self.proposed])

    def take(self, results: list[dict[str, Any]]) -> None:
        """Note the results: the contexts that are not rejected are in use from now on.

        A peer that sends fewer results than contexts were proposed has accepted the others.
        """
        self.results = results
        rejected = {
            context.identifier
            for context, result in zip(self.proposed, results, strict=False)
            if result["result"] != _ACCEPTANCE
        }
        self._in_use = frozenset(context.identifier for context in self.proposed) - rejected

    def check(self, number: int) -> None:
        """Raises InvalidValueError when a context is not in use."""
        if number not in self._in_use:
            raise InvalidValueError(f"a value in context {number}, which is not in use")

    def checked(self, values: Iterable[Pdv]) -> tuple[Pdv, ...]:
        """Values whose contexts are all in use. Raises InvalidValueError."""
        found = tuple(values)
        for pdv in found:
            self.check(pdv.context)
        return found

    def _result(self, context: Context) -> dict[str, Any]:
        if context.abstract_syntax not in self._abstract_syntaxes:
            reason = _ABSTRACT_SYNTAX_UNKNOWN
        elif BER not in context.transfer_syntaxes:
            reason = _TRANSFER_SYNTAXES_UNKNOWN
        else:
            return {"result": _ACCEPTANCE, "transfer-syntax-name": BER}
        return {"result": _PROVIDER_REJECTION, "provider-reason": reason}
