"""The public names of `fgspace`, which stay, and the modules that their use loads."""

import inspect
import subprocess
import sys

import fgspace

PUBLIC = """
    Add Algorithm Append Bank CallOutcome Check Checked Choice Comparison Concat ConversionNote Converted Converter
    Cost CostRule CostType Counted CountedNetwork Curve Dataset DatasetRef DescribedSpace Description
    DescriptionError Domain EarlyStopping Evaluator Executor ExecutorError Exhausted Expected Exporter FgspaceError
    FineGrainedSpace Fit Float ForeignFile Graph Holds InWidth Int Interpolate LONGEST_SECONDS Layer Leaf Map
    Measurement Merge Metrics ModuleRef Multiply NetworkFacts Objectives Observer OutWidth PartError Point
    Preprocessing Process ProcessExecutor Provided Reference Registry Repeat Report Results Sample SearchTask
    Searched Sequential SerialExecutor Shape Space Step Study StudyFacts TokenSpace Tokens Trial TrialError Tuple
    Values Vector View WrittenStudy __version__ bits build check compress digest dominates expected exporter halvings
    hookimpl
    import_modules load_weights nn non_dominated plot progress reference refusal register space split_processes
    trace untrained value_of
"""
"""The names that programs and plugins may rely on: add new ones here, and remove none."""


def printed_by(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_public_names_are_those_that_were_promised():
    assert sorted(fgspace.__all__) == PUBLIC.split()


def test_before_any_is_used_dir_shows_every_public_name_and_loads_none():
    program = "import sys, fgspace; print(*dir(fgspace)); print('fgspace.api' in sys.modules, 'nn' in vars(fgspace))"
    assert printed_by(program).splitlines() == [" ".join(PUBLIC.split()), "False False"]


def test_a_star_import_gives_the_public_names_and_does_without_torch():
    program = (
        "before = set(dir()); from fgspace import *; import sys\n"
        "print(*sorted(set(dir()) - before - {'before', 'sys'}))\nprint('torch' in sys.modules)"
    )
    assert printed_by(program).splitlines() == [" ".join(PUBLIC.split()), "False"]


def test_every_public_class_and_function_says_what_it_is():
    things = {name: getattr(fgspace, name) for name in fgspace.__all__}
    known = {name: thing for name, thing in things.items() if inspect.isclass(thing) or inspect.isfunction(thing)}
    assert len(known) > 50
    # The default docstring of a dataclass is its signature.
    silent = [name for name, thing in known.items() if (thing.__doc__ or f"{name}(").startswith(f"{name}(")]
    assert silent == []
