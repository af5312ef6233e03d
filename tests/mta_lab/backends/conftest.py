"""The engines that several of these tests share."""

from tests.engines import swarm

__all__ = ["swarm"]  # a fixture
