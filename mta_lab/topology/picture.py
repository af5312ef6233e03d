"""A picture of a topology: its networks side by side, the hosts in them, the firewalls below.

drawsvg writes the SVG: it needs no program and no other package, and takes care of escaping. resvg
makes a PNG of it, from a wheel that needs no library of the system; it is an extra, `png`.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import drawsvg

from firewall_proxy.config import Configuration, Service
from labkit.config import ConfigurationError
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.topology.files import Topology, mta_address
from mta_lab.topology.firewalls import Firewall, ProxyFirewall

_MARGIN = 32
_ADDRESSES = 2  # of a host, in one line
_COLUMN, _GAP = 340, 56  # the width of a network, and what is between two
_PADDING = 20
_LINE = 20  # from one line of text to the next
_TITLE, _TITLE_LINE = 22, 30  # its size, and from one line of it to the next
_NARROW = 0.62  # of a letter's size is its width, on average and at most
_REACH = 64  # of an arrow beyond the middles of the networks it joins
_NETWORK_HEAD = 52
_FIREWALL_HEAD = 70
_ROW = 58  # of the firewall: a service or a tunnel

_ARROW = 2  # the width of its line

#: Ends with what Linux has: resvg takes no font that is not named.
_FONT = "Inter, 'Segoe UI', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_PIXELS = 2  # of a PNG, for one of the SVG
_INK, _FAINT, _CARD, _EDGE = "#1f2933", "#52606d", "#ffffff", "#cbd2d9"
_NETWORK_COLOURS = ("#e0effe", "#e3f5e8", "#fdf0dc", "#f3e8fb")
_FIREWALL, _FIREWALL_EDGE = "#fff1ee", "#d9513c"
_KEPT, _REWRITTEN, _ROUTED = "#b7391f", "#2f6fb5", "#3c8047"


@dataclass(frozen=True)
class _Row:
    """An arrow through the firewall from one network to another."""

    start: str
    end: str
    what: str
    how: str
    colour: str
    both_ways: bool


def picture(topology: Topology) -> str:
    """The topology as an SVG document."""
    return _Picture(topology).svg()


def png(svg: str) -> bytes:
    """The picture in pixels.

    Raises ConfigurationError without the extra, and where no font is installed.
    """
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "a .png is made by resvg: pip install 'x400-firewall-lab[png]'; or write an .svg"
        ) from error
    drawn: bytes = svg_to_bytes(svg_string=svg, zoom=_PIXELS)
    if drawn == svg_to_bytes(svg_string=svg, zoom=_PIXELS, skip_system_fonts=True):
        raise ConfigurationError(
            "there is no font here to draw the text of a .png with: install one of "
            f"{_FONT}; or write an .svg"
        )
    return drawn


class _Picture:
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._columns = {
            name: _MARGIN + number * (_COLUMN + _GAP)
            for number, name in enumerate(topology.networks)
        }
        self._width = 2 * _MARGIN + len(self._columns) * (_COLUMN + _GAP) - _GAP
        letters = (self._width - 2 * _MARGIN) / (_TITLE * _NARROW)
        self._title = textwrap.wrap(topology.title, int(letters))
        self._top = _MARGIN + len(self._title) * _TITLE_LINE + 2 * _LINE
        self._rows = {
            name: [*_rows(topology, firewall)] for name, firewall in topology.firewalls.items()
        }
        cards = max(sum(map(self._height, self._hosts(name))) for name in topology.networks)
        self._network_bottom = self._top + _NETWORK_HEAD + cards
        height = self._network_bottom + _MARGIN
        height += sum(_GAP + self._firewall_height(name) for name in topology.firewalls)
        self._drawing = drawsvg.Drawing(self._width, height, font_family=_FONT)

    def svg(self) -> str:
        """Draw all, the lower things first."""
        draw = self._drawing
        draw.append(drawsvg.Rectangle(0, 0, "100%", "100%", fill="white"))
        draw.append(drawsvg.Title(self._topology.title))
        for number, line in enumerate(self._title, 1):
            self._text(line, _MARGIN, _MARGIN + number * _TITLE_LINE - 6, size=_TITLE, weight=600)
        self._text(self._topology.name, _MARGIN, self._top - _LINE, colour=_FAINT)
        for number, name in enumerate(self._columns):
            self._network(name, _NETWORK_COLOURS[number % len(_NETWORK_COLOURS)])
        lowest_first = reversed([*self._firewall_tops()])
        for name, top in lowest_first:  # its lines pass behind the others
            self._firewall(name, self._topology.firewalls[name], top)
        text: str = draw.as_svg()
        return text

    def _hosts(self, network: str) -> list[str]:
        """The hosts with a card on a network: MTAs and programs."""
        mtas = {name: mta_address(mta) for name, mta in self._topology.mtas.items()}
        programs = {name: each.address for name, each in self._topology.programs.items()}
        return [
            name
            for name, address in {**mtas, **programs}.items()
            if self._topology.network_of(address) == network
        ]

    def _height(self, host: str) -> int:
        """Of a host's card and the space below it."""
        if host in self._topology.programs:
            return 74 + _LINE + _PADDING
        mta = self._topology.mtas[host]
        lines = len(_address_lines(mta)) - 1 + 2 * len(mta.connectors)
        return 74 + _LINE * lines + _PADDING

    def _network(self, name: str, colour: str) -> None:
        x, y = self._columns[name], self._top
        self._box(x, y, _COLUMN, self._network_bottom - y, colour, "none")
        half = _COLUMN / 2 - _PADDING
        self._text(name, x + _PADDING, y + 32, size=17, weight=600, room=half)
        network = str(self._topology.networks[name])
        self._text(network, x + _COLUMN - _PADDING, y + 32, colour=_FAINT, anchor="end", room=half)
        y += _NETWORK_HEAD
        for host in self._hosts(name):
            self._host(host, x + _PADDING, y)
            y += self._height(host)

    def _host(self, name: str, x: int, y: int) -> None:
        width = _COLUMN - 2 * _PADDING
        self._box(x, y, width, self._height(name) - _PADDING, _CARD, _EDGE)
        room = width - 32
        self._text(name, x + 16, y + 30, size=16, weight=600, room=room - 40)
        program = self._topology.programs.get(name)
        kind = "program" if program else "MTA"
        self._text(kind, x + width - 16, y + 30, size=12, colour=_FAINT, anchor="end")
        if program:
            self._text(str(program.address), x + 16, y + 52, room=room)
            self._text(str(program), x + 16, y + 52 + _LINE, size=12, colour=_FAINT, room=room)
            return
        mta = self._topology.mtas[name]
        for line in _address_lines(mta):
            self._text(line, x + 16, y + 52, room=room)
            y += _LINE
        y += 62 - _LINE
        for connector in mta.connectors:
            to = self._topology.called_by(name, connector) or "no MTA of the lab"
            general, schedule = connector.general, connector.schedule.activation
            what = f"connector {general.directory_name}, {schedule}"
            self._text(what, x + 16, y + 14, size=12, room=room)
            where = f"to {connector.stack.address}, which leads to {to}"
            self._text(where, x + 16, y + 31, size=12, colour=_FAINT, room=room)
            y += 2 * _LINE

    def _firewall_tops(self) -> Iterator[tuple[str, int]]:
        """Where the box of each firewall begins, one below the other."""
        top = self._network_bottom + _GAP
        for name in self._topology.firewalls:
            yield name, top
            top += self._firewall_height(name) + _GAP

    def _firewall_height(self, name: str) -> int:
        return _FIREWALL_HEAD + _GAP + len(self._rows[name]) * _ROW

    def _firewall(self, name: str, firewall: Firewall, y: float) -> None:
        width = self._width - 2 * _MARGIN
        places = [*self._interfaces(firewall)]
        for _, _, x, _ in places:
            self._drawing.append(
                drawsvg.Line(x, self._network_bottom, x, y, stroke=_FIREWALL_EDGE, stroke_width=3)
            )
        self._box(_MARGIN, y, width, self._firewall_height(name), _FIREWALL, _FIREWALL_EDGE)
        for interface, address, x, room in places:
            self._text(address, x, y + 24, weight=600, anchor="middle", room=room)
            self._text(interface, x, y + 42, size=12, colour=_FAINT, anchor="middle", room=room)
        title, middle = y + _FIREWALL_HEAD + 2, self._width / 2
        self._text(name, middle, title, size=16, weight=600, anchor="middle")
        if not isinstance(firewall, ProxyFirewall):
            what = _WHAT.get(firewall.engine, f"{firewall.engine}, by its own file")
            self._text(what, middle, title + _LINE, size=12, colour=_FAINT, anchor="middle")
        y += _FIREWALL_HEAD + _GAP
        for row in self._rows[name]:
            self._row(row, y)
            y += _ROW

    def _row(self, row: _Row, y: float) -> None:
        start, end = (self._columns[name] + _COLUMN / 2 for name in (row.start, row.end))
        middle, forward = (start + end) / 2, 1 if end >= start else -1
        head = drawsvg.Marker(0, -4, 7, 4, scale=0.5 * _ARROW, orient="auto-start-reverse")
        head.append(drawsvg.Lines(0, -3.5, 7, 0, 0, 3.5, close=True, fill=row.colour))
        line = drawsvg.Line(
            start - forward * _REACH,
            y,
            end + forward * _REACH,
            y,
            stroke=row.colour,
            stroke_width=_ARROW,
            marker_end=head,
        )
        if row.both_ways:
            line.args |= {"marker-start": head, "stroke-dasharray": "7 5"}
        self._drawing.append(line)
        room = max(abs(end - start), _COLUMN)
        self._text(
            row.what,
            middle,
            y - 10,
            size=13,
            weight=600,
            colour=row.colour,
            anchor="middle",
            room=room,
        )
        self._text(row.how, middle, y + 19, size=12, colour=_FAINT, anchor="middle", room=room)

    def _interfaces(self, firewall: Firewall) -> Iterator[tuple[str, str, float, float]]:
        """The name and address of each interface, where it is, and how much room it has there.

        Those on one network stand side by side below it.
        """
        for network, left in self._columns.items():
            here = {
                name: each.address
                for name, each in firewall.interfaces.items()
                if self._topology.network_of(each.address) == network
            }
            for number, (name, address) in enumerate(here.items()):
                room = _COLUMN / len(here)
                yield name, str(address), left + (number + 0.5) * room, room

    def _box(self, x: float, y: float, width: float, height: float, fill: str, edge: str) -> None:
        self._drawing.append(
            drawsvg.Rectangle(x, y, width, height, rx=10, fill=fill, stroke=edge, stroke_width=1.5)
        )

    def _text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = 14,
        weight: int = 400,
        colour: str = _INK,
        anchor: str = "start",
        room: float | None = None,
    ) -> None:
        """Write a line of text, in smaller letters where there is no `room` for it."""
        if room is not None:
            size = min(size, room / (_NARROW * max(len(text), 1)))
        self._drawing.append(
            drawsvg.Text(text, size, x, y, fill=colour, font_weight=weight, text_anchor=anchor)
        )


