"""The page of a check over real runs: whoever reads it knows why the check failed, without a terminal."""
import html
import re
import unittest
import urllib.error

from watching import DaemonCase, wait_for

MORE = """
  - id: stalled
    service: gateway
    timeout: 20s
    chat: {model: baseline-cli-agent, user: "Name three colours", stream: true}
    expect: {status: 200, stream: {token_gap: {max: 1s}, ttft: {max: 10s}}}
  - id: masked
    service: gateway
    chat: {model: baseline-cli-agent, user: "Count from 1 to 5", stream: true}
    expect: {status: 200, content: {not_signature: lies}}
  - id: torn
    service: gateway
    chat: {model: baseline-cli-agent, user: "Count from 1 to 5", stream: true}
    expect: {status: 200, stream: {integrity: complete}}
  - id: broken
    service: memory
    get: /health
    expect: {status: 200}
signatures:
  lies: [{contains: "I encountered an error"}]
"""


def words(page):
    """What a person reads: tags and markup gone, white space one blank."""
    page = re.sub(r"<(svg class=\"vh\"|style|script).*?</\1>", " ", page, flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", text)


class CheckPageTest(DaemonCase):
    def failing(self, **faults):
        """The pages of checks under faults, each once it has failed and the evidence is written."""
        self.write_config(MORE)
        self.sim.set(*[f"{fault}@{check}" for check, fault in faults.items()])
        daemon = self.start()
        pages = {}
        for check in faults:
            self.assertTrue(wait_for(lambda: "Latest failure" in daemon.get(f"/checks/{check}")), self.log())
            pages[check] = daemon.get(f"/checks/{check}")
        return pages

    def test_four_ways_to_fail(self):
        pages = self.failing(stalled="stall=3s", masked="cli-apology-partial", torn="stream-cut",
                             broken="status-500")

        stalled = words(pages["stalled"])
        self.assertRegex(stalled, r"stream\.token_gap .*expected at most 1s got \d\.\d+s")
        self.assertRegex(stalled, r"\d\.\d\d s without a token, from \S+ m?s on; \d+ keep-alives? came meanwhile")
        self.assertRegex(stalled, r"First byte .*First token .*Done")
        lane = re.search(r'<tr class="comment">.*?<path class="frames" d="([^"]*)"', pages["stalled"], re.S)
        self.assertIn("v4", lane.group(1))  # keep-alives have a lane of their own
        self.assertRegex(pages["stalled"], r'<rect class="stall" x="[\d.]+%" width="[5-9]\d')
        self.assertRegex(stalled, r"pause: 1 s")

        masked = words(pages["masked"])
        self.assertIn("masked: an error that looks like an answer", masked)
        self.assertIn("I'm sorry, I encountered an error", masked)
        self.assertRegex(masked, r"expected no signature of lies")
        self.assertIn("Status 200", masked)  # which is the point

        torn = words(pages["torn"])
        self.assertIn("cut off", torn)
        self.assertIn("no [DONE]", torn)
        self.assertIn('class="broken"', pages["torn"])

        broken = words(pages["broken"])
        self.assertRegex(broken, r"status .*expected 200 got 500")
        self.assertIn("Internal Server Error", broken)

        for check, page in pages.items():
            text = words(page)
            self.assertRegex(text, rf"Request id {check}-[a-z2-7]{{13}}")
            self.assertRegex(text, r"Traceparent 00-[0-9a-f]{32}-[0-9a-f]{16}-01")
            self.assertRegex(text, r"curl .*(-d|--data|http://)")
            self.assertLess(len(page), 64 << 10, check)

    def test_a_result_has_a_link_that_lasts(self):
        page = self.failing(broken="status-500")["broken"]
        link = re.search(r'class="permalink" href="([^"]+)"', page).group(1)
        self.sim.set()
        self.assertTrue(wait_for(lambda: self.states()["broken"] == "up"))
        again = words(self.daemon.get(link))
        self.assertIn("This result", again)
        self.assertRegex(again, r"expected 200 got 500")
        rows = self.daemon.get("/api/v1/checks/broken/results?format=csv&outcome=fail")
        self.assertTrue(all(",fail,expectation,500," in row for row in rows.split("\r\n")[1:-1]), rows)
        with self.assertRaises(urllib.error.HTTPError) as none:
            self.daemon.get("/checks/broken?result=00000000000000ff")
        self.assertEqual(none.exception.code, 404)
        none.exception.close()

    def test_what_a_service_says_stays_text(self):
        page = self.failing(broken="hostile-error")["broken"]
        self.assertNotIn("<script>alert", page)
        self.assertIn("&lt;script&gt;alert(1)", page)
        for byte in ("\x1b", "\x07", "\u202e"):
            self.assertNotIn(byte, page)


if __name__ == "__main__":
    unittest.main()
