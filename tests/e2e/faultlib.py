# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests of faults and attacks share beside the harness: frames that
are checked byte by byte, the admin socket without mvctl, the NF protocol by hand, bad
NFs of tests/fault."""

import contextlib
import json
import mmap
import os
import random
import select
import socket
import struct
import time

import harness

ETHERTYPE = 0x88b5  # for local experiments: nobody else on the wire uses it
SEED = int(os.environ.get("MVMP_SEED") or time.time_ns() % 2**32)

SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
SO_RCVBUFFORCE = 33
VLAN_VALID, VLAN_TPID_VALID = 0x10, 0x40


def seed():
    """The random numbers of a test; MVMP_SEED repeats a run."""
    print(f"seed {SEED}", flush=True)
    return random.Random(SEED)


# ---- frames

def frame(rng, number, size, vlan=None):
    """An Ethernet frame of SIZE bytes with a number and random bytes in it."""
    head = bytes.fromhex("020000000002" "020000000001")
    if vlan is not None:
        head += struct.pack("!HH", 0x8100, vlan)
    head += struct.pack("!HI", ETHERTYPE, number)
    return head + rng.randbytes(size - len(head))


def frame_number(data):
    """The number in a frame of frame(), None if it is somebody else's."""
    at = 16 if data[12:14] == b"\x81\x00" else 12
    if len(data) < at + 6 or struct.unpack_from("!H", data, at)[0] != ETHERTYPE:
        return None
    return struct.unpack_from("!I", data, at + 2)[0]


