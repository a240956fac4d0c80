# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: a Lab holds the namespaces, veth pairs, mvmpd and NFs
of one test and takes them all down again, by pid, whatever happens. A test is an
executable tests/e2e/test_NAME:

    #!/usr/bin/python3
    import harness

    def test(lab):
        client, server = lab.side("client"), lab.side("server")
        daemon = lab.daemon(harness.bridge(client, server))
        lab.nf("forward", "bridge0")
        client.run("ping", "-c", "1", server.ip)
        daemon.check_buffers()

    harness.main(test)

scripts/check runs it with MVMP_SRC, MVMP_BUILD and, on a build with ASan and UBSan,
MVMP_SANITIZED=1; by hand it takes build/ of this tree. It wants root.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback

SRC = os.environ.get("MVMP_SRC") or os.path.realpath(os.path.join(
    os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("MVMP_BUILD") or os.path.join(SRC, "build")
SANITIZED = os.environ.get("MVMP_SANITIZED", "") == "1"
STATE = "/run/mvmp-test"
NF_USER = 65534
SKIPPED = 77
# mvmpd is not dumpable, so the leak checker cannot look into it.
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_leaks=0:exitcode=99",
                 "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99"}
SANITIZER_WORDS = ("AddressSanitizer", "runtime error:")

libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """The test cannot run here; the text says for lack of what."""


class Failed(AssertionError):
    """Something was not as it must be."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def wait_for(condition, seconds, what):
    """The first true value of condition(); Failed, naming WHAT, after SECONDS."""
    deadline = time.monotonic() + seconds * (3 if SANITIZED else 1)
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)


# ---- configuration

def libconfig(value, indent=0):
    """VALUE as libconfig text: dict = group, list of dicts = list, other list = array."""
    tab = "\t" * (indent + 1)
    if isinstance(value, dict):
        rows = [f"{tab}{key} = {libconfig(item, indent + 1)};"
                for key, item in value.items()]
        return "{\n" + "\n".join(rows) + "\n" + "\t" * indent + "}"
    if isinstance(value, (list, tuple)):
        items = ", ".join(libconfig(item, indent) for item in value)
        return f"( {items} )" if value and isinstance(value[0], dict) else f"[ {items} ]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)


def bridge(a, b, nfs=("forward", "sink"), **daemon):
    """Configuration of one bridged device, bridge0, between two sides; a dict to be
    changed at will before it is given to Lab.daemon."""
    return {
        "daemon": daemon,
        "nics": [{"name": "NIC1", "interface": a.interface},
                 {"name": "NIC2", "interface": b.interface}],
        "devices": [{"name": "bridge0", "kind": "bridged", "members": ["NIC1", "NIC2"]}],
        "nfs": [{"name": name, "user": NF_USER, "open": ["bridge0"]} for name in nfs],
    }


# ---- processes

def start_time(pid):
    """The kernel's start time of PID, "" if it is gone: tells a reused number apart."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


class Process:
    """A child with its output in a file."""

    def __init__(self, lab, name, argv, **options):
        self.lab, self.name, self.args = lab, name, argv
        self.log_path = os.path.join(lab.dir, f"{name}.log")
        environment = dict(os.environ, **SANITIZER_ENV)
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log, env=environment,
                                          start_new_session=True, **options)
        self.pid = self.child.pid
        lab.note(self.pid)
        lab.undo.callback(self.end)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def alive(self):
        return self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """kill -9, and its end."""
        self.child.kill()
        self.child.wait()

    def wait(self, seconds):
        """Its exit status; -N if signal N ended it."""
        try:
            return self.child.wait(seconds * (3 if SANITIZED else 1))
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end within {seconds} s") from None

    def stop(self, seconds=5):
        """SIGTERM; its exit status."""
        self.child.terminate()
        return self.wait(seconds)

    def end(self):
        if self.alive():
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()

    def check_log(self):
        for word in SANITIZER_WORDS:
            check(word not in self.log(), f"{self.name}: {word}")


