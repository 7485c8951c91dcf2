"""Makes onnxruntime believe that the processor has AVX2 and nothing newer, since it has no setting for that.

A copy of its library gets a trap in place of every cpuid instruction, and a handler answers those without the bits of
AVX-512, VNNI and AMX. Needs gcc and objdump, and Linux on x86-64.
"""

import ctypes
import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CPUID, TRAP = b"\x0f\xa2", b"\xcc\x90"


def missing() -> str | None:
    """Return what is missing for it, None if nothing is."""
    lacking = [name for name in ("gcc", "objdump") if shutil.which(name) is None]
    if lacking:
        return f"{' and '.join(lacking)} are not installed"
    return None if sys.platform == "linux" and platform.machine() == "x86_64" else "this is no Linux on x86-64"


def restrict(folder: Path) -> None:
    """Have `import onnxruntime`, which must not have happened yet, import a copy that sees AVX2 at most."""
    handler = folder / "cpuid.so"
    source = Path(__file__).with_name("cpuid.c")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", str(source), "-o", str(handler)], check=True)
    found = find_spec("onnxruntime")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("onnxruntime is not installed")
    copy = folder / "patched" / "onnxruntime"
    shutil.copytree(Path(found.origin).parent, copy)
    (library,) = (copy / "capi").glob("onnxruntime_pybind11_state*.so")
    library.write_bytes(_patched(library))
    ctypes.CDLL(str(handler)).install()
    sys.path.insert(0, str(copy.parent))


def _patched(library: Path) -> bytes:
    """Return a library with a trap in place of every cpuid instruction."""
    listed = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", library], capture_output=True, text=True, check=True
    )
    data = bytearray(library.read_bytes())
    for line in listed.stdout.splitlines():
        address, _, instruction = line.partition(":")
        if instruction.strip() != "cpuid":
            continue
        at = int(address, 16)  # text lies in the file where it lies in memory
        if data[at : at + 2] != CPUID:
            raise ValueError(f"{library}: no cpuid at {at:#x}")
        data[at : at + 2] = TRAP
    return bytes(data)
