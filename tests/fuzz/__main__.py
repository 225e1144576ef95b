"""`python -m tests.fuzz --target parcel --seconds 60`: the same targets, guided by coverage (Atheris).

Without --target every target gets its share of the time. New inputs that reach new code are kept in a
temporary folder and thrown away; one that breaks a property is printed, written to ./crash-<its hash>,
and the answer is 1. Atheris exists for CPython up to 3.12 on Linux; elsewhere this command says so
and answers 2, and the seeded share in `make test` is all there is.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

try:
    import atheris
except ImportError:
    atheris = None

CORPUS = Path(__file__).parent / "corpus"
INPUT_BYTES_MAX = 64 * 1024
MEMORY_MIB_MAX = 1024
ONE_INPUT_SECONDS_MAX = 20


def hunt(name: str, seconds: int, seed: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    with atheris.instrument_imports(include=["sync", "catalog_cache"]):
        from tests.fuzz.samples import TARGETS, change, samples
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder)
        for number, data in enumerate(samples()[name]):
            (found / f"sample-{number}").write_bytes(data)
        arguments = [sys.argv[0], str(found), *([str(CORPUS / name)] if (CORPUS / name).is_dir() else [])]
        arguments += [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={INPUT_BYTES_MAX}"]
        arguments += [f"-rss_limit_mb={MEMORY_MIB_MAX}", f"-timeout={ONE_INPUT_SECONDS_MAX}"]

        def mutate(data: bytes, max_size: int, chance: int) -> bytes:
            if chance % 3 == 0:
                return atheris.Mutate(data, max_size)
            return change(name, data, Random(chance))[:max_size]

        atheris.Setup(arguments, TARGETS[name], custom_mutator=mutate)
        atheris.Fuzz()


def run(name: str, seconds: int, seed: int) -> tuple[bool, str]:
    """Fuzz one target in a process of its own; whether it held, and its last line."""
    command = [sys.executable, "-m", "tests.fuzz", "--target", name, "--seconds", str(seconds)]
    with tempfile.TemporaryDirectory() as folder:  # libFuzzer ends at once and cleans nothing
        own = os.environ | {"TMPDIR": folder}
        command += ["--seed", str(seed)]
        done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode:
        print(done.stderr[-6000:], flush=True)
    return done.returncode == 0, lines[-1] if lines else "no output"


def main() -> int:
    """One target in this process, or all of them one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--target")
    parser.add_argument("--seconds", type=int, default=60, help="for the one target, or for all together")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if atheris is None:
        print("Atheris is not installed for this Python: the coverage-guided fuzzing did NOT run.")
        return 2
    if given.target:
        hunt(given.target, given.seconds, given.seed)
        return 0
    names = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
    results = {name: run(name, max(5, given.seconds // len(names)), given.seed) for name in names}
    for name, (holds, told) in results.items():
        print(f"- {'ok' if holds else 'BROKEN'}  {name}: {told}")
    return 0 if all(holds for holds, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
