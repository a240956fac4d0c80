# SPDX-License-Identifier: BSD-3-Clause
"""One run of MVMP: mvmpd with one worker on a CPU of its own, an NF process on another,
a net_null NIC in a direct device between them."""

import contextlib
import json
import os
import socket
from collections import namedtuple

from benchlib.host import Failure, program, wait_for
from benchlib.measure import Task, Watch, task_find, windows

CONF = """daemon = {{
	workers = 1;
	cores = "{cpu}";
	control-socket = "{dir}/ctl.sock";
	nf-directory = "{dir}/nf";
	hugepages = "{huge}";
	profile = "{profile}";
}};
nics = ( {{ name = "N1"; devargs = "net_null0,size={size}"; }} );
devices = ( {{ name = "d0"; kind = "direct"; members = [ "N1" ]; }} );
nfs = ( {{ name = "bench"; open = [ "d0" ]; }} );
"""

NF_LIFE_S = 120  # it ends by itself, should this process be killed

# One window: packets that went all the way, ticks of the worker, by box if profiled.
Window = namedtuple("Window", "packets received busy boxes seconds")
# One run: its windows, how many were dropped, what the NF said at its end, the clock.
Run = namedtuple("Run", "windows dropped nf tsc_hz")


class Control:
    """The admin socket. mvctl would cost the NF some ms of its CPU at each reading."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(path)
        self.file = self.sock.makefile("rwb")

    def close(self):
        self.file.close()
        self.sock.close()

    def ask(self, method):
        """The answer as it comes, for answer(): parsing can wait."""
        self.file.write(b'{"jsonrpc": "2.0", "id": 1, "method": "%s"}\n' % method)
        self.file.flush()
        return self.file.readline()

    def show(self, what):
        return answer(self.ask(b"show." + what))


def answer(line):
    reply = json.loads(line or b"{}")
    if "result" not in reply:
        raise Failure(f"mvmpd does not answer: {reply.get('error')}")
    return reply["result"]


def run(host, size, burst, profile, effort):
    """Starts everything, takes windows, stops everything; a Run."""
    with daemon_running(host, size, profile) as (daemon, control):
        worker = task_find(daemon.pid, "worker")
        control_kept_off(daemon.pid, worker, host.nf_cpu)
        argv = [program("tests/bench/nf_forward"), "-s", f"{host.dir}/nf/bench/sock",
                "-d", str(NF_LIFE_S), "-b", str(burst), "d0"]
        with host.running("nf_forward", argv, {host.nf_cpu}) as nf:
            wait_for(lambda: control.show(b"nfs")["nfs"][0]["opens"] or not nf.alive(),
                     10, "the NF opens its device")
            nf.check_alive()
            hz = control.show(b"counters")["workers"][0]["tsc_hz"]
            pairs, dropped = run_windows(daemon.pid, worker, nf.pid, control, effort)
            nf.check_alive()
        if nf.child.returncode != 0:
            raise Failure(f"nf_forward ended badly: {nf.log()}")
        made = [window_make(answer(a), answer(b)) for a, b in pairs]
        return Run(made, dropped, json.loads(nf.log()), hz)


@contextlib.contextmanager
def daemon_running(host, size, profile):
    conf = os.path.join(host.dir, "mvmp.conf")
    with open(conf, "w", encoding="ascii") as file:
        file.write(CONF.format(cpu=host.worker_cpu, dir=host.dir, size=size,
                               huge="on" if host.huge else "off",
                               profile="on" if profile else "off"))
    argv = [program("src/mvmpd"), "--foreground", "-f", conf]
    if not host.huge:
        argv.append("--no-huge")
    with host.running("mvmpd", argv, {host.worker_cpu, host.nf_cpu}) as daemon:
        wait_for(lambda: "mvmpd: ready" in daemon.log() or not daemon.alive(), 30,
                 "mvmpd gets ready")
        daemon.check_alive()
        with contextlib.closing(Control(f"{host.dir}/ctl.sock")) as control:
            yield daemon, control


def control_kept_off(pid, worker, cpu):
    """Every thread of mvmpd but the worker goes to CPU."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        if int(tid) != worker:
            os.sched_setaffinity(int(tid), {cpu})


def run_windows(pid, worker, nf_pid, control, effort):
    with contextlib.ExitStack() as stack:
        tasks = [stack.enter_context(contextlib.closing(task)) for task in
                 (Task(pid, worker), Task(nf_pid), Task(pid))]
        return windows(lambda: control.ask(b"show.counters"), Watch(*tasks), effort)


def window_make(a, b):
    """What happened between two answers of show.counters."""
    old, new = a["workers"][0], b["workers"][0]
    busy = new["busy_ticks"] - old["busy_ticks"]
    idle = new["idle_ticks"] - old["idle_ticks"]
    return Window(
        packets=b["nfs"][0]["tx_packets"] - a["nfs"][0]["tx_packets"],
        received=b["nics"][0]["rx_packets"] - a["nics"][0]["rx_packets"],
        busy=busy,
        boxes={box: new["boxes"][box] - old["boxes"][box] for box in new["boxes"]},
        seconds=(busy + idle) / new["tsc_hz"])
