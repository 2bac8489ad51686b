"""scripts/bench, for a moment: every bench still runs and gives its numbers. How large they are is not
for a test to say."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["OUTRIDER_BUILD"])
SOURCE = pathlib.Path(os.environ["OUTRIDER_SOURCE"])
SECTIONS = {"plain", "https", "streams", "memory", "start", "store", "stored", "lateness", "history",
            "metrics", "status", "slow"}


class Bench(unittest.TestCase):
    def test_every_section_measures(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bench.json"
            done = subprocess.run([SOURCE / "scripts/bench", "--moment", BUILD, "--json", path],
                                  capture_output=True, text=True, timeout=300, check=False)
            self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
            found = json.loads(path.read_text())
        self.assertEqual({result["section"] for result in found["results"]}, SECTIONS)
        for result in found["results"]:
            self.assertGreaterEqual(result["value"], 0, result)
            if result["section"] in ("plain", "https", "streams", "store", "stored", "lateness", "history", "metrics", "status"):
                self.assertGreater(result["ours"], 0, result)
                self.assertEqual(len(result["ratio"]), 3, result)
        logs = [result["log"] for result in found["results"] if result.get("samples", 0) > 0]
        # 1, 64 and 256 streams, idle and busy, first tokens and gaps, p50 and p99
        self.assertEqual(logs, ["stand-in"] * 24, found["results"])
        self.assertIn("errors against the stand-in's log", done.stdout)
        self.assertTrue(all(found["machine"].values()), found["machine"])

    def test_names_are_known(self):
        done = subprocess.run([SOURCE / "scripts/bench", "--moment", BUILD, "plainn"],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("plain, https, streams, memory, start, store, stored, lateness, history, metrics, status, slow", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
