"""The lab: topologies, backends, captures and verdicts."""
