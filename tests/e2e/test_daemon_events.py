"""What happens, as those hear it who listen to /api/v1/events."""
import datetime
import http.client
import json
import signal
import socket
import threading
import time
import unittest

from support import PATIENCE
from watching import DaemonCase, wait_for


class Listener:
    """Reads events, as the HTML Standard says, on a thread of its own."""

    def __init__(self, daemon, query="", last=None):
        self.connection = http.client.HTTPConnection(*daemon.address(), timeout=PATIENCE)
        self.connection.request("GET", "/api/v1/events" + query,
                                headers={"Last-Event-ID": last} if last else {})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.status
        self.events, self.last, self.ended = [], last, None
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        name, data = "message", None
        try:
            for line in self.answer:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "id":
                    self.last = value
                elif field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif not line.strip() and data is not None:
                    self.events.append({"event": name, "id": int(self.last), "heard": time.time(),
                                        **json.loads(data)})
                    name, data = "message", None
            self.ended = "well"
        except (OSError, http.client.HTTPException) as error:
            self.ended = repr(error)

    def of(self, event, **wanted):
        return [e for e in list(self.events) if e["event"] == event and wanted.items() <= e.items()]

    def close(self):
        if not self.ended:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(PATIENCE)
        self.answer.close()
        self.connection.close()


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class EventsTest(DaemonCase):
    def test_a_fault_is_heard(self):
        daemon = self.start()
        self.wait_states(gateway_health="up", memory_health="up")
        everything, one = Listener(daemon), Listener(daemon, "?check=memory-health")
        self.sim.set("status-500@gateway-health")
        self.assertTrue(wait_for(lambda: everything.of("incident", change="opened")))
        failed = everything.of("result", check="gateway-health", outcome="fail")
        self.assertIn("500", failed[0]["message"])
        self.assertLess(failed[0]["heard"] - seconds(failed[0]["at"]) - failed[0]["duration_s"], 2)
        down = everything.of("state", check="gateway-health", state="down")[0]
        opened = everything.of("incident", change="opened")[0]
        self.assertEqual(down["incident"], opened["incident"])
        self.assertEqual(opened["check"], "gateway-health")
        self.sim.set()
        self.assertTrue(wait_for(lambda: everything.of("incident", change="resolved")))
        self.assertEqual({e["check"] for e in one.events}, {"memory-health"})
        ids = [e["id"] for e in everything.events]
        self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))))

        # One who comes back hears what was said meanwhile, and nothing twice.
        one.close()
        heard = len(everything.events)
        self.assertTrue(wait_for(lambda: len(everything.events) > heard + 4))
        again = Listener(daemon, "?check=memory-health", one.last)
        self.assertTrue(wait_for(lambda: len(again.events) > 2))
        told = [e["result"] for e in one.of("result") + again.of("result")]
        self.assertEqual(len(told), len(set(told)))
        all_of_it = [e["result"] for e in everything.of("result", check="memory-health")]
        self.assertEqual(all_of_it[:len(told)], told[:len(all_of_it)])
        self.assertFalse(again.of("reset"))
        again.close()
        everything.close()

    def test_a_reload_that_ends_an_incident_is_heard(self):
        daemon = self.start()
        self.wait_states(memory_health="up")
        listener = Listener(daemon)
        self.sim.set("status-500@memory-health")
        self.assertTrue(wait_for(lambda: listener.of("incident", change="opened")))
        incident = listener.of("incident", change="opened")[0]["incident"]
        self.write_config()
        text = self.config.read_text()
        self.config.write_text(text.replace("- id: memory-health", "- id: memory-health\n    enabled: false"))
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: listener.of("incident", change="resolved", incident=incident)), self.log())
        self.assertEqual(len(listener.of("incident", change="resolved")), 1)
        listener.close()

    def test_a_reload_and_a_restart_are_a_reset(self):
        daemon = self.start()
        self.wait_states(memory_health="up")
        listener = Listener(daemon)
        self.write_config("""
  - id: another
    service: memory
    get: /health
    expect: {status: 200}
""")
        daemon.popen.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: listener.of("reset")))
        self.assertTrue(wait_for(lambda: listener.of("result", check="another")))
        self.assertEqual(daemon.end(), 0)
        listener.thread.join(PATIENCE)
        self.assertEqual(listener.ended, "well")
        listener.close()
        again = Listener(self.start(), "", listener.last)
        self.assertTrue(wait_for(lambda: again.of("reset")))
        again.close()

    def test_as_many_as_may_listen(self):
        daemon = self.start()
        self.wait_states(memory_health="up")
        before = daemon.resources()["files"]
        listeners = []
        for _ in range(96):
            listeners.append(Listener(daemon))
        with self.assertRaises(AssertionError):
            Listener(daemon)  # too many from one address; pages are served as ever
        self.assertIn("memory-health", daemon.get("/"))
        self.assertTrue(wait_for(lambda: all(len(l.of("result")) > 2 for l in listeners)))
        for listener in listeners[:50]:
            listener.close()
        self.assertTrue(wait_for(lambda: daemon.resources()["files"] <= before + 46))
        self.assertEqual(daemon.end(), 0)
        for listener in listeners[50:]:
            listener.thread.join(PATIENCE)
            self.assertEqual(listener.ended, "well")
            listener.close()


if __name__ == "__main__":
    unittest.main()
