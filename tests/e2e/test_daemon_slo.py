"""Service levels of a daemon: what it tells of them, and what stands in its database of which holds when."""
import unittest

from watching import DaemonCase, metric, wait_for

CHECK = """  - id: models
    service: gateway
    get: /v1/models
    slo: {{objective: {objective}, window: {window}}}
"""


class SloTest(DaemonCase):
    def write_slo(self, objective, window="30d"):
        self.write_config(CHECK.format(objective=objective, window=window))

    def slo(self):
        return self.daemon.status()["models"]["slo"]

    def promises(self):
        return self.rows("SELECT c.id, objective, window_us / 1000000 FROM slo"
                         " JOIN checks AS c USING (number) ORDER BY since_us, c.id")

    def test_a_budget_is_told_and_goes_down(self):
        self.write_slo("99%")
        self.start()
        self.assertIsNone(self.daemon.status()["gateway-health"]["slo"])
        self.assertTrue(wait_for(lambda: self.slo()["budget_left"] is not None), self.slo())
        slo = self.slo()
        self.assertEqual([slo["objective"], slo["window_s"], slo["availability"], slo["budget_left"]],
                         [0.99, 2592000, 1, 1])
        self.assertEqual(list(slo["burn_rates"]), ["5m", "30m", "1h", "2h", "6h", "1d", "3d"])
        self.assertIsNone(slo["exhausted_in_s"])
        text = self.daemon.get("/metrics")
        self.assertEqual(metric(text, "outrider_slo_budget_remaining_ratio", check="models", service="gateway"), 1)
        self.assertNotIn('outrider_slo_budget_remaining_ratio{check="gateway-health"', text)
        self.assertEqual(self.daemon.end(), 0)
        self.sim.set("status-500@models")
        self.start()
        self.wait_states(models="down")
        self.assertTrue(wait_for(lambda: self.slo()["budget_left"] is not None and self.slo()["budget_left"] < 0))
        slo = self.slo()
        self.assertLess(slo["availability"], 0.99)
        self.assertEqual(slo["exhausted_in_s"], 0)
        self.assertGreater(slo["burn_rates"]["5m"], 1)
        self.assertIn("Error budget:", self.daemon.get("/"))

    def test_the_database_has_since_when_which_one_holds(self):
        self.start()
        self.assertEqual(self.promises(), [])
        wanted = []
        for step in (("99.9%", "7d"), ("99.9%", "7d"), ("95%", "7d"), ("95%", "1h"), None):
            if step:
                self.write_slo(*step)
            else:
                self.write_config()
            number = {"7d": 604800, "1h": 3600}
            row = ("models", round(float(step[0][:-1]) / 100, 9), number[step[1]]) if step else ("models", 0, 0)
            wanted += [row] if wanted[-1:] != [row] else []
            self.config.write_text(self.config.read_text() + f"# {step}\n")
            reloads = self.daemon.log.read_text().count("reload.done")
            self.daemon.popen.send_signal(1)
            self.assertTrue(wait_for(lambda: self.daemon.log.read_text().count("reload.done") > reloads))
            self.assertTrue(wait_for(lambda: self.promises() == wanted), self.promises())
        self.write_slo("95%")
        self.assertEqual(self.daemon.end(), 0)
        for _ in range(2):  # the second start finds nothing new
            self.start()
            self.assertEqual(self.daemon.end(), 0)
        self.assertEqual(self.promises(), wanted + [("models", 0.95, 2592000)])


if __name__ == "__main__":
    unittest.main()
