"""Measure whole processes: CPU and wall seconds, peak memory, the median of several, and ratios to the floor.

    python benchmarks/run.py [--large] [--repeat 3] [--output benchmarks/results.json]

The floor is reading the same bytes with `yaml.load_all(…, Loader=CSafeLoader)`, measured in the same run. Work that
only solves (estates, nasty clusters) measures itself. Whatever was solved is then held to the reference judge on 5,000
flows, the clusters outside of what is measured. `--large` adds 50,000 workloads.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from estate import estate
from generate import cluster
from sample import disagreements
from terraform import measure as terraform_files

FLOOR = """
import pathlib, sys, yaml
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    list(yaml.load_all(file.open("rb"), Loader=yaml.CSafeLoader))
"""
PART = 12_000  # documents of one file: no file may hold more values than the reader's bound


@dataclass(frozen=True, slots=True)
class Measure:
    """Medians of one kind of work; `ratio` is to the floor's CPU seconds, 0 where there is none."""

    work: str
    cpu: float
    wall: float
    megabytes: float
    ratio: float = 0.0


def process(work: str, command: Sequence[str], repeat: int, floor: Measure | None = None) -> Measure:
    """Run a command several times."""
    cpus, walls, peaks = zip(*(_once(command) for _ in range(repeat)), strict=True)
    cpu = statistics.median(cpus)
    ratio = round(cpu / floor.cpu, 2) if floor else 0.0
    return Measure(work, round(cpu, 2), round(statistics.median(walls), 2), round(statistics.median(peaks), 1), ratio)


def _once(command: Sequence[str]) -> tuple[float, float, float]:
    start = time.monotonic()
    with Path(os.devnull).open("w", encoding="utf-8") as sink:
        child = subprocess.Popen([sys.executable, *command], stdout=sink, stderr=sink, env=_installed())
        _, status, usage = os.wait4(child.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def _installed() -> dict[str, str]:
    """The environment in which compiled modules are kept, as they are once a package is installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def clusters(sizes: Sequence[int], folder: Path, repeat: int, rules: str = "") -> list[Measure]:
    """All pairs as JSON for each size, or a check with rules."""
    found: list[Measure] = []
    for size in sizes:
        source = written(size, folder)
        floor = process(f"floor, {size} workloads", ["-c", FLOOR, str(source)], repeat)
        verb = ["check", str(source), "--rules", rules] if rules else ["reach", str(source)]
        name = "check, 20 rules" if rules else "all pairs"
        command = ["-m", "netaudit", *verb, "--format", "json"]
        found += [floor, process(f"{name}, {size} workloads", command, repeat, floor)]
    return found


def written(size: int, folder: Path) -> Path:
    """A folder with a cluster in files."""
    source = folder / f"cluster-{size}"
    if not source.exists():
        source.mkdir()
        for number, part in enumerate(batched(cluster(size))):
            (source / f"{number:03}.yaml").write_text("---\n".join(part), encoding="utf-8")
        hold(source)
    return source


def batched(documents: Iterable[str]) -> Iterator[list[str]]:
    """Documents in files of so many."""
    left = iter(documents)
    while part := list(islice(left, PART)):
        yield part


def hold(source: Path) -> None:
    """Hold the solution of a cluster to the judge, in a process of its own. Raises SystemExit where they differ."""
    command = [sys.executable, str(Path(__file__)), "--sample", str(source)]
    if told := subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip():
        raise SystemExit(f"solver and judge differ about {told}")


def rule_file(folder: Path) -> str:
    """Twenty rules: between namespaces, from the outside directly, and from it by chains."""
    ends = [(f"ns/ns-{n}", f"ns/ns-{n + 7} & label:tier=data", "direct") for n in range(10)]
    ends += [("internet", f"ns/ns-{n}", "pivot" if n % 2 else "direct") for n in range(10)]
    rules = [
        {"id": f"RULE-{n}", "kind": "forbid", "title": "keep apart", "from": source, "to": goal, "relation": relation}
        for n, (source, goal, relation) in enumerate(ends)
    ]
    path = folder / "rules.yaml"
    path.write_text(json.dumps({"version": 1, "rules": rules}), encoding="utf-8")
    return str(path)


def solving(work: str, size: int, *, nasty: bool) -> Measure:
    """Solve an estate in a process of its own, and hold a sample of it to the judge."""
    words = [str(Path(__file__)), "--solve", str(size), *(["--nasty"] if nasty else [])]
    answer = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True).stdout
    return Measure(work, **json.loads(answer))


def solve(size: int, *, nasty: bool) -> dict[str, float]:
    """All rows of an estate for all traffic, both bounds; raises SystemExit where solver and judge differ."""
    from resource import RUSAGE_SELF, getrusage  # noqa: PLC0415 - this process measures itself

    from netaudit.engine.solve import Reachability  # noqa: PLC0415

    network = estate(size, nasty=nasty)
    gc.disable()  # as the program does
    cpu, wall = time.process_time(), time.monotonic()
    solved = Reachability(network)
    for each in solved.classes:
        solved.parts(each)
    spent = {"cpu": round(time.process_time() - cpu, 2), "wall": round(time.monotonic() - wall, 2)}
    spent["megabytes"] = round(getrusage(RUSAGE_SELF).ru_maxrss / 1024, 1)
    if wrong := disagreements(solved):
        raise SystemExit(f"solver and judge differ about {len(wrong)} flows: {wrong[:3]}")
    return spent


def what_if(size: int) -> dict[str, dict[str, float]]:
    """CPU seconds from an edit of each kind to a row of the outcome, in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("what_if.py")), "--size", str(size)]
    answer: dict[str, dict[str, float]] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return answer


