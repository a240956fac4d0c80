# SPDX-License-Identifier: BSD-3-Clause
"""The peer without any NF: dpdk-testpmd in io mode between two net_null devices, its
forwarding thread on the worker's CPU. Its thread does nothing else, so that ticks per
packet are the clock's rate by what both ports receive."""

import os
import re
import select
import subprocess
import time
from collections import namedtuple

from benchlib.host import Failure
from benchlib.measure import Task, Watch, task_find, windows

MBUFS = 8192  # as many packet buffers as mvmpd has
READY = b"testpmd> "
RATE = re.compile(rb"Rx-pps:\s+(\d+)")

Run = namedtuple("Run", "pps dropped")  # of each clean window


class Prompt:
    """testpmd's command line."""

    def __init__(self, process):
        self.process, self.text = process, b""

    def until(self, word, count=1, seconds=20):
        """Reads up to the COUNT-th WORD; what came before its end."""
        deadline = time.monotonic() + seconds
        out = self.process.child.stdout.fileno()
        while self.text.count(word) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([out], [], [], left)[0]:
                raise Failure(f"dpdk-testpmd does not say {word.decode()}")
            more = os.read(out, 65536)
            if not more:
                raise Failure(f"dpdk-testpmd ended:\n{self.text[-2000:].decode()}"
                              f"{self.process.log()[-2000:]}")
            self.text += more
        end = 0
        for _ in range(count):
            end = self.text.index(word, end) + len(word)
        text, self.text = self.text[:end], self.text[end:]
        return text

    def say(self, line):
        self.process.child.stdin.write(line.encode() + b"\n")
        self.process.child.stdin.flush()

    def pps(self):
        """Packets per second of both ports since the last call."""
        self.say("show port stats all")
        return sum(int(rate) for rate in RATE.findall(self.until(b"Tx-pps:", 2)))


def run(host, size, burst, effort):
    memory = ["--in-memory"] if host.huge else ["--no-huge", "-m", "512"]
    # By lines, or its answers would stay in its buffer.
    argv = ["stdbuf", "-oL", "dpdk-testpmd", *memory, "--no-pci", "--no-telemetry",
            f"--lcores=0@{host.nf_cpu},1@{host.worker_cpu}", "--main-lcore=0",
            f"--vdev=net_null0,size={size}", f"--vdev=net_null1,size={size}", "--", "-i",
            "--forward-mode=io", f"--burst={burst}", f"--total-num-mbufs={MBUFS}"]
    with host.running("testpmd", argv, {host.worker_cpu, host.nf_cpu},
                      stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        prompt = Prompt(process)
        prompt.until(READY)
        prompt.say("start")
        prompt.until(b"packets/burst=")
        worker = Task(process.pid, task_find(process.pid, "worker"))
        try:
            pairs, dropped = windows(prompt.pps, Watch(worker), effort)
        finally:
            worker.close()
    return Run([now for _, now in pairs], dropped)
