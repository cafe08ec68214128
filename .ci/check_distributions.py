"""Check that a wheel and an sdist hold what they should, and nothing else: `check_distributions.py DIST`."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

TOP = {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "pyproject.toml", "asv.conf.json"}
FOLDERS = ("synthem", "tests", "examples", "docs", "benchmarks")


def tracked(*places: str) -> set[str]:
    """Return the files that git knows at some places."""
    found = subprocess.run(["git", "ls-files", "-z", *places], capture_output=True, check=True).stdout
    return {name for name in found.decode().split("\0") if name}


def compare(what: str, found: set[str], wanted: set[str]) -> list[str]:
    """Return what is missing and what is too much."""
    missing, more = sorted(wanted - found), sorted(found - wanted)
    return [f"{what} lacks {name}" for name in missing] + [f"{what} must not hold {name}" for name in more]


def main(folder: Path) -> int:
    """Check the only wheel and the only sdist of a folder."""
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as file:
        inside = {name for name in file.namelist() if ".dist-info/" not in name}
        metadata = {name.rpartition("/")[2] for name in file.namelist() if ".dist-info/" in name}
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames() if not archive.getmember(name).isdir()}
    problems = compare("the wheel", inside, tracked("synthem"))
    problems += compare(
        "the metadata of the wheel",
        metadata & {"METADATA", "LICENSE", "entry_points.txt"},
        {"METADATA", "LICENSE", "entry_points.txt"},
    )
    problems += compare("the sdist", packed - {"PKG-INFO", ".gitignore"}, tracked(*FOLDERS) | TOP)
    for problem in problems:
        print(problem)
    return len(problems)


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1])), 1))