def whole_answers(size: int, folder: Path, repeat: int) -> list[Measure]:
    """The page of a cluster, and what differs where one workload has another label."""
    source, after = written(size, folder), folder / f"relabelled-{size}"
    shutil.copytree(source, after)
    first = after / "000.yaml"
    first.write_text(first.read_text(encoding="utf-8").replace("tier: front", "tier: data", 1), encoding="utf-8")
    drawing = ["-m", "netaudit", "diagram", "map", str(source), "-o", str(folder / "page.html")]
    comparing = ["-m", "netaudit", "diff", str(after), "--base", str(source)]
    return [
        process(f"page, {size} workloads", drawing, repeat),
        process(f"diff, {size} workloads", comparing, repeat),
    ]


def growth(measures: Sequence[Measure], small: int, large: int) -> dict[str, float]:
    """The exponents with which CPU time and memory of `check` grow between two sizes."""
    by_work = {each.work: each for each in measures}
    one, many = (by_work[f"check, 20 rules, {size} workloads"] for size in (small, large))
    steps = math.log(large / small)
    return {
        "time": round(math.log(many.cpu / one.cpu) / steps, 2),
        "memory": round(math.log(many.megabytes / one.megabytes) / steps, 2),
    }


def machine() -> dict[str, object]:
    """What the figures were taken on; no names and no paths."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    load = [round(each, 1) for each in os.getloadavg()]
    return {"processor": model, "cores": os.cpu_count(), "python": platform.python_version(), "load": load}


def all_work(folder: Path, repeat: int, *, large: bool) -> list[Measure]:
    """Everything in the table of targets that is measured."""
    start = process("python -c pass", ["-c", "pass"], repeat * 3)
    found = [start, process("netaudit --version", ["-m", "netaudit", "--version"], repeat * 3, start)]
    found += clusters((500, 1_000, 2_000), folder, repeat)
    found += clusters(
        (1_000, 2_000, 10_000, 50_000) if large else (1_000, 2_000, 10_000), folder, repeat, rule_file(folder)
    )
    found += whole_answers(10_000, folder, repeat)
    found.append(solving("solving, 10,000 interfaces", 10_000, nasty=False))
    found.append(solving("solving, 20,000 interfaces", 20_000, nasty=False))
    found.append(solving("solving, nasty, 5,000 interfaces", 5_000, nasty=True))
    return found


def main() -> None:
    """Measure, print a table, store the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--solve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--sample", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--nasty", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.solve:
        print(json.dumps(solve(given.solve, nasty=given.nasty)))
        return
    if given.sample:
        import netaudit  # noqa: PLC0415 - only here

        print("\n".join(disagreements(netaudit.load(given.sample).reachability)))
        return
    with tempfile.TemporaryDirectory() as folder:
        measures = all_work(Path(folder), given.repeat, large=given.large)
    for each in measures:
        ratio = f"{each.ratio:6.2f} × floor" if each.ratio else ""
        print(f"{each.work:36} {each.cpu:8.2f} CPU s {each.wall:8.2f} s {each.megabytes:8.1f} MB {ratio}")
    edits = what_if(10_000)
    print("what-if, 10,000 endpoints, CPU s:", *(f"\n  {kind}: {spent}" for kind, spent in edits.items()))
    exponents = growth(measures, 1_000, 10_000)
    print("growth of `check` from 1,000 to 10,000 workloads, exponents:", exponents)
    files = terraform_files(1_000, given.repeat)
    print("a thousand files of Terraform, CPU s, and ratios to the parser alone:", files)
    if given.output:
        result = {
            "machine": machine(),
            "measures": [asdict(each) for each in measures],
            "what_if": edits,
            "growth": exponents,
            "terraform": files,
        }
        given.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
