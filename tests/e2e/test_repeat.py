"""The line that repeats a failing request: curl itself runs it, and the service must see the same request again."""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from running import PATIENCE, Case  # noqa: E402
from serving import answer  # noqa: E402

# What curl by itself says otherwise: which encodings it knows.
OWN = {"accept-encoding"}


def yaml(**check):
    return json.dumps({"id": "x", "service": "api", **check}, ensure_ascii=False)


def seen(asked):
    headers = sorted((name.lower(), value) for name, value in asked.headers.items() if name.lower() not in OWN)
    return asked.method, asked.path, headers, asked.body


class Repeating(Case):
    def repeat(self, check, shell="bash", env=None, services=None, body=None):
        """Runs a check that fails, and what it says repeats it; the request both sent."""
        checks, out = self.once(check, status=1, env=env, services=services)
        curl = next(iter(checks.values()))["evidence"]["curl"]
        self.assertIn("repeat      " + curl, out)
        first = self.server.asked[-1]
        more = {"BODY": str(body)} if body else {}
        got = subprocess.run([shell, "-c", curl], env={**os.environ, **(env or {}), **more}, capture_output=True,
                             cwd=self.folder, timeout=PATIENCE)
        self.assertEqual(got.returncode, 0, curl + got.stderr.decode())
        again = self.server.asked[-1]
        self.assertIsNot(again, first)
        self.assertEqual(seen(again), seen(first))
        return first, curl

    def setUp(self):
        super().setUp()
        self.server.routes["/no"] = answer(500, {"error": "no"})
        self.server.routes["/v1/chat/completions"] = answer(500, {"error": "no"})
        self.server.routes["/word"] = answer(200, {"word": "it's \"so\"\n& $HOME `id` \u20ac \x1b[31m\\"})

    def test_methods(self):
        for method in ("get", "post", "put", "patch", "delete"):
            asked, _ = self.repeat(f"{{id: x, service: api, {method}: /no}}")
            self.assertEqual(asked.method, method.upper())
        asked, _ = self.repeat("{id: x, service: api, head: /no}")
        self.assertEqual(asked.method, "HEAD")

    def test_paths(self):
        self.server.routes |= {"/a/../no": answer(500), "/[1-3]{a,b}": answer(500)}
        for path in ("/no?q=a%20b&c=%27%22&x[]=1", "/no?q=$HOME`id`", "/a/../no", "/[1-3]{a,b}"):
            asked, _ = self.repeat(yaml(get=path))
            self.assertEqual(asked.path, path)

    def test_headers(self):
        headers = {"X-Odd": "it's \"so\" $HOME `id` !! \\n \u20ac", "User-Agent": "me", "Accept": "text/x"}
        asked, _ = self.repeat(yaml(get={"path": "/no", "headers": headers}))
        self.assertEqual(asked.headers["User-Agent"], "me")

    def test_json(self):
        said = "it's \"so\"\n\t\\ $HOME `id` !! \u20ac \u202e \U0001f680 @x"
        asked, _ = self.repeat(yaml(chat={"model": "m", "user": said}))
        self.assertEqual(json.loads(asked.body)["messages"][0]["content"], said)
        self.assertEqual(asked.headers["Content-Type"], "application/json")
        asked, _ = self.repeat(yaml(chat={"model": "m", "user": said, "stream": True}))
        self.assertEqual(asked.headers["Accept-Encoding"], "identity")

    def test_forms_and_texts(self):
        asked, _ = self.repeat(yaml(post={"path": "/no", "form": {"a": "1 & 2", "b\u20ac": "it's\nso"}}))
        self.assertEqual(asked.headers["Content-Type"], "application/x-www-form-urlencoded")
        for text in ("@/etc/passwd", "a\nb\r\n\x07'\\", "%s\\n", "-d"):
            asked, _ = self.repeat(yaml(post={"path": "/no", "body": text}))
            self.assertEqual((asked.body, asked.headers["Content-Type"]), (text.encode(), None))

    def test_binary_files(self):
        check = "{id: x, service: api, post: {path: /no, file: data.bin, headers: {Content-Type: audio/wav}}}"
        for shell in ("bash", "dash"):
            data = bytes(range(256)) + b"7'%\\" + bytes(range(255, -1, -1))
            (self.folder / "data.bin").write_bytes(data)
            self.assertEqual(self.repeat(check, shell)[0].body, data)
        (self.folder / "data.bin").write_bytes(b"\xff\xfe\x80'")
        self.assertEqual(self.repeat(check)[0].body, b"\xff\xfe\x80'")

    def test_bodies_too_long_for_a_line(self):
        data = os.urandom(300_000)
        (self.folder / "data.bin").write_bytes(data)
        check = "{id: x, service: api, post: {path: /no, file: data.bin}}"
        asked, curl = self.repeat(check, body="data.bin")
        self.assertEqual(asked.body, data)
        self.assertLess(len(curl), 1000)
        got = subprocess.run(["bash", "-c", curl], capture_output=True, timeout=PATIENCE,
                             env={n: v for n, v in os.environ.items() if n != "BODY"})
        self.assertNotEqual(got.returncode, 0)
        self.assertIn(b"a file with the body, whose 300000 bytes", got.stderr)

    def test_captures(self):
        asked, _ = self.repeat(
            "{id: x, service: api, steps: [{get: /word, capture: {word: $.word}},"
            " {post: {path: '/no?w={{word}}', json: {said: '{{word}}'}, headers: {X-Word: 'w {{word}}'}}}]}")
        self.assertEqual(json.loads(asked.body)["said"], "it's \"so\"\n& $HOME `id` \u20ac \x1b[31m\\")

    def test_secrets_come_from_the_variables_they_came_from(self):
        env = {"GATEWAY_KEY": "k3y-canary", "FORM_KEY": "f0rm canary"}
        services = f'{{api: {{url: "{self.server.url}", headers: {{Authorization: "Bearer ${{GATEWAY_KEY}}"}}}}}}'
        asked, curl = self.repeat(
            '{id: x, service: api, post: {path: /no, json: {key: "${GATEWAY_KEY}", it: "it\'s"}}}', env=env,
            services=services)
        self.assertEqual(asked.headers["Authorization"], "Bearer k3y-canary")
        self.assertIn('-H "Authorization: Bearer $GATEWAY_KEY"', curl)
        self.assertNotIn("canary", curl)

    def test_secrets_that_were_changed_on_the_way_are_left_out(self):
        checks, out = self.once(
            '{id: x, service: api, post: {path: /no, form: {key: "${FORM_KEY}"}, query: {k: "${FORM_KEY}"}}}', status=1,
            env={"FORM_KEY": "f0rm canary"})
        self.assertIn("key=f0rm%20canary", self.server.asked[0].body.decode())
        self.assertIn("--data-raw 'key=[redacted]'", checks["x"]["evidence"]["curl"])
        self.assertIsNone(re.search("f0rm|canary", out + json.dumps(checks)))

    def test_secrets_of_files(self):
        (self.folder / "key").write_text("f1le-canary\n")
        checks, _ = self.once('{id: x, service: api, get: {path: /no, headers: {X-Key: "${file:key}"}}}', status=1)
        self.assertIn("-H 'X-Key: [redacted]'", checks["x"]["evidence"]["curl"])


if __name__ == "__main__":
    unittest.main()