class Daemon(Process):
    """mvmpd, ready."""

    def __init__(self, lab, conf, *args, name="mvmpd"):
        self.conf_path = lab.conf_write(conf, name)
        self.control = conf["daemon"]["control-socket"]
        self.nf_directory = conf["daemon"]["nf-directory"]
        super().__init__(lab, name, [program("src/mvmpd"), "--foreground", "-f",
                                     self.conf_path, *args])
        wait_for(lambda: "mvmpd: ready" in self.log() or not self.alive(), 30,
                 "mvmpd ready")
        check(self.alive(), f"mvmpd ended at its start:\n{self.log()}")

    def mvctl(self, *words, **options):
        """Runs mvctl; the subprocess.CompletedProcess, whatever its status."""
        return subprocess.run([program("cli/mvctl"), "-s", self.control, *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=30, check=False, **options)

    def show(self, what):
        """The parsed answer of "mvctl -j show WHAT"."""
        done = self.mvctl("-j", "show", *what.split())
        check(done.returncode == 0, f"show {what}: {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def nf(self, name):
        """The entry of the NF in show nfs."""
        return next(nf for nf in self.show("nfs")["nfs"] if nf["name"] == name)

    def check_buffers(self):
        """Every buffer is accounted for, and none was lost."""
        buffers = self.show("buffers")
        check(buffers["ok"] and buffers["lost"] == 0, f"buffers: {buffers}")
        return buffers

    def check_whole(self):
        """At the end of a test: it lives, its buffers add up, it stops cleanly."""
        if not self.alive():
            return
        self.check_buffers()
        status = self.stop(10)
        check(status == 0, f"mvmpd ended with {status}")
        self.check_log()


class Container:
    """An NF in a container, as scripts/nf-image and scripts/nf-run make it."""

    def __init__(self, lab, image, nf, socket_dir, args):
        self.name = f"mvmp-t{os.getpid()}-{nf}"
        self.engine = lab.engine()
        script(lab, "nf-image", image)
        lab.undo.callback(self.end)
        script(lab, "nf-run", "--detach", "--replace", "--image", image,
               "--name", self.name, "--socket-dir", socket_dir, nf, "--", *args)

    def call(self, *words):
        return subprocess.run([*self.engine, *words], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False).stdout

    def alive(self):
        return "true" in self.call("inspect", "-f", "{{.State.Running}}", self.name)

    def log(self):
        return self.call("logs", self.name)

    def kill(self):
        self.call("kill", self.name)

    def stop(self, seconds=5):
        self.call("stop", "-t", str(seconds), self.name)
        return int(self.call("inspect", "-f", "{{.State.ExitCode}}", self.name))

    def end(self):
        self.call("rm", "-f", self.name)


# ---- network

class Side:
    """A namespace with eth0 in it; the other end of the wire is .interface out here."""

    def __init__(self, lab, name, ip):
        self.lab, self.name, self.ip = lab, name, ip
        self.ns = f"mvmp-t{os.getpid()}-{name}"
        self.interface = f"mt{os.getpid()}{len(lab.sides)}"
        call("ip", "netns", "add", self.ns)
        lab.undo.callback(quiet, "ip", "netns", "del", self.ns)
        call("ip", "link", "add", self.interface, "type", "veth", "peer", "name", "eth0",
             "netns", self.ns)
        lab.undo.callback(quiet, "ip", "link", "del", self.interface)
        quiet("sysctl", "-qw", f"net.ipv6.conf.{self.interface}.disable_ipv6=1")
        quiet(*self.argv("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"))
        # Frames must be whole on the wire: checksums done, nothing larger than the MTU.
        for feature in ("tx", "sg", "tso", "gso", "gro", "rx"):
            quiet("ethtool", "-K", self.interface, feature, "off")
            quiet(*self.argv("ethtool", "-K", "eth0", feature, "off"))
        self.run("ip", "addr", "add", f"{ip}/24", "dev", "eth0")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "set", "eth0", "up")
        call("ip", "link", "set", self.interface, "up")

    def argv(self, *argv):
        return ["ip", "netns", "exec", self.ns, *argv]

    def run(self, *argv, seconds=60):
        """Runs a command in the namespace; its output. Failed unless it exits 0."""
        return call(*self.argv(*argv), seconds=seconds)

    def start(self, name, *argv):
        return Process(self.lab, name, self.argv(*argv))

    def serve(self, name, port, *argv):
        """Starts a server and waits until it listens on the TCP port."""
        process = self.start(name, *argv)
        listens = ("ss", "-Hltn", f"sport = :{port}")
        wait_for(lambda: self.run(*listens) or not process.alive(), 15,
                 f"{name} on port {port}")
        check(process.alive(), f"{name} ended:\n{process.log()}")
        return process

    def ping(self, other, count=5):
        """True if every echo request was answered."""
        argv = self.argv("ping", "-q", "-c", str(count), "-i", "0.02", "-W", "2",
                         other.ip)
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        return " 0% packet loss" in done.stdout

    @contextlib.contextmanager
    def inside(self):
        """Sockets made within are of the namespace."""
        with open("/proc/self/ns/net", "rb") as home, \
                open(f"/run/netns/{self.ns}", "rb") as there:
            check(libc.setns(there.fileno(), 0) == 0, "setns")
            try:
                yield
            finally:
                check(libc.setns(home.fileno(), 0) == 0, "setns back")

    def packet_socket(self, timeout=5):
        """Raw frames on eth0: .send(bytes), .recv(65535)."""
        with self.inside():
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            sock.bind(("eth0", 0))
        sock.settimeout(timeout)
        self.lab.undo.callback(sock.close)
        return sock


# ---- the lab

def program(path):
    full = os.path.join(BUILD, path)
    check(os.path.exists(full), f"{full} is not built: run make")
    return full


def call(*argv, seconds=60):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, check=False)
    check(done.returncode == 0,
          f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def quiet(*argv):
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)