#: What an engine is that has neither services nor a file.
_WHAT = {"router": "router: forwards packets as they are", "external": "a real box"}


def _address_lines(mta: MtaConfig) -> list[str]:
    """The addresses of an MTA's host, a few in a line."""
    addresses = [*map(str, mta.server.transport_stack.addresses)]
    return [
        ", ".join(addresses[first : first + _ADDRESSES])
        for first in range(0, len(addresses), _ADDRESSES)
    ]


def _rows(topology: Topology, firewall: Firewall) -> Iterator[_Row]:
    if not isinstance(firewall, ProxyFirewall):
        return
    for service in firewall.services:
        here = firewall.listens_at(service)
        onward = firewall.interfaces[service.onward_interface].address
        colour = _KEPT if service.client_side_transparency else _REWRITTEN
        yield _Row(
            str(topology.network_of(here.address)),
            str(topology.network_of(onward)),
            f"{service.name}: {here} to {service.destination}",
            f"{service.destination.address} sees {_source(firewall, service)}",
            colour,
            both_ways=False,
        )
    for tunnel in firewall.tunnels:
        one, other = (str(topology.network_of(end)) for end in tunnel.between)
        what = f"{tunnel.name}: {tunnel.between[0]} and {tunnel.between[1]}, port {tunnel.port}"
        yield _Row(one, other, what, "routed as it is", _ROUTED, both_ways=True)


def _source(firewall: Configuration, service: Service) -> str:
    if service.client_side_transparency:
        return "the client's own address"
    if service.source_rewrite:
        return str(firewall.interfaces[service.onward_interface].address)
    return "the address that the route chooses"
