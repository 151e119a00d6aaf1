#!/usr/bin/env python3
"""Fails if a module includes a module that stands after it, or one of the root files (ARCHITECTURE.md, "Layout")."""
import pathlib
import re
import sys

# Each row may use the rows before it, never its own row (except itself).
LEVELS = [
    ["base"],
    ["message", "pop3", "sasl", "net", "db", "watch", "moving"],
    ["smtp", "mailauth", "store"],
    ["directory", "filter"],
    ["login"],
    ["work", "popd"],
    ["reply"],
    ["mda"],
    ["mta", "relay", "fetch", "trigger"],
    ["probe"],
    ["admin"],
]
PURE = {"smtp", "pop3", "sasl", "message", "filter"}
LEVEL = {name: n for n, row in enumerate(LEVELS) for name in row}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
IMPURE = re.compile(r'^\s*#\s*include\s*<(boost/asio|fstream|filesystem|thread|sys/socket|chrono>)')


def main() -> int:
    src = pathlib.Path(sys.argv[1]) / "src"
    faults, files = [], 0
    for path in sorted(src.rglob("*.[ch]pp")):
        folder = path.relative_to(src).parts[0]
        if folder not in LEVEL:
            continue
        files += 1
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{path.relative_to(src)}:{number}"
            test = path.name.endswith("_test.cpp")
            if folder in PURE and not test and IMPURE.match(line):
                faults.append(f"{where}: {folder} must stay free of I/O: {line.strip()}")
            found = INCLUDE.match(line)
            if not found:
                continue
            target = found.group(1).split("/")[0]
            if target == folder:
                continue
            if "/" not in found.group(1):
                faults.append(f"{where}: name the module: {line.strip()}")
            elif target not in LEVEL:
                faults.append(f"{where}: unknown module {target}")
            elif LEVEL[target] >= LEVEL[folder]:
                faults.append(f"{where}: {folder} may not use {target}")
    print("\n".join(faults) if faults else f"layers: {files} files, no back edge")
    return 1 if faults else 0


sys.exit(main())