def script(lab, name, *args):
    lab.engine()
    return call(os.path.join(SRC, "scripts", name), *args, seconds=120)


class Lab:
    def __init__(self):
        self.dir = os.path.join(STATE, str(os.getpid()))
        self.undo = contextlib.ExitStack()
        self.sides, self.daemons, self.engine_argv = [], [], None
        os.makedirs(self.dir, mode=0o755)
        self.note(os.getpid())
        self.undo.callback(shutil.rmtree, self.dir, ignore_errors=True)

    def note(self, pid):
        """So that the next test can end it, should this one be killed."""
        with open(os.path.join(self.dir, "pids"), "a", encoding="ascii") as file:
            file.write(f"{pid} {start_time(pid)}\n")

    def side(self, name):
        side = Side(self, name, f"10.78.0.{len(self.sides) + 1}")
        self.sides.append(side)
        return side

    def conf_write(self, conf, name="mvmpd"):
        """Writes the configuration, on sockets of this test; the path of the file."""
        conf.setdefault("daemon", {})
        conf["daemon"].setdefault("control-socket", f"{self.dir}/{name}.sock")
        conf["daemon"].setdefault("nf-directory", f"{self.dir}/{name}.nf")
        path = os.path.join(self.dir, f"{name}.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(f"{key} = {libconfig(value)};\n"
                               for key, value in conf.items()))
        return path

    def daemon(self, conf, *args, name="mvmpd"):
        """Starts mvmpd and waits until it is ready. At the end of a test that did well
        it must be whole and stop cleanly."""
        daemon = Daemon(self, conf, *args, name=name)
        self.daemons.append(daemon)
        return daemon

    def nf(self, name, *args, image=None, container=False, wait=True):
        """Starts the NF NAME of the last daemon, running IMAGE (NAME) of nf-images, and
        waits until it has opened its device. On the sanitizer build it is always a plain
        process, as ASan's libraries are not in the image."""
        daemon, image = self.daemons[-1], image or name
        socket_dir = os.path.join(daemon.nf_directory, name)
        if container and not SANITIZED:
            nf = Container(self, image, name, socket_dir, args)
        else:
            # The unprivileged user may not be able to reach the build folder.
            copy = os.path.join(self.dir, image)
            if not os.path.exists(copy):
                shutil.copy(program(f"nf-images/{image}/{image}"), copy)
            nf = Process(self, f"nf-{name}", [copy, "-s", f"{socket_dir}/sock", *args],
                         user=NF_USER, group=NF_USER, extra_groups=[], cwd="/")
        if wait:
            wait_for(lambda: daemon.nf(name)["opens"] or not nf.alive(), 15,
                     f"{name} attached")
            check(nf.alive(), f"{name} ended:\n{nf.log()}")
        return nf

    def engine(self):
        """The container engine's command; started if none runs."""
        if self.engine_argv is None:
            shell = '. "$0/scripts/engine"; MVMP_ENGINE_USER=$1; '
            start = [shell + 'engine_start && echo "${ENGINE[*]}"', SRC, str(os.getpid())]
            stop = [shell + "engine_stop", SRC, str(os.getpid())]
            done = subprocess.run(["bash", "-euc", *start], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Skip(f"no container engine: {done.stderr.strip()}")
            self.undo.callback(quiet, "bash", "-euc", *stop)
            self.engine_argv = done.stdout.split()
            with open(os.path.join(self.dir, "engine"), "w", encoding="utf-8") as file:
                file.write(" ".join(self.engine_argv))
        return self.engine_argv

    def logs_print(self):
        for name in sorted(os.listdir(self.dir)):
            if name.endswith((".log", ".conf")):
                with open(os.path.join(self.dir, name), errors="replace") as file:
                    text = file.read()[-4000:]
                print(f"--- {name}\n{text}", flush=True)


def sweep():
    """Takes down what tests that were killed have left."""
    for entry in os.listdir(STATE) if os.path.isdir(STATE) else []:
        directory = os.path.join(STATE, entry)
        try:
            with open(os.path.join(directory, "pids"), encoding="ascii") as file:
                pids = dict(line.split(None, 1) for line in file)
        except OSError:
            continue
        left = [pid for pid, start in pids.items() if start.strip() == start_time(pid)]
        if entry not in left:
            sweep_test(directory, f"mvmp-t{entry}-", left)


def sweep_test(directory, prefix, pids):
    for pid in pids:
        os.kill(int(pid), signal.SIGKILL)
    for ns in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        if ns.startswith(prefix):
            quiet("ip", "netns", "del", ns)
    with contextlib.suppress(OSError, Failed):
        with open(os.path.join(directory, "engine"), encoding="utf-8") as file:
            engine = file.read().split()
        for name in call(*engine, "ps", "-aq", "--filter", f"name=^{prefix}").split():
            quiet(*engine, "rm", "-f", name)
    shutil.rmtree(directory, ignore_errors=True)


def terminate(*_):
    raise Failed("interrupted")


def main(test):
    """Runs test(lab) and exits 0, 77 (skipped) or 1."""
    if os.geteuid() != 0:
        print("needs root")
        sys.exit(SKIPPED)
    signal.signal(signal.SIGTERM, terminate)
    sweep()
    lab = Lab()
    with lab.undo:
        try:
            test(lab)
            for daemon in lab.daemons:
                daemon.check_whole()
        except Skip as reason:
            status, text = SKIPPED, str(reason)
        except BaseException:  # a test may fail in any way; all end in the same place
            lab.logs_print()
            status, text = 1, traceback.format_exc()
        else:
            status, text = 0, "ok"
    print(text, flush=True)
    sys.exit(status)
