"""What Prometheus scrapes."""

from mta_emu.doors.metrics import Metrics
from mta_emu.mta.log.records import Association, Delivered, EventLogged, Submitted, Transfer


def association(reason: str = "", state: str = "refused") -> Association:
    return Association(1, "TO-B", "remotely", None, "192.0.2.1:1024", state, reason=reason)  # type: ignore[arg-type]


def lines(metrics: Metrics) -> list[str]:
    return metrics.text().decode().splitlines()


def test_what_happened_is_counted() -> None:
    metrics = Metrics(lambda: [{"name": "TO-B", "queued": 3, "associations": 2}])
    for record in (
        Submitted("M"),
        Delivered("M", "C=US", "Hi"),
        Transfer("out", "M", "TO-B", 1, 900),
        Transfer("out", "N", "TO-B", 1, 100),
        EventLogged(289, "Warning", "MSExchangeMTA", "X.400 Service", "text"),
        association("bind error 2"),
        association(state="open"),
    ):
        metrics.hear(record)
    found = lines(metrics)
    for line in (
        "mta_submitted_total 1.0",
        "mta_delivered_total 1.0",
        'mta_transfers_total{connector="TO-B",direction="out"} 2.0',
        'mta_transfer_bytes_total{connector="TO-B",direction="out"} 1000.0',
        'mta_events_total{category="X.400 Service",id="289",type="Warning"} 1.0',
        'mta_refusals_total{connector="TO-B",initiated="remotely",reason="bind error 2"} 1.0',
        'mta_associations_total{connector="TO-B",initiated="remotely",state="open"} 1.0',
        'mta_queue_length{connector="TO-B"} 3.0',
        'mta_associations_open{connector="TO-B"} 2.0',
    ):
        assert line in found


def test_what_peers_say_cannot_fill_the_memory() -> None:
    metrics = Metrics(list)
    for number in range(1000):
        metrics.hear(association(f'MTA name "x{number}"\n'))
    refusals = [line for line in lines(metrics) if line.startswith("mta_refusals_total{")]
    assert len(refusals) == 101
    assert any('reason="other"} 900.0' in line for line in refusals)
    assert any(r'reason="MTA name \"x1\"\n"' in line for line in refusals)
