import pytest

from labkit.errors import ConfigurationError
from mta_lab.engines.requirements import Requirement, require


def test_what_is_there_is_not_complained_of() -> None:
    require(Requirement("sh", "dash"))


def test_what_is_missing_is_named_with_the_package() -> None:
    with pytest.raises(ConfigurationError, match="no-such-program; on Debian: apt install no-pkg"):
        require(Requirement("sh", "dash"), Requirement("no-such-program", "no-pkg"))
