"""The firewall between the MTAs: generic service passers, transparency, tunnels."""
