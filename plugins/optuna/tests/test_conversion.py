"""Studies to Optuna and from it: what becomes of spaces and trials, and the errors."""

import optuna
import pytest
from fgspace import FgspaceError, ForeignFile, Results, space
from fgspace.testing import ConverterSuite
from fgspace_optuna.converter import OptunaConverter
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    """Return a loss that some trials do not have."""
    rate = trial.suggest_float("model.rate", 1e-4, 0.1, log=True)
    depth = trial.suggest_int("depth", 2, 10, step=2)
    kind = trial.suggest_categorical("optimizer", ["sgd", "adam", None])
    if kind == "sgd":
        rate += trial.suggest_float("momentum", 0.0, 0.9)
        if trial.suggest_categorical("nesterov", [True, False]):
            rate += trial.suggest_int("warmup", 1, 3)
    if trial.number == 3:
        raise ValueError("no such network")
    for step in range(3):
        trial.report(rate + depth / (step + 1), step)
        if trial.number == 4 and step == 1:
            raise optuna.TrialPruned
    return rate + depth


def made(storage, name="theirs"):
    """Return a study of Optuna with 16 trials, one of which failed, and one was pruned."""
    study = optuna.create_study(storage=storage, study_name=name, sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(objective, 16, catch=ValueError)
    return study


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """Return the files of two studies of Optuna, a database and a journal."""
    folder = tmp_path_factory.mktemp("theirs")
    made(f"sqlite:///{folder}/theirs.db")
    journal = optuna.storages.journal.JournalFileBackend(str(folder / "theirs.log"))
    made(optuna.storages.JournalStorage(journal))
    return folder


class TestConverter(ConverterSuite):
    converter = OptunaConverter

    @pytest.fixture(autouse=True)
    def given_files(self, theirs):
        self.files = sorted(theirs.glob("theirs.*"))


@pytest.mark.parametrize("file", ["theirs.db", "theirs.log"])
def test_a_study_of_optuna_becomes_a_space_with_trials(theirs, file):
    found = OptunaConverter().convert(ForeignFile(theirs / file))
    assert found.sections == {
        "search_space": {
            "type": "FineGrainedSpace",
            "hyper_parameters": {
                "model_rate": {"float": [1e-4, 0.1], "log": True},
                "depth": {"int": [2, 10, 2]},
                "optimizer": {
                    "choice": [
                        {
                            "name": "sgd",
                            "momentum": {"float": [0.0, 0.9]},
                            "nesterov": {"choice": [{"name": True, "warmup": {"int": [1, 3]}}, False]},
                        },
                        "adam",
                        None,
                    ]
                },
            },
        },
        "objectives": {"objective": "min"},
    }
    assert [note.message for note in found.notes] == ["'model.rate' has the name 'model_rate' here"]
    of, study = space(found.sections), optuna.load_study(study_name=None, storage=f"sqlite:///{theirs}/theirs.db")
    assert all(of.contains(trial.point) for trial in found.trials)
    assert [trial.number for trial in found.trials] == list(range(16))
    for trial, one in zip(found.trials, study.trials, strict=True):
        assert (trial.point["model_rate"], trial.point["depth"]) == (one.params["model.rate"], one.params["depth"])
        assert trial.point.get("optimizer.option.momentum") == one.params.get("momentum")
        assert trial.point.get("optimizer.option.nesterov.option.warmup") == one.params.get("warmup")
        if one.state == TrialState.COMPLETE:
            assert (trial.state, trial.metrics) == ("complete", {"objective": one.value})
    failed, pruned = found.trials[3:5]
    assert (failed.state, failed.metrics, failed.error) == ("failed", {}, "failed in Optuna")
    assert (pruned.state, pruned.error, len(pruned.curve)) == ("stopped", "pruned by Optuna", 2)
    assert (pruned.curve[-1].epoch, pruned.curve[-1].metrics) == (2, pruned.metrics)


def test_what_is_not_as_it_was_is_named(tmp_path):
    study = optuna.create_study(storage=f"sqlite:///{tmp_path}/odd.db", directions=["minimize", "maximize"])
    for low, high in ((1, 4), (2, 9)):
        trial = study.ask()
        trial.suggest_int("width", low, high)
        trial.suggest_categorical("type", [1, True])
        trial.suggest_float("x", 0, 1)
        if low == 1:
            trial.suggest_float("x.y", 0, 1)
        study.tell(trial, (float(low), 2.0))
    study.ask()
    study.tell(study.ask(), state=TrialState.FAIL)
    found = OptunaConverter().convert(ForeignFile(tmp_path / "odd.db"))
    assert [note.message for note in found.notes] == [
        "1 trial of 4 not finished, left out",
        "1 trial without parameters, left out",
        "'type' has the name 'type_parameter' here",
        "'x.y' has the name 'x_y' here",
        "x.y: 1 trials lack it, and no option of a category explains that; it is always searched here, and these trials"
        " have its initial value",
        "width: trials have 2 ranges of it; here it has the range from 1 to 9",
        "type: options that are equal, such as 1 and true, are text here",
    ]
    assert found.sections["objectives"] == {"objective_0": "min", "objective_1": "max"}
    assert [trial.metrics for trial in found.trials] == [
        {"objective_0": 1.0, "objective_1": 2.0},
        {"objective_0": 2.0, "objective_1": 2.0},
    ]


def test_constraints_of_optuna_are_metrics_with_a_bound(tmp_path):
    study = optuna.create_study(storage=f"sqlite:///{tmp_path}/bound.db")
    distributions = {"x": optuna.distributions.FloatDistribution(0, 1)}
    for x, excess in ((0.25, -1.0), (0.75, 2.0)):
        study.add_trial(
            create_trial(value=x, params={"x": x}, distributions=distributions, constraints={"memory": excess})
        )
    found = OptunaConverter().convert(ForeignFile(tmp_path / "bound.db"))
    assert found.sections["constraints"] == {"constraint memory": {"max": 0}}
    assert [trial.metrics for trial in found.trials] == [
        {"objective": 0.25, "constraint memory": -1.0},
        {"objective": 0.75, "constraint memory": 2.0},
    ]


def test_a_study_goes_to_optuna_and_comes_back_as_it_was(searched, fgspace, folder):
    done = fgspace("convert", "hill", "--to", "optuna", "--storage", "sqlite:///ours.db", "-p", "./hill.py")
    results = Results(searched)
    trials = list(results.trials)
    failed = sum(trial.state == "failed" for trial in trials)
    pruned = sum(trial.state == "infeasible" for trial in trials)
    counts = f"{len(trials) - failed - pruned} complete"
    counts += f", {failed} fail" if failed else ""
    counts += f", {pruned} pruned" if pruned else ""
    assert (done.stdout, done.stderr) == (f"sqlite:///ours.db: study 'hill' of {len(trials)} trials: {counts}\n", "")
    study = optuna.load_study(study_name="hill", storage=f"sqlite:///{folder}/ours.db")
    assert study.metric_names == ["score", "size"]
    assert [one.name for one in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    for trial, one in zip(trials, study.trials, strict=True):
        assert one.params["depth"] == trial.point["depth"]
        assert [one.params[f"mask.{at}"] for at in range(6)] == trial.point["mask"]
        assert ("optimizer.option#0.rate" in one.params) == (trial.point["optimizer"] == "option#0")
        assert one.values == ([trial.metrics["score"], trial.metrics["size"]] if trial.measured else None)
        assert one.duration.total_seconds() == pytest.approx(trial.seconds or 0.0, abs=1e-5)
    assert [one.number for one in study.best_trials] == [trial.number for trial in results.front()]
    results.close()
    done = fgspace("convert", "ours.db", "-p", "./hill.py", "--out", "back")
    assert (done.returncode, done.stderr) == (0, "")
    back = Results(folder / "back")
    assert [(one.point, one.state, one.metrics, one.error) for one in back.trials] == [
        (one.point, one.state, one.metrics if one.state != "failed" else {}, one.error) for one in trials
    ]
    assert back.identity.digest == results.identity.digest
    back.close()
    done = fgspace("convert", "hill", "--to", "optuna", "--storage", "sqlite:///ours.db", "-p", "./hill.py")
    said = "sqlite:///ours.db: has a study 'hill' already; name another by --study\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.soak
def test_a_study_of_optuna_becomes_a_folder_that_a_search_starts_from(theirs, fgspace, folder):
    done = fgspace("convert", str(theirs / "theirs.db"), "--out", "theirs")
    assert done.stdout == (
        "theirs\nnext: fgspace report theirs\nstart a search from its front: fgspace search FILE --from theirs\n"
    )
    assert (done.returncode, done.stderr.partition(":1: ")[2]) == (0, "'model.rate' has the name 'model_rate' here\n")
    assert fgspace("status", "theirs").stdout.startswith("16 trials\nfinished\n")
    assert fgspace("report", "theirs", "--out", "theirs.html").returncode == 0
    (folder / "depth.yaml").write_text(
        "search_space: {depth: {int: [1, 12]}, kernel: 3, mask: [1], optimizer: {rate: 0.1}}\n"
        "evaluator: {type: Hill}\nobjectives: {score: max}\nbudget: {trials: 2}\n"
        "search_algorithm: {type: RandomSearch}\n"
    )
    done = fgspace("search", "depth.yaml", "--from", "theirs", "-p", "./hill.py", "--out", "next")
    assert done.returncode == 0, done.stderr
    results = Results(folder / "next")
    assert results.trials[0].point == {"depth": 2}
    assert results.trials[0].lineage["operator"] == "given"
    results.close()


def test_errors_say_what_to_do(theirs, folder, searched, fgspace, tmp_path):
    def said(*arguments):
        done = fgspace("convert", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr

    assert said("hill", "--to", "optuna", "--storage", "nonsense://x", "-p", "./hill.py") == (
        "--storage nonsense://x: expected the URL of a database, such as sqlite:///studies.db, or a file\n"
    )
    assert said("--storage", "sqlite:////nowhere/at/all.db") == (
        "--storage sqlite:////nowhere/at/all.db: unable to open database file\n"
    )


@pytest.mark.parametrize(
    ("names", "chosen", "said"),
    [
        ([], None, "{}: holds no study of Optuna"),
        (["a", "b"], None, "{}: holds 2 studies; choose by --study: a, b"),
        (["a", "b"], "c", "{}: has no study 'c'; there are a, b"),
        (["a"], None, "{}: no finished trial of the study has parameters, and so there is no space"),
    ],
)
def test_a_storage_without_the_study_is_named(tmp_path, names, chosen, said):
    file = tmp_path / "some.db"
    optuna.storages.RDBStorage(f"sqlite:///{file}")
    for name in names:
        optuna.create_study(storage=f"sqlite:///{file}", study_name=name)
    with pytest.raises(FgspaceError) as caught:
        OptunaConverter().convert(ForeignFile(file, study=chosen))
    assert str(caught.value) == said.format(file)
