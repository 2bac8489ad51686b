"""What whole pages weigh as browsers load them: compressed, with all that they name."""
import gzip
import json
import re
import shutil
import subprocess
import unittest
import urllib.request

from support import BUILD, PATIENCE

KIB = 1024
ASSETS = re.compile(r'(?:href|src)="(/assets/[^"]+\.(css|js))"')


def load(url):
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", "Accept": "text/html, */*"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        data = answer.read()
        return len(data), gzip.decompress(data) if answer.headers["Content-Encoding"] == "gzip" else data


def weigh(site, path):
    """Bytes of the page, its sheets, its scripts."""
    page, text = load(site + path)
    sizes = {"html": page, "css": 0, "js": 0}
    for name, kind in set(ASSETS.findall(text.decode())):
        sizes[kind] += load(site + name)[0]
    print(path, sizes, "in all", sum(sizes.values()))
    return sizes


class WeightTest(unittest.TestCase):
    def setUp(self):
        self.demo = subprocess.Popen([BUILD / "outrider", "--demo", "--listen", "127.0.0.1:0"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.site = next(found.group(1) for line in self.demo.stderr
                         if (found := re.search(r"Dashboard: (\S+?)/?\s", line)))

    def end(self):
        self.demo.terminate()
        self.demo.communicate(timeout=PATIENCE)

    def test_status_page(self):
        sizes = weigh(self.site, "/")
        self.assertLessEqual(sizes["html"] + sizes["css"], 15 * KIB)
        self.assertLessEqual(sizes["js"], 3 * KIB)

    @unittest.skipUnless(shutil.which("zopfli"), "needs zopfli at build time (scripts/deps)")
    def test_check_page_with_a_failing_stream(self):
        found = json.loads(load(f"{self.site}/api/v1/checks/gateway-stream-gaps/results?outcome=fail&limit=1")[1])
        sizes = weigh(self.site, f"/checks/gateway-stream-gaps?result={found['results'][0]['result']}")
        self.assertLessEqual(sum(sizes.values()), 35 * KIB)


if __name__ == "__main__":
    unittest.main()
