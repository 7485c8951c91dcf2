"""Writes the hyper-parameters, the curves and the metrics of trials as TensorBoard reads them."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fgspace import Observer, Report, StudyFacts, Trial

from fgspace_tracking.plain import finite, flat, needed


class TensorBoard(Observer):
    """Writes a run of TensorBoard for each trial: `tensorboard --logdir DIR/tensorboard`.

    A run has the hyper-parameters of its trial, the metrics of every epoch that is reported, and the metrics of its end
    as `final/NAME`, which the tab HPARAMS compares. Values that are no plain numbers or words, such as vectors, are
    written as JSON.

    Args:
        folder: where the runs are written, in the folder of the search where it is relative.
        reports: whether evaluators report after every epoch, which may take them time.
    """

    def __init__(self, folder: str = "tensorboard", reports: bool = True) -> None:
        self.reports = reports
        self._events = needed("tensorboard.summary.writer.event_file_writer", "tensorboard")
        self._protos = needed("tensorboard.compat.proto.event_pb2", "tensorboard")
        self._summaries = needed("tensorboard.compat.proto.summary_pb2", "tensorboard")
        self._api = needed("tensorboard.plugins.hparams.api_pb2", "tensorboard")
        self._data = needed("tensorboard.plugins.hparams.plugin_data_pb2", "tensorboard")
        self._name = folder
        self._folder = Path(folder)
        self._writers: dict[int, Any] = {}
        self._steps: dict[int, int] = {}

    def study_began(self, study: StudyFacts) -> None:
        """Find the folder."""
        self._folder = (study.folder or Path()) / self._name

    def reported(self, trial: Trial, report: Report) -> None:
        """Write the metrics after an epoch."""
        self._steps[trial.number] = report.epoch
        self._scalars(self._writer(trial), finite(report.metrics), report.epoch)

    def trial_ended(self, trial: Trial) -> None:
        """Write the hyper-parameters and the outcome, and close the run; a duplicate has none."""
        if trial.duplicate_of is not None:
            return
        writer, step = self._writer(trial), self._steps.pop(trial.number, 0)
        final = {f"final/{name}": value for name, value in finite(trial.metrics).items()}
        self._hyper_parameters(writer, flat(trial.point), final, time.time() - (trial.seconds or 0.0))
        self._scalars(writer, final, step)
        status = self._api.STATUS_SUCCESS if trial.measured else self._api.STATUS_FAILURE
        end = self._data.SessionEndInfo(status=status, end_time_secs=time.time())
        self._tell_tab(writer, "session_end_info", session_end_info=end)
        self._writers.pop(trial.number).close()

    def study_ended(self, front: Sequence[Trial], outputs: Path | None) -> None:
        """Close the runs of trials that were interrupted."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _writer(self, trial: Trial) -> Any:
        if trial.number not in self._writers:
            folder = self._folder / f"trial-{trial.number:05}"
            self._writers[trial.number] = self._events.EventFileWriter(str(folder))
        return self._writers[trial.number]

    def _scalars(self, writer: Any, metrics: Mapping[str, float], step: int) -> None:
        for name, value in metrics.items():
            one = self._summaries.Summary.Value(tag=name, simple_value=value)
            self._add(writer, self._summaries.Summary(value=[one]), step)

    def _add(self, writer: Any, summary: Any, step: int = 0) -> None:
        writer.add_event(self._protos.Event(wall_time=time.time(), step=step, summary=summary))

    def _hyper_parameters(
        self, writer: Any, points: Mapping[str, Any], metrics: Mapping[str, float], start: float
    ) -> None:
        """Write the values of a point, and which metrics the tab HPARAMS shows beside them."""
        api = self._api
        columns = [api.HParamInfo(name=path, type=self._type(value)) for path, value in points.items()]
        shown = [api.MetricInfo(name=api.MetricName(tag=name)) for name in metrics]
        self._tell_tab(writer, "experiment", experiment=api.Experiment(hparam_infos=columns, metric_infos=shown))
        begun = self._data.SessionStartInfo(start_time_secs=start)
        for path, value in points.items():
            kind = "bool" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
            setattr(begun.hparams[path], f"{kind}_value", value)
        self._tell_tab(writer, "session_start_info", session_start_info=begun)

    def _tell_tab(self, writer: Any, name: str, **content: Any) -> None:
        """Write what the tab HPARAMS reads: a summary without a value, whose metadata hold the content."""
        data = self._data.HParamsPluginData(version=0, **content).SerializeToString()
        plugin = self._summaries.SummaryMetadata.PluginData(plugin_name="hparams", content=data)
        metadata = self._summaries.SummaryMetadata(plugin_data=plugin)
        value = self._summaries.Summary.Value(tag=f"_hparams_/{name}", metadata=metadata)
        self._add(writer, self._summaries.Summary(value=[value]))

    def _type(self, value: Any) -> Any:
        if isinstance(value, bool):
            return self._api.DATA_TYPE_BOOL
        return self._api.DATA_TYPE_STRING if isinstance(value, str) else self._api.DATA_TYPE_FLOAT64
