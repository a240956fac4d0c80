# SPDX-License-Identifier: BSD-3-Clause
"""How a figure is taken that can be trusted: short windows, each of which says whether
the threads that count were switched out in it. Used alike on MVMP and on its peers."""

import os
import time
from collections import namedtuple

WINDOW_S = 0.02
# What an NF may wait for its CPU because of strangers, as a share of the window. It
# yields when it finds nothing, so that it can lose its CPU without an involuntary switch.
WAIT_SHARE = 0.01
NEAR_NS = 60  # a cache line takes less than this between near CPUs

# Take windows until WANT clean ones or LIMIT_S, after WARM_S that do not count.
Effort = namedtuple("Effort", "want limit_s warm_s")
# The worker's involuntary switches, ns waited and ran; ns the NF waited for strangers.
Mark = namedtuple("Mark", "forced waited ran strangers now")


class Task:
    """A thread of which is read how it shares its CPU: PID/task/TID of /proc. Reading
    costs the NF its CPU, so the files stay open and as little as possible is read."""

    def __init__(self, pid, tid=None):
        self.path = f"/proc/{pid}/task/{tid or pid}"
        self.files = {}

    def close(self):
        for file in self.files.values():
            os.close(file)

    def read(self, name):
        if name not in self.files:
            self.files[name] = os.open(f"{self.path}/{name}", os.O_RDONLY)
        return os.pread(self.files[name], 8192, 0)

    def forced(self):
        """Involuntary switches so far."""
        return int(self.read("status").split(b"nonvoluntary_ctxt_switches:")[1])

    def times(self):
        """ns on a CPU, and ns of waiting for one."""
        ran, waited, _ = self.read("schedstat").split()
        return int(ran), int(waited)


def task_find(pid, word):
    """The thread of PID with WORD in its name."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="ascii") as file:
            if word in file.read():
                return int(tid)
    raise RuntimeError(f"no thread of process {pid} has {word} in its name")


class Watch:
    """Tells clean windows: WORKER had its CPU all the time, and NF, if there is one,
    waited for no stranger. This process and the thread CONTROL run on the NF's CPU to
    take the window, and are none."""

    def __init__(self, worker, nf=None, control=None):
        self.worker, self.nf, self.control = worker, nf, control

    def mark(self):
        ran, waited = self.worker.times()
        strangers = 0
        if self.nf:
            strangers = (self.nf.times()[1] - self.control.times()[0] -
                         time.process_time_ns())
        return Mark(self.worker.forced(), waited, ran, strangers, time.monotonic_ns())

    def clean(self, a, b):
        """A wait is counted when it ends, and one that outlasts the window leaves only
        the trace that the worker did not run; ran advances with the kernel's tick."""
        length = b.now - a.now
        return ((a.forced, a.waited) == (b.forced, b.waited) and
                b.ran - a.ran > length / 2 and
                b.strangers - a.strangers <= WAIT_SHARE * length)


def windows(read, watch, effort):
    """The clean windows as pairs of what READ() returned at both ends, and how many were
    dropped. The marks lie outside of the readings."""
    kept, dropped, begin = [], 0, time.monotonic()
    mark, last = watch.mark(), read()
    while len(kept) < effort.want:
        time.sleep(WINDOW_S)  # the window itself
        next_mark, now = watch.mark(), read()
        elapsed = time.monotonic() - begin
        if elapsed > effort.warm_s:
            if watch.clean(mark, watch.mark()):
                kept.append((last, now))
            else:
                dropped += 1
        if elapsed > effort.warm_s + effort.limit_s:
            break
        mark, last = next_mark, now
    return kept, dropped


def percentile(values, p):
    """Of a list, None if it is empty; interpolated."""
    if not values:
        return None
    ordered = sorted(values)
    at = (len(ordered) - 1) * p / 100
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def placement(before_ns, after_ns):
    """near or far; mixed if the CPUs moved during the run."""
    near = {before_ns < NEAR_NS, after_ns < NEAR_NS}
    return "mixed" if len(near) == 2 else "near" if True in near else "far"
