"""Manual pages and completions: made whole from the tables, well formed, and of use in a real shell."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["OUTRIDER_BUILD"])
SOURCE = pathlib.Path(os.environ["OUTRIDER_SOURCE"])
PAGES = ["outrider.1", "outrider.yaml.5", "janus-sim.1"]


def run(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True, **more).stdout


def rendered(page):
    """As a reader sees it, without overstriking."""
    text = run("mandoc", "-Tutf8", "-Owidth=80", BUILD / "man" / page)
    return re.sub(r".\x08", "", text)


def certificate(folder):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a",
        "-keyout", folder / "client.key", "-out", folder / "client.pem")
    shutil.copy(folder / "client.pem", folder / "ca.pem")


class Manual(unittest.TestCase):
    def test_the_linter_is_silent(self):
        for page in PAGES:
            ran = subprocess.run(["mandoc", "-Tlint", "-Wwarning", BUILD / "man" / page], capture_output=True, text=True,
                                 timeout=60, check=False)
            self.assertEqual((ran.stdout + ran.stderr, ran.returncode), ("", 0))

    def test_every_option_is_in_its_page(self):
        for program, page in (("outrider", "outrider.1"), ("janus-sim", "janus-sim.1")):
            text = rendered(page)
            options = set(re.findall(r"^ {2,}(?:-., )?(--[a-z-]+)", run(BUILD / program, "--help"), re.M))
            self.assertGreater(len(options), 4)
            for option in options:
                self.assertRegex(text, rf"(?m)^ +(-., )?{option}\b", page)

    def test_every_key_is_in_its_page(self):
        text = rendered("outrider.yaml.5")
        schema = json.loads(run(BUILD / "outrider", "--print-schema"))
        keys = {key for part in [schema, *schema["definitions"].values()] for key in part.get("properties", {})}
        self.assertGreater(len(keys), 100)
        for key in keys:
            self.assertRegex(text, rf"(?m)^     {key}( |$)")
        for reason in schema["definitions"]["retries"]["properties"]["when"]["items"]["anyOf"][0]["enum"]:
            self.assertRegex(text, rf"\b{reason}\b")

    def test_every_fault_is_in_its_page(self):
        text = rendered("janus-sim.1")
        names = re.findall(r"^  ([a-z0-9.-]+)", run(BUILD / "janus-sim", "--list-faults"), re.M)
        self.assertGreater(len(names), 50)
        for name in names:
            self.assertRegex(text, rf"(?m)^     {re.escape(name)}(=| |$)")

    def test_what_the_cookbook_and_the_readme_show_is_right(self):
        shown = [(page, text) for page in ("README.md", "docs/cookbook.md")
                 for text in re.findall(r"^```yaml\n(.*?)^```", (SOURCE / page).read_text(), re.M | re.S)
                 if "checks:" in text]
        self.assertGreater(len(shown), 15)
        for page, text in shown:
            with tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder, "shown.yaml")
                file.write_text(text.replace("/etc/outrider", folder))
                if "/client.key" in text:
                    certificate(pathlib.Path(folder))
                names = set(re.findall(r"\$\{([A-Z_]+)\}", text))
                ran = subprocess.run([BUILD / "outrider", "--check-config", "--config", file], capture_output=True, text=True,
                                     timeout=60, check=False, env={**os.environ, **{n: "https://h.example.org/" + n for n in names}})
                self.assertEqual(ran.returncode, 0, f"{page}:\n{text}\n{ran.stderr}")

    def test_the_examples_are_right(self):
        page = (SOURCE / "docs/man/outrider.yaml.5.in").read_text()
        examples = re.findall(r"^\.Bd -literal[^\n]*\n((?:services|alerts):.*?)^\.Ed", page, re.M | re.S)
        self.assertGreaterEqual(len(examples), 4)
        known = {"GATEWAY_KEY": "k", "SLACK_URL": "http://h/a", "DISCORD_URL": "http://h/b", "BOT_TOKEN": "1:a",
                 "PAGERDUTY_KEY": "k", "NTFY_TOKEN": "t"}
        with tempfile.TemporaryDirectory() as folder:
            for number, example in enumerate(examples):
                path = pathlib.Path(folder) / f"{number}.yaml"
                if "services:" not in example:
                    example = 'services: {gateway: {url: "http://h"}}\n' + example
                if "checks:" not in example:
                    example += "checks: [{id: x, service: gateway, get: /}]\n"
                    example = "mode: local\n" + example
                path.write_text(example)
                run(BUILD / "outrider", "--check-config", "--config", path, env={**os.environ, **known})

    def test_they_are_installed(self):
        with tempfile.TemporaryDirectory() as folder:
            run("cmake", "--install", BUILD, "--prefix", folder)
            share = pathlib.Path(folder) / "share"
            for path in ["man/man1/outrider.1", "man/man1/janus-sim.1", "man/man5/outrider.yaml.5",
                         "bash-completion/completions/outrider", "bash-completion/completions/janus-sim"]:
                self.assertTrue((share / path).stat().st_size, path)


class Completion(unittest.TestCase):
    def complete(self, *words, script=None):
        """What a real bash offers behind these words; the last one is being typed."""
        script = script or BUILD / "completions/outrider"
        quoted = " ".join(f"'{word}'" for word in words)
        text = f"""
            source '{script}'
            COMP_WORDS=({quoted})
            COMP_CWORD={len(words) - 1}
            function=$(complete -p '{pathlib.Path(words[0]).name}' | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            $function
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        return set(run(shutil.which("bash"), "--norc", "-c", text, cwd=SOURCE).split())

    def outrider(self, *words):
        return self.complete(str(BUILD / "outrider"), *words)

    def test_options_come_from_the_table(self):
        offered = self.outrider("--")
        options = set(re.findall(r"^ {2,}(?:-., )?(--[a-z-]+)", run(BUILD / "outrider", "--help"), re.M))
        self.assertEqual(offered, options)
        self.assertEqual(self.outrider("--run"), {"--run-once"})
        self.assertEqual(self.outrider("--run-once", "--fail-f"), {"--fail-fast"})

    def test_values(self):
        self.assertEqual(self.outrider("--color", ""), {"auto", "always", "never"})
        self.assertEqual(self.outrider("--color", "=", "al"), {"always"})
        self.assertEqual(self.outrider("--fail-on", "w"), {"warn"})
        self.assertEqual(self.outrider("--retries", ""), set())

    def test_names_come_from_the_configuration(self):
        suite = ("--config", "suites/janus.yaml")
        self.assertEqual(self.outrider(*suite, "--mode", ""), {"local", "deployed"})
        self.assertIn("gateway-stream", self.outrider(*suite, "--check", "gateway-s"))
        self.assertIn("gateway-health", self.outrider(*suite, "--explain", "gateway-h"))
        self.assertIn("streaming", self.outrider(*suite, "--tag", ""))
        self.assertEqual(self.outrider(*suite, "--service-only", "mem"), {"memory"})
        self.assertEqual(self.outrider(*suite, "--service", "mem"), {"memory="})
        every = ("--config", "tests/unit/config/good/every_key.yaml")
        self.assertEqual(self.outrider(*every, "--service-only", "ma"), {"main"})
        self.assertEqual(self.outrider(*every, "--alert-test", "ma"), {"manager"})

    def test_files(self):
        self.assertIn("suites/janus.yaml", self.outrider("--config", "suites/j"))
        self.assertIn("README.md", self.outrider("--json", "READ"))

    def test_janus_sim(self):
        script = SOURCE / "completions/janus-sim.bash"
        program = str(BUILD / "janus-sim")
        self.assertIn("--list-faults", self.complete(program, "--", script=script))
        self.assertIn("gateway-down", self.complete(program, "--fault", "gate", script=script))


if __name__ == "__main__":
    unittest.main()
