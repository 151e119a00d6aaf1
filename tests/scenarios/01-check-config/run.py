"""A wrong configuration file stops everything, with file, line, key and the nearest right name; exit code 3."""
import json
import pathlib
import tempfile

from restante import run

with tempfile.TemporaryDirectory() as folder:
    bad = pathlib.Path(folder, "bad.toml")
    bad.write_text('[pop3]\nlisen = ["127.0.0.1:0"]\n[log]\nlevel = "loud"\n')
    told = run("check-config", "--config", bad, check=3).stderr
    assert f'{bad}:2: [pop3] lisen: there is no such key; did you mean "listen"?' in told, told
    assert f"{bad}:4: [log] level" in told and "2 errors" in told, told

    errors = json.loads(run("check-config", "--json", "--config", bad, check=3).stdout)["errors"]
    assert [error["line"] for error in errors] == [2, 4], errors

    good = pathlib.Path(folder, "good.toml")
    good.write_text('[log]\nlevel = "warn"\n')
    assert "no errors" in run("check-config", "--config", good, check=0).stdout
    run("check-config", "--config", pathlib.Path(folder, "absent.toml"), check=3)

run("check-config", check=0)
assert 'did you mean "check-config"' in run("chek-config", check=2).stderr
run("check-config", "--unknown-option", check=2)
run(check=2)
assert run("--version", check=0).stdout.startswith("restante ")
assert "Examples:" in run("--help", check=0).stdout
