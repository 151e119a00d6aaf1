#!/usr/bin/env python3
"""Lists which tests name which row of the POP3 checklist (P1 to P29), and fails if a row that must hold has none.

A test names its rows as "row P5" or "rows P16, P17" in a comment.
"""
import collections
import pathlib
import re
import sys

REQUIRED = [f"P{n}" for n in range(1, 30) if n != 28]  # P28: DNS and autoconfig records, which no server test can show
NAMED = re.compile(r"\b[Rr]ows? (P\d+(?:(?:, | and |, and )P\d+)*)")
SUFFIXES = {".txt", ".cpp", ".py"}


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    found = collections.defaultdict(set)
    for folder in ("tests", "src"):
        for path in sorted((root / folder).rglob("*")):
            is_test = folder == "tests" or path.name.endswith("_test.cpp")
            if path.suffix not in SUFFIXES or not is_test:
                continue
            for rows in NAMED.findall(path.read_text(errors="replace")):
                for row in re.findall(r"P\d+", rows):
                    found[row].add(str(path.relative_to(root)))
    missing = [row for row in REQUIRED if not found[row]]
    for row in REQUIRED:
        print(f"{row:4} {' '.join(sorted(found[row])) or 'NO TEST'}")
    if missing:
        print("rows without a test: " + ", ".join(missing))
    return 1 if missing else 0


sys.exit(main())
