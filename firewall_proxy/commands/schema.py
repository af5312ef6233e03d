"""`firewall-proxy schema`: what a configuration file may have."""

from firewall_proxy.config import Configuration
from labkit.config import schema
from labkit.output import say_document


def print_schema() -> None:
    """Print the JSON schema of configuration files, for editors; docs/ has it too."""
    say_document(schema(Configuration))
