"""The cost `LatencyTable`: milliseconds on a device, the sum of those of the layers, each measured once."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from fgspace import CountedNetwork, FgspaceError, Layer, Space

from fgspace_latency import table as tables
from fgspace_latency.profiling import LayerTimer, networks_of
from fgspace_latency.runtimes import Runtime, check_runtime
from fgspace_latency.table import Key, Table, key_of, named

_SHOWN = 3
_UNQUANTISED = 32 * 32


class LatencyTable:
    """Adds up the milliseconds of the layers of a network, as `fgspace profile FILE` has measured them one by one.

    Operations that are not layers (additions, concatenations) take no time here, and a runtime that joins layers takes
    less than their sum: the order of networks is kept better than their milliseconds. Quantised networks have none.

    Args:
        file: the table, which `fgspace profile` writes.
        runtime: what the layers are measured in, onnxruntime or torch; a device command gets ONNX files.
        threads: the number of threads of one run.
        space: the space, which the search gives.
    """

    def __init__(self, file: str, runtime: Runtime = "onnxruntime", threads: int = 1, space: Any = None) -> None:
        self.file, self.runtime, self.threads = file, runtime, threads
        self._space: Space = space

    def __call__(self, network: CountedNetwork) -> float:
        """Return the milliseconds of a network.

        Raises:
            ValueError: the table lacks layers of it, or it is quantised.
        """
        table = self._table
        keys = [key_of(row) for row in _layers(network)]
        lacking = list(dict.fromkeys(key for key in keys if key not in table.layers))
        if lacking:
            more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
            layers = ", ".join(map(named, lacking[:_SHOWN]))
            raise ValueError(f"file: {self.file!r} has no {layers}{more}; fgspace profile measures what it lacks")
        return (table.overhead or 0.0) + sum(table.layers[key] for key in keys)

    @cached_property
    def _table(self) -> Table:
        table = tables.read(self.file)
        self._check(table, table.settings.get("command"))
        return table

    def profile(
        self, space: Space, *, networks: int, command: str | None, timeout: float, tell: Callable[[str], object]
    ) -> str:
        """Measure the layers of a space that the table lacks, and return what it holds then.

        The table is written after each layer. See `fgspace.CostType`.

        Raises:
            FgspaceError: the table was measured otherwise, or a layer cannot be measured.
        """
        if command is None:
            try:
                check_runtime(self.runtime, self.threads, 1)
            except ValueError as error:
                raise FgspaceError(str(error)) from error
        table = self._begun(command)
        timer = LayerTimer(self.runtime, self.threads, command, timeout)
        if table.overhead is None:
            table = Table(table.settings, timer.overhead(), table.layers)
        before, looked = len(table.layers), 0
        for point, is_new in networks_of(space, networks):
            looked += 1
            rows = _layers(space.counted(point))
            new: dict[Key, Layer] = {key_of(row): row for row in rows if key_of(row) not in table.layers}
            is_new(bool(new))
            model = timer.network(space, point) if new else None
            for key, row in new.items():
                milliseconds = max(timer.milliseconds(model, row, named(key)) - (table.overhead or 0.0), 0.0)
                table = table.with_layer(key, milliseconds)
                tables.write(self.file, table)
                tell(f"{named(key)}: {milliseconds:.4g} ms")
        tables.write(self.file, table)
        found = len(table.layers) - before
        whole = "all" if looked == space.size else f"{looked:,} of {space.size:,}"
        return f"{self.file}: {len(table.layers)} layers, {found} of them measured now; {whole} networks looked at"

    def _begun(self, command: str | None) -> Table:
        settings = {"runtime": self.runtime, "threads": self.threads, "command": command}
        if not Path(self.file).expanduser().exists():
            return Table(settings)
        table = tables.read(self.file)
        self._check(table, command)
        return table

    def _check(self, table: Table, command: str | None) -> None:
        """Refuse a table that was measured in another way.

        Raises:
            FgspaceError: it was.
        """
        wanted = {"runtime": self.runtime, "threads": self.threads, "command": command}
        for name, value in wanted.items():
            if (known := table.settings.get(name)) != value:
                shown = "none" if value is None else repr(value)
                raise FgspaceError(
                    f"file: {self.file!r} was measured with {name} {known!r}, and not {shown}; name another file"
                )


def _layers(network: CountedNetwork) -> list[Layer]:
    """Return the layers that take time.

    Raises:
        ValueError: the network is quantised.
    """
    if network.costs.get("bops", network.costs["macs"] * _UNQUANTISED) != network.costs["macs"] * _UNQUANTISED:
        raise ValueError("the layers of quantised networks are not measured; use LatencyModel, or measure Latency")
    return [row for row in network.layers if row.type not in ("Buffer", "Identity", "Dropout")]
