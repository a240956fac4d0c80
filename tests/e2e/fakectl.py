#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A stand-in for mvmpd's admin socket, for tests of mvctl.

Answers every method with data of a plausible shape, or misbehaves as told. Imported
by the tests; run by hand (fakectl.py SOCKET [FAULT]) to look at mvctl.
"""
import json
import os
import socket
import sys
import threading

NICS = [
    {"name": "client", "source": "interface veth1 (af_packet)", "port": 0,
     "mac": "02:00:00:00:00:01", "link": "up", "speed_mbps": 10000, "mtu": 1500,
     "worker": 0, "rx_packets": 1000, "rx_bytes": 640000, "tx_packets": 400,
     "tx_bytes": 25600, "rx_nombuf": 0, "rx_missed": 3, "rx_errors": 0, "tx_errors": 0,
     "drops": {"no-device": 2, "tx-full": 5}},
    {"name": "server", "source": "interface veth2 (af_packet)", "port": 1,
     "mac": "02:00:00:00:00:02", "link": "down", "speed_mbps": 0, "mtu": 1500,
     "worker": 1, "rx_packets": 400, "rx_bytes": 25600, "tx_packets": 1000,
     "tx_bytes": 640000, "rx_nombuf": 0, "rx_missed": 0, "rx_errors": 0, "tx_errors": 0,
     "drops": {}},
]
DEVICES = [
    {"name": "bridge0", "kind": "bridged", "members": ["client", "server"], "ring": 1024,
     "nfs": [{"name": "fwd", "mode": "inline"}, {"name": "ids", "mode": "bypass"}],
     "rx_packets": 1400, "rx_bytes": 665600, "tx_packets": 1400, "tx_bytes": 665600,
     "drops": {"ring-full": 7}},
    {"name": "virt0", "kind": "rootless", "members": [], "ring": 512, "nfs": [],
     "rx_packets": 0, "rx_bytes": 0, "tx_packets": 0, "tx_bytes": 0, "drops": {}},
]
NFS = [
    {"name": "fwd", "state": "attached", "pid": 4242, "uid": 1001, "attached_s": 93784,
     "allowed": ["bridge0"], "opens": [{"device": "bridge0", "mode": "inline"}],
     "quota": 1024, "held": 72, "rx_packets": 1400, "tx_packets": 1393, "freed": 7,
     "claimed": 0, "lost": 1, "violations": 0, "heartbeat_ms": 1000,
     "heartbeat_age_ms": 12, "last_exit": ""},
    {"name": "ids", "state": "declared", "pid": 0, "uid": 1002, "attached_s": 0,
     "allowed": ["bridge0", "virt0"], "opens": [], "quota": 512, "held": 0,
     "rx_packets": 0, "tx_packets": 0, "freed": 0, "claimed": 0, "lost": 0,
     "violations": 0, "heartbeat_ms": 1000, "heartbeat_age_ms": 0,
     "last_exit": "killed by signal 11"},
]
RINGS = [
    {"kind": "instance", "nf": "fwd", "device": "bridge0", "worker": 0, "size": 1024,
     "used": 100, "passed": 1400, "dropped": 7},
    {"kind": "op", "nf": "fwd", "device": "", "worker": 0, "size": 1024, "used": 0,
     "passed": 1393, "dropped": 0},
]
BUFFERS = {
    "workers": [{"worker": 0, "total": 8192, "free": 8000, "nic": 20, "rings": 100,
                 "held": 72, "sum": 8192, "ok": True,
                 "holders": [{"name": "fwd", "buffers": 72}]}],
    "total": 8192, "free": 8000, "nic": 20, "rings": 100, "held": 72, "lost": 0,
    "ok": True}
VERSION = {"name": "mvmpd", "version": "0.1.0", "dpdk": "DPDK 22.11.7", "protocol": 1,
           "pid": 4711, "uptime_s": 273906, "workers": 2, "hugepages": False,
           "config": "/etc/mvmp.conf", "buffers_per_worker": 8192, "buffer_size": 2176}
DROPS = [
    {"reason": "no-device", "help": "no device takes the packet", "packets": 2},
    {"reason": "ring-full", "help": "the NF's ring was full", "packets": 7},
    {"reason": "bad-frame", "help": "the frame is too short", "packets": 0},
]


class FakeDaemon:
    """Serves one socket from a thread. `answers` and `fault` may be changed any time.

    Faults: "silent" (never answers), "halfway" (closes in the middle of an answer),
    "eof" (closes instead of answering), "garbage" (not JSON), "endless" (no end of
    line), "other" (the answer to another request).
    """

    def __init__(self, path, fault=None):
        self.path = path
        self.fault = fault
        self.seen = []          # methods asked for, in order
        self.readings = 0       # of show.counters
        self.answers = {
            "show.version": lambda: VERSION,
            "show.nics": lambda: {"nics": NICS},
            "show.devices": lambda: {"devices": DEVICES},
            "show.nfs": lambda: {"nfs": NFS},
            "show.rings": lambda: {"rings": RINGS},
            "show.buffers": lambda: BUFFERS,
            "show.counters": self.counters,
            "config.reload": lambda: {"changed": ["nic client: mtu 1500 -> 9000"],
                                      "warnings": ["192.168.0.0/8 has host bits set"]},
        }
        self.connections = []
        self.listener = None
        self.start()

    def start(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(8)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Goes away as a daemon does: socket, connections and all."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(self.path)
        for c in self.connections:
            try:
                c.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections = []

    def counters(self):
        """Every reading is exactly one second and the same traffic after the last."""
        n = self.readings
        self.readings += 1

        def later(rows, step):
            return [dict(r, **{k: r[k] + n * v for k, v in step.items() if k in r})
                    for r in rows]

        return {
            "time_ns": 10**9 * (n + 1),
            "nics": later(NICS, {"rx_packets": 1000, "rx_bytes": 1250000}),
            "devices": later(DEVICES, {"rx_packets": 500, "tx_packets": 250}),
            "nfs": later(NFS, {"rx_packets": 777, "tx_packets": 666}),
            "drops": DROPS,
            "workers": [{"worker": 0, "moved": 2800,
                         "busy_ticks": 250, "idle_ticks": 750, "sleeps": 9,
                         "tsc_hz": 2600000000, "boxes": {"rx": 100}}]}

    def accept(self, listener):
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            self.connections.append(conn)
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        with conn:
            try:
                for line in conn.makefile("r"):
                    if not self.reply(conn, json.loads(line)):
                        return
            except OSError:
                pass

    def result(self, request):
        reply = {"jsonrpc": "2.0", "id": request["id"]}
        answer = self.answers.get(request["method"])
        if answer is None:
            reply["error"] = {"code": -32601, "message": "no such method"}
            return reply
        value = answer()
        reply["error" if "code" in value else "result"] = value
        return reply

    def reply(self, conn, request):
        """Answers one request, or does the fault. False closes the connection."""
        self.seen.append(request["method"])
        text = json.dumps(self.result(request))
        if self.fault == "silent":
            return True
        if self.fault == "eof":
            return False
        if self.fault == "halfway":
            conn.sendall(text[:len(text) // 2].encode())
            return False
        if self.fault == "endless":
            while True:
                conn.sendall(b"[" * 65536)
        if self.fault == "garbage":
            text = "<html>"
        if self.fault == "other":
            text = json.dumps(dict(self.result(request), id=999))
        conn.sendall(text.encode() + b"\n")
        return True


if __name__ == "__main__":
    FakeDaemon(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    threading.Event().wait()
