#!/usr/bin/env python3
"""Lists which tests name which row of the checklist, and fails for a row that neither a test nor docs/conformance.md knows.

A test names its rows as "row P5" or "Rows A1, S2.24" in a comment; an S row may stand alone. docs/conformance.md has a table of
the rows that no test can show, with the reason.
"""
import collections
import pathlib
import re
import sys

REQUIRED = ([f"P{n}" for n in range(1, 30)] + ["A1", "A2", "A3"] + [f"SM{n}" for n in range(1, 30)] + [f"D{n}" for n in range(1, 6)] +
            [f"S2.{n}" for n in range(1, 49)] + [f"S4.{n}" for n in range(1, 17) if n != 15] + [f"S5.{n}" for n in range(1, 33)])
ROW = r"(?:[PAD]\d+|S\d+\.\d+|SM\d+)"
NAMED = re.compile(rf"\b[Rr]ows? ({ROW}(?:(?:, | and |, and ){ROW})*)")
ALONE = re.compile(r"\b(?:S\d+\.\d+|SM\d+|D[1-5])\b")
EXCUSED = re.compile(rf"^\| ({ROW}) \| [^|]+ \| (?:not applicable: |not there(?: yet)?: |document: )[^|]+\|$", re.MULTILINE)
SUFFIXES = {".txt", ".cpp", ".py"}


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    found = collections.defaultdict(set)
    for folder in ("tests", "src"):
        for path in sorted((root / folder).rglob("*")):
            is_test = folder == "tests" or path.name.endswith("_test.cpp")
            if path.suffix not in SUFFIXES or not is_test:
                continue
            text = path.read_text(errors="replace")
            for row in [row for rows in NAMED.findall(text) for row in re.findall(ROW, rows)] + ALONE.findall(text):
                found[row].add(str(path.relative_to(root)))
    excused = set(EXCUSED.findall((root / "docs" / "conformance.md").read_text()))
    if both := sorted(row for row in excused if found[row]):
        print("named by a test and in docs/conformance.md: " + ", ".join(both))
        return 1
    missing = [row for row in REQUIRED if not found[row] and row not in excused]
    for row in REQUIRED:
        print(f"{row:5} {' '.join(sorted(found[row])) or ('docs/conformance.md' if row in excused else 'NO TEST')}")
    if missing:
        print("rows without a test: " + ", ".join(missing))
    return 1 if missing else 0


sys.exit(main())
