#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests of mvctl as its users meet it: keys typed into a real terminal, scripts, exit
statuses, and a daemon that misbehaves. Needs no root and no mvmpd: fakectl.py answers.

usage: mvctl_shell.py [TEST ...]      MVCTL names the program, default cli/mvctl
"""
import json
import os
import pty
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

import pexpect

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import fakectl  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHOWS = ("version", "nics", "devices", "nfs", "rings", "buffers", "counters")


def program():
    for path in (os.environ.get("MVCTL"), "cli/mvctl", os.path.join(TOP, "cli/mvctl")):
        if path and os.access(path, os.X_OK):
            return os.path.abspath(path)
    sys.exit("mvctl_shell.py: no mvctl found: build it, or set MVCTL")


MVCTL = program()


class Base(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="mvctl-test.")
        self.addCleanup(self.dir.cleanup)
        self.sock = os.path.join(self.dir.name, "ctl.sock")
        self.history = os.path.join(self.dir.name, ".mvctl_history")
        self.env = dict(os.environ, HOME=self.dir.name, MVMP_CTL=self.sock,
                        TERM="xterm", LC_ALL="C.UTF-8")
        self.daemon = fakectl.FakeDaemon(self.sock)

    def run_mvctl(self, *args, **kwargs):
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        if "input" in kwargs:
            del kwargs["stdin"]
        return subprocess.run([MVCTL, *args], env=self.env, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60, **kwargs)

    def assert_run(self, args, status, out="", err=""):
        """Runs mvctl; OUT and ERR must be found, and be all there is if empty."""
        r = self.run_mvctl(*args)
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        for want, got in ((out, r.stdout), (err, r.stderr)):
            if want:
                self.assertIn(want, got)
            else:
                self.assertEqual(got, "")
        return r


class OneShot(Base):
    """Commands as arguments, from files and pipes."""

    def test_shows_text(self):
        for what in SHOWS:
            r = self.assert_run(["show", what], 0, out="\n")
            self.assertNotIn("\033", r.stdout)
        self.assert_run(["show", "buffers"], 0, out="\nfree 8000 + NIC 20 + rings 100 "
                        "+ held 72 = 8192 of 8192 (ok)\n")
        self.assert_run(["show", "nfs"], 0, out="ids   killed by signal 11\n")

    def test_shows_json(self):
        for what in SHOWS:
            one = json.loads(self.assert_run(["-j", "show", what], 0, out="{").stdout)
            two = json.loads(self.assert_run(["show", what, "|", "json"], 0, out="{").stdout)
            if what != "counters":
                self.assertEqual(one, self.daemon.answers["show." + what]())
                self.assertEqual(one, two)

    def test_json_after_command(self):
        json.loads(self.assert_run(["show", "nics", "-j"], 0, out="{").stdout)

    def test_drops(self):
        r = self.assert_run(["show", "counters"], 0, out="the NF's ring was full")
        self.assertNotIn("bad-frame", r.stdout)
        self.daemon.answers["show.counters"] = lambda: {"drops": []}
        self.assert_run(["show", "counters"], 0, out="no drops\n")

    def test_abbreviation(self):
        self.assert_run(["sh", "ni"], 0, out="client")
        self.daemon.seen.clear()
        self.assert_run(["sh", "n"], 1, err='mvctl: % Ambiguous command:  "sh n"\n')
        self.assertEqual(self.daemon.seen, [], "an ambiguous command was executed")

    def test_pipes(self):
        self.assertEqual(self.run_mvctl("show nics | include ^client | count").stdout, "3\n")
        self.assertEqual(self.run_mvctl("show", "version", "|", "inc", "Uptime").stdout,
                         "Uptime              3d04:05:06\n")
        lines = self.run_mvctl("show version | begin Workers").stdout.splitlines()
        self.assertTrue(lines[0].startswith("Workers"))
        self.assertNotIn("up", self.run_mvctl("show nics | exclude (up|e)").stdout)

    def test_wrong(self):
        self.assert_run(["show", "nicz"], 1, err="\n  show nicz\n          ^\n")
        self.assert_run(["show", "nicz"], 1, err='did you mean "nics"?')
        self.assert_run(["show"], 1, err="% Incomplete command.")
        self.assert_run(["watch counters interval 0"], 1, err="out of range")
        self.assert_run(["show nics | include ["], 1, err="not a regular expression")

    def test_help_at_end(self):
        r = self.assert_run(["show n?"], 0, out="  nfs   Network functions")
        self.assertIn("  nics  NICs", r.stdout)

    def test_usage(self):
        self.assert_run(["--no-such"], 2, err="usage:")
        self.assert_run(["-c", "show nics", "show", "nfs"], 2, err="usage:")
        self.assert_run(["-s", "x" * 108, "show", "nics"], 2, err="longer than 107")
        self.assert_run(["-s", "", "show", "nics"], 2, err="empty")
        self.assert_run(["-f", "/no/such/file"], 2, err="/no/such/file: No such file")
        self.assert_run(["-V"], 0, out="mvctl ")
        self.assert_run(["-h"], 0, out="usage: mvctl")

    def test_several(self):
        r = self.assert_run(["-c", "show ver | inc Uptime", "-c", "sh nics | count"], 0,
                            out="Uptime")
        self.assertEqual(len(r.stdout.splitlines()), 2)
        r = self.assert_run(["-c", "bad", "-c", "show nics"], 1, err="-c 1: % Invalid")
        self.assertEqual(self.daemon.seen.count("show.nics"), 1)

    def test_file(self):
        name = os.path.join(self.dir.name, "cmds")
        with open(name, "w") as f:
            f.write("! a comment\r\n\n  show version | json\nshow foo\nshow nics\n")
        r = self.assert_run(["-f", name], 1, out="{",
                            err=name + ": line 4: % Invalid input detected")
        json.loads(r.stdout)
        self.assertEqual(self.daemon.seen, ["show.version"])

    def test_stdin(self):
        r = self.run_mvctl(input="show version | count\nexit\nshow nics\n")
        self.assertEqual((r.returncode, r.stdout, r.stderr), (0, "12\n", ""))
        r = self.run_mvctl(input="sh n\n")
        self.assertEqual((r.returncode, r.stdout), (1, ""))
        self.assertIn('stdin: line 1: % Ambiguous command:  "sh n"\n', r.stderr)
        r = self.run_mvctl(input="show nics\0 | json\n")
        self.assertEqual(r.returncode, 1)
        r = self.run_mvctl(input="x" * 1000000 + "\n")
        self.assertEqual(r.returncode, 1)
        self.assertLess(len(r.stderr), 1000)

    def test_reload(self):
        self.assert_run(["reload"], 0, out="  nic client: mtu 1500 -> 9000\n",
                        err="% Warning: 192.168.0.0/8 has host bits set\n")
        self.daemon.answers["config.reload"] = lambda: {"changed": [], "warnings": []}
        self.assert_run(["reload"], 0, out="nothing changed")
        self.daemon.answers["config.reload"] = lambda: {
            "code": -32000, "message": "the configuration is wrong",
            "data": {"errors": ["/etc/mvmp.conf:3: no such key", "x:4: \033[2Jbad"]}}
        r = self.assert_run(["reload"], 1, err="mvctl: % the configuration is wrong\n")
        self.assertIn("\n  /etc/mvmp.conf:3: no such key\n  x:4: \\x1B[2Jbad\n", r.stderr)

    def test_watch_blocks(self):
        r = self.assert_run(["watch", "counters", "count", "2"], 0, out="rates over 1.0 s")
        self.assertEqual(r.stdout.count("NICs\n"), 2)
        self.assertNotIn("\033", r.stdout)
        self.assertRegex(r.stdout, r"client +1000 +10\.0 +0 +0\.0 +0\n")
        self.assertRegex(r.stdout, r"bridge0 +500 ")
        self.assertRegex(r.stdout, r"fwd +777 +- +666 +- ")
        r = self.assert_run(["-j", "watch", "counters", "count", "1"], 0, out="{")
        self.assertEqual(json.loads(r.stdout)["nics"][0]["rx_pps"], 1000)

    def test_output_full(self):
        with open("/dev/full", "w") as full:
            r = subprocess.run([MVCTL, "show", "nics"], env=self.env, stdout=full,
                               stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(r.returncode, 1)
        self.assertIn("cannot be written", r.stderr)

    def test_complete(self):
        r = self.assert_run(["--complete", "show n"], 0, out="nfs")
        self.assertEqual(r.stdout.split(), ["nfs", "nics"])
        r = self.run_mvctl("--complete", "watch counters interval ")
        self.assertEqual((r.returncode, r.stdout), (0, ""))

    def test_bash_completion(self):
        script = ('PATH=%s:$PATH; . %s/scripts/mvctl.bash; COMP_WORDS=(mvctl -j show n); '
                  'COMP_CWORD=3; _mvctl; echo "${COMPREPLY[@]}"; '
                  'COMP_WORDS=(mvctl --so); COMP_CWORD=1; _mvctl; echo "${COMPREPLY[@]}"'
                  % (os.path.dirname(MVCTL), TOP))
        r = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True,
                           env=self.env, timeout=60)
        self.assertEqual(r.stdout, "nfs nics\n--socket\n")


class BadDaemon(Base):
    """Status 3 and a reason, whatever the daemon does."""

    def assert_unreachable(self, text, *args):
        self.assert_run([*args, "show", "nics"], 3, err=text)

    def test_no_socket(self):
        self.assert_unreachable("Is mvmpd running", "-s", self.dir.name + "/none")

    def test_stopped(self):
        path = self.dir.name + "/left"
        with fakectl.socket.socket(fakectl.socket.AF_UNIX) as s:
            s.bind(path)
        self.assert_unreachable("nobody listens on " + path, "-s", path)

    @unittest.skipIf(os.geteuid() != 0, "only root can become somebody else")
    def test_permission(self):
        os.chmod(self.dir.name, 0o711)
        os.chmod(self.sock, 0o600)
        copy = os.path.join(self.dir.name, "mvctl")
        subprocess.run(["cp", MVCTL, copy], check=True)
        r = subprocess.run([copy, "show", "nics"], env=self.env, text=True, timeout=60,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           user=65534, group=65534, extra_groups=[])
        self.assertEqual(r.returncode, 3, r.stderr)
        self.assertIn("no permission for " + self.sock, r.stderr)
        self.assertIn("Only root may use it", r.stderr)

    def test_faults(self):
        for fault, text in (("eof", "without an answer"),
                            ("halfway", "in the middle of its answer"),
                            ("garbage", "not JSON-RPC"),
                            ("other", "to another request"),
                            ("endless", "longer than 16 MiB"),
                            ("silent", "does not answer")):
            with self.subTest(fault):
                self.daemon.fault = fault
                self.assert_unreachable(text)

    def test_old_daemon(self):
        del self.daemon.answers["show.rings"]
        self.assert_run(["show", "rings"], 1, err="older than mvctl")

    def test_control_characters(self):
        nics = [dict(fakectl.NICS[0], name="\033]0;owned\a\u202e")]
        self.daemon.answers["show.nics"] = lambda: {"nics": nics}
        r = self.assert_run(["show", "nics"], 0, out="\\x1B]0;owned\\x07\\u{202E}")
        r = self.assert_run(["-j", "show", "nics"], 0, out="\\u001B]0;owned\\u0007\\u202E")
        self.assertEqual(json.loads(r.stdout)["nics"], nics)


class Shell(Base):
    """The prompt, on a terminal of 80 columns."""

    def setUp(self):
        super().setUp()
        self.shell = None
        self.open()

    def tearDown(self):
        if self.shell.isalive():
            self.shell.terminate(force=True)

    def open(self):
        self.shell = pexpect.spawn(MVCTL, env=self.env, dimensions=(24, 80), timeout=20,
                                   encoding="utf-8")
        self.shell.delaybeforesend = None
        self.see("mvmp# ")

    def type(self, keys):
        self.shell.send(keys)

    def see(self, text):
        self.shell.expect_exact(text)
        return self.shell.before

    def answer(self, line):
        """Types a line and returns what is printed before the next prompt."""
        self.type(line + "\r")
        self.see("\r\n")
        return self.see("mvmp# ").replace("\r", "")

    def leave(self):
        self.shell.expect(pexpect.EOF)
        self.shell.close()
        self.assertEqual(self.shell.exitstatus, 0, self.shell.before)

    def test_show_and_exit(self):
        self.assertIn("client  up", self.answer("show nics"))
        self.assertIn('"mtu": 1500', self.answer("sh ni | json"))
        self.type("exit\r")
        self.leave()

    def test_caret(self):
        self.assertTrue(self.answer("show nicz").startswith(
            " " * (len("mvmp# show nic")) + "^\n"
            "% Invalid input detected at '^' marker.\n  expected: buffers,"))
        self.assertIn('did you mean "nics"?', self.answer("show nicz"))
        self.assertTrue(self.answer("show").startswith("% Incomplete command.\n"))
        self.daemon.seen.clear()
        self.assertTrue(self.answer("sh n").startswith('% Ambiguous command:  "sh n"\n'))
        self.assertEqual(self.daemon.seen, [])

    def test_caret_long_line(self):
        answer = self.answer("show nics | include " + "a" * 70 + " | zap")
        shown, caret = [s for s in answer.split("\n") if s.startswith("  ")][:1] + \
            [s for s in answer.split("\n") if s.strip() == "^"]
        self.assertEqual(shown[len(caret) - 1:], "zap")

    def test_question_mark(self):
        self.type("show n?")
        self.see("\r\n  nfs   Network functions")
        self.see("\r\n  nics  NICs")
        self.see("mvmp# show n")
        self.type("ics ?")
        self.see("<cr>")
        self.see("mvmp# show nics ")
        self.assertIn("client", self.answer(""))

    def test_question_mark_on_wrong_line(self):
        self.type("zap ?")
        self.see("% Invalid input detected")
        self.see("mvmp# zap ")

    def test_question_mark_in_the_middle(self):
        self.type("show nics\001?")  # Ctrl-A: at the beginning
        self.see("  exit ")
        self.see("mvmp# show nics")
        self.assertIn("client", self.answer(""))

    def test_question_mark_long_line(self):
        line = "show nics | include " + "a" * 80 + " | "
        self.type(line + "?")
        self.see("  include  Only lines that match\r\n")
        self.see("mvmp# show nics")
        self.type("\001?\005")  # from the first row: both rows stay readable
        self.see("\r\n\r\n  exit ")
        self.see("mvmp# show nics")
        self.type("count\r")
        self.see("count\r\n0\r\n")

    def test_quoted_question_mark(self):
        answer = self.answer("show nics | include clientx\026? | count")  # Ctrl-V
        self.assertEqual(answer, "3\n")

    def test_tab(self):
        self.assertIn("killed by signal 11", self.answer("sho\tnf\t| inc\tkilled"))
        self.type("show n\t")
        self.see("\a")
        self.type("\t")
        self.see("  nics  NICs")
        self.see("mvmp# show n")
        self.type("\003")
        self.see("mvmp# ")

    def test_abandon(self):
        self.daemon.seen.clear()
        self.type("reload\003")
        self.see("^C")
        self.see("mvmp# ")
        self.type("\003")  # also on an empty line
        self.see("mvmp# ")
        self.assertIn("Uptime", self.answer("show version"))
        self.assertEqual(self.daemon.seen, ["show.version"])

    def test_end_of_input(self):
        self.type("show\004")  # not on an empty line
        self.type("\025\004")
        self.leave()

    def test_history(self):
        self.answer("show version | count")
        self.type("exit\r")
        self.leave()
        self.assertEqual(stat.S_IMODE(os.stat(self.history).st_mode), 0o600)
        self.open()
        self.type("\033[A\033[A\r")
        self.see("show version | count")
        self.see("12\r\n")
        self.see("mvmp# ")
        self.type("\022version")  # Ctrl-R
        self.see("bck:")
        self.type("\r")
        self.see("12\r\n")

    def test_history_elsewhere(self):
        """A link, say to /dev/null, is neither followed nor replaced."""
        os.symlink(self.dir.name + "/target", self.history)
        self.answer("show version | count")
        self.assertTrue(os.path.islink(self.history))
        self.assertFalse(os.path.exists(self.dir.name + "/target"))

    def test_watch(self):
        self.type("watch counters\r")
        self.see("\033[?1049h")
        self.see("first reading")
        self.see("rates over 1.0 s, q to leave")
        self.see("client    1000       10.0")
        self.type("q")
        self.see("\033[?1049l")
        self.see("mvmp# ")
        self.type("watch counters interval 3600\r")
        self.see("first reading")
        self.type("\003")
        self.see("\033[?1049l")
        self.see("mvmp# ")
        self.assertIn("Uptime", self.answer("show version"))

    def test_watch_small(self):
        self.shell.setwinsize(6, 40)
        self.type("watch counters\r")
        self.see("too small for the ")
        self.type("q")
        self.see("mvmp# ")

    def test_watch_daemon_gone(self):
        self.type("watch counters\r")
        self.see("first reading")
        self.daemon.stop()
        self.see("\033[?1049l")
        self.see("% mvmpd")
        self.see("mvmp# ")

    def test_watch_terminated(self):
        self.type("watch counters interval 3600\r")
        self.see("first reading")
        self.shell.kill(signal.SIGTERM)
        self.see("\033[?1049l")
        self.leave()

    def test_interrupt_waiting(self):
        self.daemon.fault = "silent"
        self.daemon.seen.clear()
        asked = fakectl.threading.Event()
        self.daemon.answers["config.reload"] = lambda: asked.set() or {}
        self.type("reload\r")
        self.assertTrue(asked.wait(20))
        self.type("\003")
        self.see("% Interrupted")
        self.see("mvmp# ")
        self.daemon.fault = None
        self.assertIn("Uptime", self.answer("show version"))

    def test_daemon_restarts(self):
        self.assertIn("client", self.answer("show nics"))
        self.daemon.stop()
        self.assertIn("% mvmpd is not reachable: there is no socket",
                      self.answer("show nics"))
        self.daemon.start()
        self.assertIn("client", self.answer("show nics"))
        self.daemon.stop()
        self.daemon.start()
        self.assertIn("client", self.answer("show nics"))

    def test_resize(self):
        self.type("show nics | include client")
        self.shell.setwinsize(24, 30)
        self.type("?")
        self.see("mvmp# ")
        self.type("\003")
        self.see("mvmp# ")
        self.assertIn("Uptime", self.answer("show version"))

    def test_noise(self):
        """Keys without sense neither end nor hang it."""
        for keys in ("\033[99~", "\0", "\033\033\033", "\f", "|||??", "\t\t\t", "\"\"??",
                     "\303\274\t?", "%n%s?"):
            self.type(keys + "\003\003")  # the first may belong to an escape
            self.see("mvmp# ")
        self.type("show version | count\r")
        self.see("12\r\n")


class NoTerminal(Base):
    def test_watch_interrupt(self):
        """Ctrl-C ends a watch whose output is a pipe, without an error."""
        p = subprocess.Popen([MVCTL, "watch", "counters"], env=self.env, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        while "NICs" not in p.stdout.readline():
            self.assertIsNone(p.poll())
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=20)
        self.assertEqual((p.returncode, err), (0, ""))

    def test_stdout_no_terminal(self):
        """With only stdin on a terminal lines are read as from a file."""
        leader, follower = pty.openpty()
        p = subprocess.Popen([MVCTL], env=self.env, stdin=follower, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.write(leader, b"show version | count\n\004")
        out, err = p.communicate(timeout=20)
        os.close(leader)
        os.close(follower)
        self.assertEqual((p.returncode, out, err), (0, "12\n", ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
