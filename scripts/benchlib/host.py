# SPDX-License-Identifier: BSD-3-Clause
"""The machine a benchmark runs on: packages, the build, hugepages, CPUs, processes. All
that is changed or started is undone by Host.undo, processes by their pid."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SRC = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("MVMP_BUILD") or os.path.join(SRC, "build")
PAGES = 256  # of 2 MB: what mvmpd or testpmd needs, with room to spare
NR_HUGEPAGES = "/proc/sys/vm/nr_hugepages"
STARTED = time.monotonic()
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None)


class Failure(Exception):
    """The benchmark cannot go on; the text says why, and what to do."""


def step(text):
    print(f"{time.monotonic() - STARTED:3.0f}s ==> {text}", file=sys.stderr, flush=True)


def warn(text):
    print(f"     warning: {text}", file=sys.stderr, flush=True)


def program(path):
    return os.path.join(BUILD, path)


def wait_for(condition, seconds, what):
    """The first true value of condition(); Failure, naming WHAT, after SECONDS."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s in vain: {what}")
        time.sleep(0.01)
    return value


def child_prepare(cpus):
    """On its CPUs; and it ends when this process is killed."""
    os.sched_setaffinity(0, cpus)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """A child on given CPUs, its output in a file."""

    def __init__(self, host, name, argv, cpus, **options):
        self.name = name
        self.log_path = os.path.join(host.dir, f"{name}.log")
        options.setdefault("stdin", subprocess.DEVNULL)
        with open(self.log_path, "wb") as log:
            options.setdefault("stdout", log)
            try:
                self.child = subprocess.Popen(
                    argv, stderr=log, start_new_session=True,
                    preexec_fn=lambda: child_prepare(cpus), **options)
            except OSError as e:
                raise Failure(f"cannot start {argv[0]}: {e.strerror}") from None
        self.pid = self.child.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def alive(self):
        return self.child.poll() is None

    def check_alive(self):
        if not self.alive():
            raise Failure(f"{self.name} ended:\n{self.log()[-2000:]}")

    def stop(self, seconds=5):
        """SIGTERM, then SIGKILL; its exit status."""
        if self.alive():
            self.child.terminate()
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                warn(f"{self.name} had to be killed")
                self.child.kill()
        return self.child.wait()


class Host:
    def __init__(self, options):
        self.undo = contextlib.ExitStack()
        self.worker_cpu, self.nf_cpu = options.cpus
        self.huge = not options.no_huge
        self.dir = tempfile.mkdtemp(prefix="mvmp-bench-")
        self.undo.callback(shutil.rmtree, self.dir, ignore_errors=True)

    def cpus_check(self):
        missing = {self.worker_cpu, self.nf_cpu} - os.sched_getaffinity(0)
        if missing or self.worker_cpu == self.nf_cpu:
            raise Failure("a worker and an NF need a CPU each, but this process may not "
                          f"run on {sorted(missing)}; name others with --cpus A,B")

    def build(self, install):
        """Packages and the tree, by the functions that all scripts use."""
        if install:
            self.shell('"$MVMP_SRC/scripts/deps" build bench', "packages are missing")
        log = os.path.join(self.dir, "build.log")
        # With the options it has, so that nothing is configured anew.
        self.shell('options=$(cat "$MVMP_BUILD/.options" 2> /dev/null) || true\n'
                   'case $options in *--enable-sanitizers*) die "$MVMP_BUILD is built '
                   'with sanitizers" "set MVMP_BUILD to another folder" ;; esac\n'
                   f'tree_build "$MVMP_BUILD" {log} $options || '
                   f'{{ show_tail {log}; exit 1; }}', "the build failed")

    def shell(self, text, error):
        done = subprocess.run(["bash", "-euc", '. "$0/scripts/lib.sh"\n' + text, SRC],
                              stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise Failure(error + ", see above")

    def hugepages_reserve(self):
        """Best effort: without hugepages both sides run on ordinary pages."""
        if not self.huge:
            return
        free = hugepages_free()
        if free < PAGES:
            total = number_read(NR_HUGEPAGES)
            self.undo.callback(number_write, NR_HUGEPAGES, total)
            number_write(NR_HUGEPAGES, total + PAGES - free)
            free = hugepages_free()
        self.huge = free >= PAGES
        if not self.huge:
            warn(f"only {free} of {PAGES} hugepages are free: running without any")

    def settle(self):
        """This process shares the NF's CPU from now on; the worker has its own."""
        os.sched_setaffinity(0, {self.nf_cpu})

    @contextlib.contextmanager
    def running(self, name, argv, cpus, **options):
        process = Process(self, name, argv, cpus, **options)
        try:
            yield process
        finally:
            process.stop()

    def line_ns(self):
        """How long a cache line takes between the two CPUs, now."""
        cpus = {self.worker_cpu, self.nf_cpu}
        argv = [program("tests/bench/pingpong"), str(self.worker_cpu), str(self.nf_cpu)]
        with self.running("pingpong", argv, cpus, stdout=subprocess.PIPE,
                          text=True) as process:
            try:
                text = process.child.communicate(timeout=20)[0]
            except subprocess.TimeoutExpired:
                raise Failure("pingpong did not end: are both CPUs busy?") from None
        if process.child.returncode != 0:
            raise Failure(f"pingpong: {process.log()}")
        return float(text.split()[1])


def hugepages_free():
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("HugePages_Free:"):
                return int(line.split()[1])
    return 0


def number_read(path):
    with open(path, encoding="ascii") as file:
        return int(file.read())


def number_write(path, value):
    with contextlib.suppress(OSError), open(path, "w", encoding="ascii") as file:
        file.write(str(value))
