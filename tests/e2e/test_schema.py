"""--print-schema against a real validator, and against the loader: they agree about structure."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import jsonschema

import core_yaml

SOURCE = pathlib.Path(os.environ["OUTRIDER_SOURCE"])
PROGRAM = pathlib.Path(os.environ["OUTRIDER_BUILD"]) / "outrider"
CONFIGS = SOURCE / "tests/unit/config"
SCHEMA = json.loads(subprocess.run([PROGRAM, "--print-schema"], check=True, capture_output=True, timeout=60).stdout)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

# What no schema can know: names that must exist, files, order, how YAML itself is written.
SEMANTIC = re.compile(
    r"^(env_|quote_|ref_(?!reason)|yaml_(?!not_a_mapping)|range_(every|id_long)|check_(duplicate|same|matrix_depended|matrix_large|none)"
    r"|check_empty_list|check_matrix_type|auth_(colon|hash|nobody|token|twice)|alerts_(url|template|certificates|mail_|resend|events|service|tag|remind|quiet\.)|chat_(extra|message)|expect_(empty_matcher|min_above"
    r"|warn_above|path|regex)|maintenance_(?!time|clock|day)|request_(file|header_twice|json_number|path_blank|path_fragment|path_matrix)"
    r"|service_(ip_other|proxy|tls_file|url_host|url_port|url_query)|step_(capture_path|only_cleanup)|type_(date|rule)\.|until_)")

# A value for text that must look like something, by the pattern the schema gives.
TEXTS = ["a", "/a", "http://a", "127.0.0.1:1", "5s", "forever", "2027-01-31", "2027-01-31T10:00:00Z", "02:30", "99%", "2 of 3",
         "content", "2xx", "200", "$", "X-A"]
# Where the loader wants more of a text than the schema says.
SPECIAL = {("service", "proxy"): "http://a", ("quiet", "for"): "9h", ("user", "password_hash"): "$6$a$b", ("channel", "url"): "http://a",
           ("request", "form"): {"a": "b"}, ("alerts", "certificates"): ["7d"], ("chat", "messages"): [{"role": "user", "content": "a"}],
           ("known_issue", "until"): "2999-01-31", ("window", "start"): "2020-01-31T10:00:00Z",
           ("check", "id"): "b", ("check", "service"): "a", ("defaults", "service"): "a",
           ("matcher", "not_signature"): "a", ("check", "depends_on"): ["a"], ("check", "steps"): [{"get": "/a"}]}


def resolve(schema):
    while "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def text_for(pattern):
    return next((text for text in TEXTS if not pattern or re.search(pattern, text)), None)


def samples(section, key, schema):
    """Values that the schema of a key accepts: each choice, each bound, each form."""
    if (section, key) in SPECIAL:
        return [SPECIAL[section, key]]
    low = re.search(r"From (\S+) to (\S+?)\.(?:\s|$)", schema.get("description", ""))
    if low and "$ref" not in schema:
        forms = [low.group(1), low.group(2)]
        return forms + [form for form in samples_of(section, schema, 0) if isinstance(form, dict)]
    return list(samples_of(section, schema, 0))


def samples_of(section, schema, depth):
    name = schema["$ref"].rsplit("/", 1)[1] if "$ref" in schema else section
    schema = resolve(schema)
    if "anyOf" in schema and "type" not in schema:
        return [value for form in schema["anyOf"] for value in samples_of(name, form, depth)]
    if "enum" in schema:
        return list(schema["enum"])
    types = schema.get("type", "string")
    found = []
    for kind in [types] if isinstance(types, str) else types:
        if kind == "object" and depth < 3:
            found += objects(name, schema, depth)
        elif kind == "array":
            items = samples_of(name, schema["items"], depth + 1)[:1] if schema.get("items") else ["a"]
            found.append(items)
        elif kind in ("integer", "number"):
            found += [int(schema.get("minimum", 5)), int(schema.get("maximum", 7))]
        elif kind == "boolean":
            found += [True, False]
        elif kind == "null":
            found.append(None)
        elif kind == "string":
            text = text_for(schema.get("pattern"))
            found += [text] if text else []  # else only ${...} fits
    return found


def objects(name, schema, depth):
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        key = text_for(schema.get("propertyNames", {}).get("pattern"))
        inner = samples_of(name, schema["additionalProperties"], depth + 1)[:1] or ["a"]
        return [{"$" if not schema.get("propertyNames") else key: inner[0]}]
    return [whole(name, {})]


def whole(section, given):
    """A mapping of that section with what it needs besides the given keys."""
    schema = SCHEMA["definitions"][section]
    made = {key: samples(section, key, schema["properties"][key])[0]
            for key in schema.get("required", []) if key not in given}
    base = {"service": {"url": "http://a"}, "check": {"id": "b", "service": "a", "get": "/a"}, "step": {"get": "/a"},
            "chat": {"user": "a"}, "matcher": {"exists": True}, "time_limit": {"max": "5s"}, "count_limit": {"max": 5},
            "life": {"min": "5s"},
            "auth": {"tokens": ["a"]},
            "window": {"start": "2027-01-30T10:00:00Z", "end": "2027-02-01T10:00:00Z",
                       "at": "02:30", "for": "1h"},
            "stream": {"done": True}, "timing": {"dns": "1s"}, "certificate": {"expires_in": "14d"},
            "usage": {"total_tokens": 5}, "channel": {"url": "http://a"}}.get(section, {})
    made.update({key: value for key, value in base.items() if not conflict(section, key, given)})
    made.update(given)
    return made


def conflict(section, key, given):
    ways = {"get", "post", "put", "patch", "delete", "head", "chat", "steps"}
    hours = {"at", "for", "days", "zone"}
    if section == "window":
        return (key in hours) == (not hours & set(given))
    return (key in ways and bool(ways & set(given))) or (key, *given) in (("url", "urls"), ("user", "messages")) \
        or (section in ("time_limit", "count_limit", "life") and bool(given))


def around(section, value):
    """A check file in which the mapping stands."""
    doc = {"mode": "a", "services": {"a": {"urls": {"a": "http://a"}}}, "signatures": {"a": [{"contains": "x"}]},
           "checks": [{"id": "a", "service": "a", "get": "/a", "tags": ["a"]}],
           "alerts": {"channels": {"a": {"type": "webhook", "url": "http://a"}}}}
    expect = lambda inner: whole("check", {"expect": inner})
    places = {
        "service": lambda: doc["services"].update(b=value),
        "service_tls": lambda: doc["services"]["a"].update(tls=value),
        "defaults": lambda: doc.update(defaults=value),
        "check": lambda: doc["checks"].append(value),
        "step": lambda: doc["checks"].append(whole("check", {"steps": [{"get": "/a"}, value]})),
        "request": lambda: doc["checks"].append(whole("check", {"post": value})),
        "chat": lambda: doc["checks"].append(whole("check", {"chat": value})),
        "expect": lambda: doc["checks"].append(expect(value)),
        "matcher": lambda: doc["checks"].append(expect({"body": value})),
        "stream": lambda: doc["checks"].append(expect({"stream": value})),
        "integrity": lambda: doc["checks"].append(expect({"stream": {"integrity": value}})),
        "timing": lambda: doc["checks"].append(expect({"timing": value})),
        "certificate": lambda: doc["checks"].append(expect({"tls": value})),
        "usage": lambda: doc["checks"].append(expect({"usage": value})),
        "time_limit": lambda: doc["checks"].append(expect({"latency": value})),
        "life": lambda: doc["checks"].append(expect({"tls": {"expires_in": value}})),
        "count_limit": lambda: doc["checks"].append(expect({"stream": {"chunks": value}})),
        "auth": lambda: doc.update(auth=value),
        "user": lambda: doc.update(auth={"users": [value]}),
        "alerts": lambda: doc.update(alerts=value),
        "channel": lambda: doc["alerts"]["channels"].update(b=value),
        "quiet": lambda: doc["alerts"]["channels"]["a"].update(quiet=[value]),
        "window": lambda: doc.update(maintenance=[value]),
        "retention": lambda: doc.update(retention=value),
        "log": lambda: doc.update(log=value),
    }
    places.get(section, lambda: doc["checks"].append(whole("check", {section: value})))()
    return doc


def every_sample():
    for section, schema in SCHEMA["definitions"].items():
        for key, of in schema.get("properties", {}).items():
            values = samples(section, key, of)
            for value in values[:2] + values[2:][-1:]:  # of many choices the first and the last
                given = {key: value}
                if section == "channel" and key == "type":
                    given = {"type": value, "url": "smtp://a" if value == "email" else "http://a", "command": ["a"],
                             "from": "a", "to": ["a"], "token": "a", "chat_id": "a", "routing_key": "a", "topic": "a"}
                yield f"{section}.{key}", around(section, whole(section, given))
    for key in ("listen", "database", "place"):
        doc = around("log", {})
        doc[key] = samples("top", key, SCHEMA["properties"][key])[0]
        yield key, doc


class Schema(unittest.TestCase):
    def test_it_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_good_files_pass(self):
        files = [SOURCE / "suites/janus.yaml", *sorted((CONFIGS / "good").glob("*.yaml"))]
        self.assertGreaterEqual(len(files), 3)
        for path in files:
            errors = [f"{list(e.path)}: {e.message}" for e in VALIDATOR.iter_errors(core_yaml.load(path.read_text()))]
            self.assertEqual(errors, [], path)
            printed = core_yaml.load(self.print_config(path, ""))
            self.assertEqual([e.message for e in VALIDATOR.iter_errors(printed)], [], path)

    def test_bad_structure_fails(self):
        refused = 0
        for path in sorted((CONFIGS / "bad").glob("*.yaml")):
            if SEMANTIC.match(path.name):
                continue
            self.assertFalse(VALIDATOR.is_valid(core_yaml.load(path.read_text())), path.name)
            refused += 1
        self.assertGreaterEqual(refused, 50)

    def test_the_loader_takes_what_the_schema_takes(self):
        tried = 0
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "a").write_text("a")
            for name, doc in every_sample():
                tried += 1
                errors = [f"{list(e.path)}: {e.message}" for e in VALIDATOR.iter_errors(doc)]
                with self.subTest(name):
                    self.assertEqual(errors, [], doc)
                path = pathlib.Path(folder) / "checks.yaml"
                path.write_text(json.dumps(doc, indent=1))
                printed = self.print_config(path, json.dumps(doc))
                path.write_text(printed)
                with self.subTest(name):
                    self.assertEqual(self.print_config(path, printed), printed, doc)
        self.assertGreaterEqual(tried, 200)

    def test_a_variable_fits_wherever_a_scalar_does(self):
        tried = 0
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "a").write_text("a")
            path = pathlib.Path(folder) / "checks.yaml"
            for section, schema in SCHEMA["definitions"].items():
                for key, of in schema.get("properties", {}).items():
                    value = next((v for v in samples(section, key, of) if isinstance(v, (str, int))), None)
                    if value is None or (section, key) == ("channel", "type"):
                        continue
                    tried += 1
                    doc = around(section, whole(section, {key: "${SAMPLE}"}))
                    path.write_text(json.dumps(doc))
                    self.assertTrue(VALIDATOR.is_valid(doc), doc)
                    self.print_config(path, f"{section}.{key}", SAMPLE=json.dumps(value).strip('"'))
        self.assertGreaterEqual(tried, 100)

    def print_config(self, path, text, **environment):
        ran = subprocess.run([PROGRAM, "--print-config", "--config", path], capture_output=True, text=True, timeout=60,
                             check=False, env={**os.environ, **environment})
        with self.subTest(text):
            self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def test_every_key_is_known_and_described(self):
        for schema in [SCHEMA, *SCHEMA["definitions"].values()]:
            for key, of in schema.get("properties", {}).items():
                self.assertTrue(of["description"].strip(), key)
                self.assertFalse(schema["additionalProperties"], key)


if __name__ == "__main__":
    unittest.main()