class Wire:
    """Raw frames on a side's eth0, with the VLAN tag where it was on the wire."""

    def __init__(self, side):
        self.sock = side.packet_socket()
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.sock.setblocking(False)

    def send(self, data):
        while True:
            try:
                return self.sock.send(data)
            except (BlockingIOError, OSError) as error:
                if not isinstance(error, BlockingIOError) and error.errno != 105:
                    raise
                select.select([], [self.sock], [], 0.01)

    def recv(self, seconds):
        """The next frame of ours, None if there is none for so long."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                data, control, _, address = self.sock.recvmsg(65535, 256)
            except BlockingIOError:
                left = deadline - time.monotonic()
                if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                    return None
                continue
            if address[2] == PACKET_OUTGOING:
                continue
            data = vlan_restore(data, control)
            if frame_number(data) is not None:
                return data


def vlan_restore(data, control):
    for level, kind, aux in control:
        if level != SOL_PACKET or kind != PACKET_AUXDATA:
            continue
        status, _, _, _, _, tci, tpid = struct.unpack_from("IIIHHHH", aux)
        if status & VLAN_VALID:
            tpid = tpid if status & VLAN_TPID_VALID else 0x8100
            return data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
    return data


def exchange(sender, receiver, frames, window=32, patience=5):
    """Sends FRAMES from one wire to the other, at most WINDOW under way; what came."""
    came, sent = [], 0
    if harness.SANITIZED:
        patience *= 3
    while len(came) < len(frames):
        while sent < len(frames) and sent - len(came) < window:
            sender.send(frames[sent])
            sent += 1
        data = receiver.recv(patience)
        if data is None:
            break
        came.append(data)
    return came


def check_same(sent, came, what):
    """Every frame arrived, whole, once, in order."""
    numbers = [frame_number(data) for data in came]
    harness.check(len(came) == len(sent), f"{what}: {len(came)} of {len(sent)} frames "
                  f"arrived, last {numbers[-3:]}")
    for here, there in zip(sent, came):
        harness.check(here == there, f"{what}: frame {frame_number(here)} of {len(here)} "
                      f"bytes arrived as {frame_number(there)} of {len(there)} bytes: "
                      f"{here[:24].hex()} {there[:24].hex()}")


# ---- the admin socket

class Rpc:
    """A connection to the admin socket: a call takes well under a millisecond."""

    def __init__(self, daemon, timeout=30):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.sock.connect(daemon.control)
        self.file = self.sock.makefile("rb")

    def ask(self, line):
        """Sends a line as it is; the answer, parsed, None at the end of the stream."""
        self.sock.sendall(line + b"\n")
        answer = self.file.readline()
        return json.loads(answer) if answer else None

    def call(self, method):
        answer = self.ask(json.dumps({"jsonrpc": "2.0", "id": 1,
                                      "method": method}).encode())
        harness.check(answer and "result" in answer, f"{method}: {answer}")
        return answer["result"]

    def nf(self, name):
        return next(nf for nf in self.call("show.nfs")["nfs"] if nf["name"] == name)

    def buffers(self):
        """show buffers, which must add up."""
        answer = self.call("show.buffers")
        harness.check(answer["ok"] and answer["lost"] == 0, f"buffers: {answer}")
        return answer

    def close(self):
        self.file.close()
        self.sock.close()


# ---- the NF's socket

MAGIC, VERSION, MSG_MAX = 0x504d564d, 1, 512
HELLO, WELCOME, REGION, MAPPED, READY, OPEN, OPENED, CLOSE, CLOSED, EVENT = range(1, 11)
PACKETS = 2
HELLO_FORMAT, REGION_FORMAT, OPEN_FORMAT = "IIII32s", "IIIIQ", "II32s"
SIZES = {HELLO: 48, MAPPED: 4, OPEN: 40, CLOSE: 8}


def hello(magic=MAGIC, version=VERSION, program=b"by-hand"):
    return struct.pack(HELLO_FORMAT, HELLO, magic, version, 0, program)


class Nf:
    """One end of an NF's connection; keeps the descriptors it is sent."""

    def __init__(self, daemon, name, timeout=10):
        self.fds = []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # blocking, but not for ever: mvmpd takes so many connections a second
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                             struct.pack("ll", int(timeout), int(timeout % 1 * 1e6)))
        self.sock.connect(f"{daemon.nf_directory}/{name}/sock")
        self.sock.settimeout(timeout)

    def send(self, data, fds=()):
        """True unless the connection has ended."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i",
                                                                     *fds))]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendmsg([data], rights if fds else [])
            return True
        return False

    def recv(self):
        """(type, bytes); (None, b"") at the end of the connection."""
        for _ in range(2):  # an answer may still be behind the reset
            with contextlib.suppress(ConnectionResetError):
                data, fds, _, _ = socket.recv_fds(self.sock, MSG_MAX, 4)
                break
        else:
            return None, b""
        self.fds += fds
        return (struct.unpack_from("I", data)[0] if data else None), data

    def attach(self):
        """HELLO to READY; (err, text) of the first refusal, None if attached."""
        self.send(hello())
        kind, data = self.recv()
        if kind is None:
            return 0, "closed"
        harness.check(kind == WELCOME, f"answer to HELLO: {kind} {data[-160:]}")
        err, _, regions = struct.unpack_from("III", data, 4)
        if err:
            return err, text(data)
        self.regions = [self.recv()[1] for _ in range(regions)]
        self.send(struct.pack("I", MAPPED))
        kind, data = self.recv()
        harness.check(kind == READY, f"answer to MAPPED: {kind}")
        err = struct.unpack_from("I", data, 4)[0]
        return (err, text(data)) if err else None

    def open(self, device, mode=0):
        """(err, text)."""
        self.send(struct.pack(OPEN_FORMAT, OPEN, mode, device.encode()))
        kind, data = self.recv()
        harness.check(kind == OPENED, f"answer to OPEN: {kind}")
        err, _, _, regions = struct.unpack_from("IIII", data, 4)
        for _ in range(regions):
            self.recv()
        return err, text(data)

    def packets(self):
        """Packet memory, mapped for reading, one map for each worker."""
        maps = []
        for data, fd in zip(self.regions, self.fds):
            _, kind, _, _, size = struct.unpack(REGION_FORMAT, data)
            if kind == PACKETS:
                maps.append(mmap.mmap(fd, size, prot=mmap.PROT_READ))
        return maps

    def end(self):
        """The text of the EVENT that ends the connection; "" if it just ends."""
        last = ""
        while True:
            kind, data = self.recv()
            if kind is None:
                return last
            last = text(data) if kind == EVENT else last

    def close(self):
        for fd in self.fds:
            os.close(fd)
        self.fds = []
        self.sock.close()


def text(data):
    """The text at the end of an answer."""
    return data[-160:].split(b"\0")[0].decode()


# ---- bad NFs

def bad_nf(lab, name, *argv, nf="bad", log=None, **options):
    """Starts tests/fault/NAME with the socket of NF as its first argument; LOG.log has
    its output."""
    socket_path = f"{lab.daemons[-1].nf_directory}/{nf}/sock"
    # faults are to end it as they end any program, also on the sanitizer build
    plain = ["env", "ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:detect_leaks=0"]
    argv = [*plain, harness.program(f"tests/fault/{name}"), socket_path, *map(str, argv)]
    return harness.Process(lab, log or name, argv, **options)


def lines(process):
    """The JSON lines that a bad NF has printed so far."""
    return [json.loads(line) for line in process.log().splitlines()
            if line.startswith("{")]
