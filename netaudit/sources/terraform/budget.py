"""Bounds on the work and the memory that one reading may take; exceeding them is told, never suffered."""

from __future__ import annotations

from dataclasses import dataclass

MAX_STEPS = 1_000_000
STEPS_PER_BLOCK = 500
MOST_STEPS = 10_000_000
MAX_RECOVERIES = 10
RECOVERED_STEPS = 20_000
MAX_TEXT = 4_000_000
MAX_PARTS = 1_000_000
MAX_PARTS_WRITTEN = 100_000  # of one argument, where whole resources are written out
MAX_INSTANCES = 20_000
MAX_INSTANCES_EACH = 10_000
INSTANCES_PER_MODULE = 8
MAX_DEPTH_OF_MODULES = 40


class BudgetExceededError(Exception):
    """More work, text or instances than allowed; the message names the bound."""


@dataclass(slots=True)
class Budget:
    """What is left. One step is one evaluated node or one element or hundred characters produced."""

    steps: int = MAX_STEPS
    granted: int = MAX_STEPS
    instances: int = MAX_INSTANCES
    recoveries: int = MAX_RECOVERIES

    def grow(self, blocks: int) -> None:
        """A larger configuration may take more: a little for each block that is read, up to a bound."""
        more = min(blocks * STEPS_PER_BLOCK, MOST_STEPS - self.granted)
        self.granted += more
        self.steps += more

    def recover(self) -> None:
        """After an excess: a little more, so that the rest of the configuration is still read."""
        self.recoveries -= 1
        self.steps = max(self.steps, RECOVERED_STEPS if self.recoveries > 0 else 0)

    def spend(self, steps: int = 1) -> None:
        """Account for work done. Raises `BudgetExceededError`."""
        self.steps -= steps
        if self.steps < 0:
            raise BudgetExceededError(f"the configuration takes more than {self.granted} steps to evaluate")

    def text(self, size: int) -> None:
        """Account for a text of this size. Raises `BudgetExceededError`."""
        if size > MAX_TEXT:
            raise BudgetExceededError(f"a text longer than {MAX_TEXT} characters")
        self.spend(size // 100)

    def value(self, parts: int) -> None:
        """Account for a value of so many parts, however few are kept. Raises `BudgetExceededError`."""
        if parts > MAX_PARTS:
            raise BudgetExceededError(f"a value of more than {MAX_PARTS} parts")

    def instance(self, count: int) -> None:
        """Account for the instances of one block. Raises `BudgetExceededError`."""
        if count > MAX_INSTANCES_EACH:
            raise BudgetExceededError(f"more than {MAX_INSTANCES_EACH} instances of one block")
        self._take(count)

    def modules(self, count: int) -> None:
        """Account for the instances of a module call; each costs more than a resource's."""
        self._take(count * INSTANCES_PER_MODULE)

    def _take(self, count: int) -> None:
        self.instances -= count
        if self.instances < 0:
            raise BudgetExceededError(f"more than {MAX_INSTANCES} instances in all")
