"""`python -m firewall_proxy` is the command `firewall-proxy`."""

from firewall_proxy.cli import main

main()
