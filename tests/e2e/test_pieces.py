"""A secret that a service streams back in pieces stands nowhere: not in the database, not in what is served, not
in a report, whole or in its pieces."""
import json
import unittest
import urllib.request

from running import Case
from watching import wait_for

PIECES = ("cana4711", "quux0815", "tail2342")
SECRET = "".join(PIECES)


def stream(handler):
    """Says its key in three frames."""
    frames = [json.dumps({"id": "x", "object": "chat.completion.chunk", "choices": [
        {"index": 0, "delta": {"content": text}, "finish_reason": None}]}) for text in ("Key: ", *PIECES, "!")]
    body = "".join(f"data: {frame}\n\n" for frame in (*frames, "[DONE]")).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class PiecesTest(Case):
    CHECK = ("{id: tells, service: api, every: 1s, chat: {model: m, user: hi, stream: true}, "
             "expect: {body: {contains: nowhere}, content: {contains: nowhere}}}")

    def setUp(self):
        super().setUp()
        self.server.routes["/v1/chat/completions"] = stream
        self.services = (f'{{api: {{url: "{self.server.url}", headers: '
                         '{Authorization: "Bearer ${CANARY_KEY}"}}}')

    def lacks(self, text, where):
        for piece in (SECRET, *PIECES):
            self.assertNotIn(piece, text, where)

    def test_reports(self):
        path = self.write([self.CHECK], self.services)
        names = ("json", "junit", "tap", "markdown")
        reports = [word for name in names for word in ("--" + name, self.folder / name)]
        _, out, err = self.end(self.start("--config", path, "--run-once", "-v", *reports,
                                       env={"CANARY_KEY": SECRET}))
        self.assertIn("tells", out)
        for where, text in (("output", out), ("errors", err),
                            *((name, (self.folder / name).read_text()) for name in names)):
            self.lacks(text, where)
        report = json.loads((self.folder / "json").read_text())["checks"][0]
        self.assertEqual(report["outcome"], "fail")
        self.assertIn("[redacted: a secret came in pieces]", json.dumps(report))

    def test_what_is_kept_and_served(self):
        path = self.write([self.CHECK], self.services,
                          more=f"listen: 127.0.0.1:0\ndatabase: {self.folder}/outrider.db\n")
        log = open(self.folder / "log", "w")
        self.addCleanup(log.close)
        process = self.start("--config", path, env={"CANARY_KEY": SECRET}, stdout=log, stderr=log)
        url = []

        def address():
            found = [word for word in (self.folder / "log").read_text().split() if word.startswith("http://127")]
            url[:] = found[:1]
            return found

        def get(path):
            with urllib.request.urlopen(url[0].rstrip("/") + path, timeout=20) as answer:
                return answer.read().decode()

        self.assertTrue(wait_for(address), (self.folder / "log").read_text())
        self.assertTrue(wait_for(lambda: json.loads(get("/api/v1/checks/tells/results"))["results"]))
        key = json.loads(get("/api/v1/checks/tells/results"))["results"][0]["result"]
        evidence = get(f"/api/v1/results/{key}")
        self.assertIn("[redacted: a secret came in pieces]", evidence)
        for where in ("/", "/api/v1/status", "/checks/tells", f"/checks/tells?result={key}", "/api/v1/checks/tells",
                      "/api/v1/checks/tells/results", f"/api/v1/results/{key}", "/incidents", "/api/v1/incidents",
                      "/feed.atom", "/metrics"):
            self.lacks(get(where), where)
        process.terminate()
        process.wait(timeout=60)
        self.lacks((self.folder / "log").read_text(), "log")
        for file in self.folder.glob("outrider.db*"):
            self.lacks(file.read_bytes().decode("latin-1"), file.name)


if __name__ == "__main__":
    unittest.main()
