"""The shortest list of steps that still breaks the same promise, so that a person can read it."""

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.play import Result, run
from tests.simulation.steps import Plan, Step

TRIES_MAX = 160


class Shrinker:
    """Leaves out steps, then faults of links, as long as what is left breaks the promise that was broken."""

    def __init__(
        self, found: Result, play: Callable[[Plan], Result] = run, tries_max: int = TRIES_MAX
    ) -> None:
        """found: a run that broke a promise."""
        assert found.broken is not None, "there is nothing to find"
        self._promise, self._play = found.broken.promise, play
        self.best, self._tries_left = found, tries_max

    def shrink(self) -> Result:
        """The run of the shortest plan that was found."""
        self._try(self._steps[: self.best.at_step])
        size = max(1, len(self._steps) // 2)
        while size:
            self._leave_out(size)
            size //= 2
        self._calm()
        return self.best

    @property
    def _steps(self) -> tuple[Step, ...]:
        return self.best.plan.steps

    def _leave_out(self, size: int) -> None:
        start = len(self._steps)
        while start > 0:
            start = min(start, len(self._steps)) - size
            steps = self._steps
            self._try(steps[: max(0, start)] + steps[max(0, start + size) :])

    def _calm(self) -> None:
        """Without the faults of each exchange, all or one by one."""
        for index, step in enumerate(self._steps):
            for place in (None, *range(len(step.fates))):
                now = self._steps[index]
                fates = "" if place is None else now.fates[:place] + "." + now.fates[place + 1 :]
                calmer = replace(now, fates=fates.rstrip("."))
                if calmer != now:
                    self._try((*self._steps[:index], calmer, *self._steps[index + 1 :]))

    def _try(self, steps: tuple[Step, ...]) -> None:
        if self._tries_left == 0:
            return
        self._tries_left -= 1
        result = self._play(replace(self.best.plan, steps=steps))
        if result.broken is not None and result.broken.promise == self._promise:
            self.best = result
