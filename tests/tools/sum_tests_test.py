"""tools/sum-tests counts what ctest wrote and fails when anything failed or nothing ran."""
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
CASES = {
    "run": '<testcase name="a" status="run"/>',
    "fail": '<testcase name="b" status="fail"><failure message=""/></testcase>',
    "skip": '<testcase name="c" status="notrun"><skipped message="peer absent"/></testcase>',
}


INNER = {
    "run": '<testcase classname="T" name="a" status="run" result="completed"/>',
    "fail": '<testcase classname="T" name="b" status="run" result="completed"><failure message=""/></testcase>',
    "skip": '<testcase classname="T" name="c" status="run" result="skipped"><skipped message="no such kernel"/></testcase>',
}


def summed(inner=None, **files):
    """Last line and exit code for files of cases, name=[kinds], or of plain text; inner: of the unit test program `a`."""
    with tempfile.TemporaryDirectory() as folder:
        if inner is not None:
            pathlib.Path(folder, "unit.gtest").mkdir()
            body = "".join(INNER[kind] for kind in inner)
            pathlib.Path(folder, "unit.gtest/a.xml").write_text(f"<testsuites><testsuite>{body}</testsuite></testsuites>")
        for name, kinds in files.items():
            if isinstance(kinds, str):
                pathlib.Path(folder, f"{name}.broken").write_text(kinds)
            else:
                body = "".join(CASES[kind] for kind in kinds)
                pathlib.Path(folder, f"{name}.xml").write_text(f"<testsuite>{body}</testsuite>")
        done = subprocess.run([sys.executable, PROGRAM, folder], capture_output=True, text=True)
        return done.stdout.splitlines()[-1], done.returncode, done.stdout


assert summed(unit=["run", "run"], whole=["run"])[:2] == ("3 passed, 0 failed", 0)
assert summed(unit=["run", "fail"])[:2] == ("1 passed, 1 failed", 1)
assert summed(unit=["run", "skip"])[:2] == ("1 passed, 0 failed", 0)
assert "skipped unit: c: peer absent" in summed(unit=["run", "skip"])[2]
assert summed(unit=["skip"])[:2] == ("0 passed, 0 failed", 1)
assert summed()[:2] == ("0 passed, 0 failed", 1)
assert summed(unit=["run"], build="the tsan build failed")[:2] == ("1 passed, 1 failed", 1)
assert "FAILED  unit: b" in summed(unit=["fail"])[2]
assert summed(inner=["run", "run", "skip"], unit=["run"])[:2] == ("2 passed, 0 failed", 0)
assert "skipped unit: a: T.c: no such kernel" in summed(inner=["skip"], unit=["run"])[2]
CASES["run"] = '<testcase name="a" status="fail"><failure message=""/></testcase>'
assert summed(inner=["run", "fail"], unit=["run"])[:2] == ("1 passed, 1 failed", 1), "counted once"
assert summed(inner=["run", "run"], unit=["run"])[:2] == ("2 passed, 1 failed", 1), "as when memory leaked"
assert summed(unit=["run"])[:2] == ("0 passed, 1 failed", 1), "it did not live to write what it did"
