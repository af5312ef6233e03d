"""The Diagnostics Logging page: how much of each category the event log and the text logs show."""

from pydantic import PositiveInt

from labkit.config import Section
from mta_emu.mta.log.events import Category, Definition, Level


class DiagnosticsLogging(Section):
    """The server's Diagnostics Logging page: a level for each category (Q165111).

    Turned up, it also writes text logs: Ev0.log as soon as any category is, Bf0.log for
    interoperability, Ap0.log for APDUs.
    """

    x400_service: Level = Level.NONE
    """X.400 Service; from minimum on event 301 is logged."""
    security: Level = Level.NONE
    """Security."""
    resource: Level = Level.NONE
    """Resource."""
    configuration: Level = Level.NONE
    """Configuration."""
    operating_system: Level = Level.NONE
    """Operating System."""
    interoperability: Level = Level.NONE
    """Interoperability, which Bf0.log has."""
    apdu: Level = Level.NONE
    """APDU, which Ap0.log has."""
    text_log_size: PositiveInt = 5120
    """KB at which a text log is rolled over."""

    def level(self, category: Category) -> Level:
        """How much is logged of a category."""
        chosen: Level = getattr(self, category.name.lower())
        return chosen

    def logs(self, definition: Definition) -> bool:
        """Whether an event is logged."""
        return self.level(definition.category).reaches(definition.level)

    @property
    def turned_up(self) -> bool:
        """Whether any category shows more than warnings and errors."""
        return any(self.level(category) is not Level.NONE for category in Category)

    @property
    def shows_the_wire(self) -> bool:
        """Whether a text log has what is said on associations."""
        logs = (Category.INTEROPERABILITY, Category.APDU)
        return any(self.level(category) is not Level.NONE for category in logs)

    @property
    def text_log_octets(self) -> int:
        """The octets at which a text log is rolled over."""
        return self.text_log_size << 10
