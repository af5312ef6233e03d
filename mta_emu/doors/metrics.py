"""What Prometheus scrapes: counted from the journal, and read from the connectors when asked."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from labkit.records import Record
from mta_emu.mta.log.records import Association, Delivered, EventLogged, Submitted, Transfer
from mta_emu.mta.log.status import ConnectorStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_MAX_REASONS = 100  # that are counted apart: a peer's words may be in them
_OTHER = "other"

Status = Callable[[], Iterable[ConnectorStatus]]


class Metrics:
    """The metrics of one MTA; `hear` listens to its journal."""

    def __init__(self, status: Status) -> None:
        """`status` gives a line for each connector, as `mta-emu queue` has it."""
        self._registry = CollectorRegistry()
        self._registry.register(_Connectors(status))
        self._reasons: set[str] = set()
        self._events = self._counter("events", "Events logged.", "id", "type", "category")
        self._refusals = self._counter(
            "refusals", "Associations refused.", "connector", "initiated", "reason"
        )
        self._associations = self._counter(
            "associations", "Associations by how they went on.", "connector", "initiated", "state"
        )
        self._transfers = self._counter("transfers", "Transfers.", "connector", "direction")
        self._octets = self._counter(
            "transfer_bytes", "Octets of what was transferred.", "connector", "direction"
        )
        self._submitted = self._counter("submitted", "Messages submitted by users here.")
        self._delivered = self._counter("delivered", "Messages delivered to users here.")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"mta_{name}", text, labels, registry=self._registry)

    def hear(self, record: Record) -> None:
        """Count a journal record."""
        match record:
            case EventLogged():
                self._events.labels(record.id, record.type, record.category).inc()
            case Association():
                connector, initiated = record.connector or "", record.initiated
                self._associations.labels(connector, initiated, record.state).inc()
                if record.state == "refused":
                    self._refusals.labels(connector, initiated, self._reason(record.reason)).inc()
            case Transfer():
                self._transfers.labels(record.connector, record.direction).inc()
                self._octets.labels(record.connector, record.direction).inc(record.octets)
            case Submitted():
                self._submitted.inc()
            case Delivered():
                self._delivered.inc()

    def _reason(self, reason: str) -> str:
        """A reason as a label; the first so many are counted apart."""
        if len(self._reasons) < _MAX_REASONS:
            self._reasons.add(reason)
        return reason if reason in self._reasons else _OTHER

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self._registry)


class _Connectors(Collector):
    """How the connectors stand, looked at when somebody asks."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauges."""
        queued = GaugeMetricFamily("mta_queue_length", "Messages queued.", labels=["connector"])
        associations = GaugeMetricFamily(
            "mta_associations_open", "Associations open.", labels=["connector"]
        )
        for line in self._status():
            queued.add_metric([line.name], line.queued)
            associations.add_metric([line.name], line.associations)
        yield queued
        yield associations
