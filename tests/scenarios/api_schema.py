"""A client of the HTTP API that takes the server at its word: every answer is held against the document that the server gives out."""
import http.client
import json
import re
import urllib.parse

import jsonschema

FORMATS = jsonschema.FormatChecker(())
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
FORMATS.checks("date-time")(lambda text: not isinstance(text, str) or TIME.fullmatch(text) is not None)
DECLARED = "application/json"


class Api:
    """`call` names an operation by its operationId. asked: operations that have succeeded; shown: lists that had something in them."""

    def __init__(self, port, unrecorded=()):
        """unrecorded: what need not leave a row in the audit, though it is no GET."""
        self.port, self.unrecorded, self.token = port, unrecorded, None
        self.asked, self.shown = set(), set()
        self.who = "admin"  # in records
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.document = json.loads(self.send("GET", "/api/v1/openapi.json")[2])
        jsonschema.Draft202012Validator.check_schema(self.document["components"]["schemas"])
        self.operations = {}
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                self.operations[operation["operationId"]] = (method.upper(), path, operation)

    def close(self):
        self.connection.close()

    def send(self, method, path, body=None, media_type=DECLARED):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            headers["Content-Type"] = media_type
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers.get_content_type() if answer.headers["Content-Type"] else None, answer.read()

    def call(self, name, *values, query=None, body=None, raw=None, status=None):
        """values: those of the path, in order. Without `status` it has to succeed, and to leave a row in the audit if it changes something;
        refused, it must leave none. The answer's JSON, or its text, an octet a sign."""
        method, path, operation = self.operations[name]
        before = self.newest_change() if self.token and method != "GET" else None
        filled = re.sub(r"\{\w+\}", "%s", path) % tuple(urllib.parse.quote(str(value), safe="") for value in values)
        if query:
            filled += "?" + urllib.parse.urlencode(query)
        media_type = next(iter(operation.get("requestBody", {"content": {DECLARED: {}}})["content"]))
        assert ("requestBody" in operation) == (body is not None or raw is not None), f"{name}: body or no body?"
        got, kind, text = self.send(method, filled, raw if raw is not None else None if body is None else json.dumps(body), media_type)
        what = f"{method} {filled} answered {got}, {kind}: {text[:2000].decode(errors='replace')}"
        value = self.checked(operation["responses"], got, kind, text, what)
        if status is None:
            assert 200 <= got < 300, what
            self.asked.add(name)
            if isinstance(value, dict) and value.get("items"):
                self.shown.add(name)
            assert before is None or name in self.unrecorded or self.newest_change() > before, f"{name} left no record"
        else:
            assert got == status, what
            assert before is None or self.newest_change() == before, f"{name} was refused, and recorded"
        return value

    def checked(self, responses, status, kind, text, what):
        """Declared by its number; of what goes wrong "default" speaks for all."""
        declared = responses.get(str(status)) or (responses.get("default") if status >= 400 else None)
        assert declared is not None, f"a status that is not declared: {what}"
        if status == 204:
            assert text == b"" and "content" not in declared, what
            return None
        assert kind in declared.get("content", {}), f"a type that is not declared: {what}"
        value = json.loads(text) if kind.endswith("json") else text.decode("latin-1")
        schema = dict(declared["content"][kind]["schema"], components=self.document["components"])
        faults = list(jsonschema.Draft202012Validator(schema, format_checker=FORMATS).iter_errors(value))
        assert not faults, "\n".join([what, *(f"{fault.json_path}: {fault.message}" for fault in faults)])
        if status >= 400:
            assert value["status"] == status, what
        return value

    def newest_change(self):
        rows = self.call("listAudit", query={"limit": 1})["items"]
        return int(rows[0]["id"]) if rows else 0

    def change(self, action, name, *values, **options):
        """A call that has to leave this record behind, made by us."""
        before = self.newest_change()
        value = self.call(name, *values, **options)
        rows = [row for row in self.call("listAudit", query={"limit": 200})["items"] if int(row["id"]) > before]
        assert action in [row["action"] for row in rows], f"{name} left no record {action}, but {rows}"
        assert {row["actor"] for row in rows if row["action"] == action} == {self.who}, rows
        return value

    def refused(self, status, name, *values, **options):
        self.call(name, *values, status=status, **options)

    def ask_the_rest(self):
        """Every GET that has not been asked: those without a name in their path, and those whose list shows a name. The others."""
        rest = []
        for name, (method, path, _) in sorted(self.operations.items(), key=lambda entry: entry[1][1]):
            if method != "GET" or name in self.asked:
                continue
            places = re.findall(r"\{(\w+)\}", path)
            if not places:
                self.call(name)
            elif len(places) == 1 and path.endswith(f"/{{{places[0]}}}") and self.lists_of(path.rsplit("/", 1)[0]):
                items = self.call(self.lists_of(path.rsplit("/", 1)[0]))["items"]
                key = next((key for key in (places[0], "name", "id") if items and key in items[0]), None)
                if key:
                    self.call(name, items[0][key])
            if name not in self.asked:
                rest.append(name)
        return rest

    def lists_of(self, path):
        return next((name for name, (method, there, _) in self.operations.items() if method == "GET" and there == path), None)
