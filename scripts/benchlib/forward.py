# SPDX-License-Identifier: BSD-3-Clause
"""bench forward: net_null -> worker -> NF process -> worker -> net_null, next to
dpdk-testpmd in io mode on the same CPU. A round is three runs, with a ping-pong of a
cache line between any two of them: MVMP, testpmd, MVMP with the ticks of each box."""

import time
from collections import namedtuple

from benchlib import mvmp, testpmd
from benchlib.figures import Column, Target
from benchlib.host import step, warn
from benchlib.measure import Effort, percentile, placement

QUICK = {"rounds": 4, "mvmp": Effort(60, 2.5, 0.2), "peer": Effort(60, 2.5, 1.0)}
FULL = {"rounds": 7, "mvmp": Effort(150, 6.0, 0.5), "peer": Effort(150, 6.0, 1.0)}

HELP = "one NF between two passes of the worker, 64 bytes; peer: dpdk-testpmd, no NF"

# No rule of classification is in the way here; with one the figures could only grow.
TARGETS = [
    Target("B1", "ticks_hop", "profiled_runs", "near", 14, 10, "hop, worker"),
    Target("B1", "ticks_nf", "nf_runs", "near", 10, 6, "hop, NF"),
    Target("B2", "ticks_worker", "runs", "near", 45, 30, "NIC to NIC, worker"),
    Target("B8", "ticks_hop", "profiled_runs", "far", 30, 20, "hop, worker"),
]

COLUMNS = [
    Column("system", "system", "s"), Column("size", "bytes", "d"),
    Column("placement", "CPUs", "s"), Column("mpps", "Mpps", ".1f"),
    Column("ticks_worker", "worker", ".1f"), Column("p10", "p10", ".1f"),
    Column("p90", "p90", ".1f"), Column("ticks_hop", "hop", ".1f"),
    Column("ticks_nf", "NF", ".1f"), Column("ratio", "ratio", ".2f"),
    Column("runs", "windows", "d"), Column("dropped_runs", "dropped", "d"),
]

# One run: of "plain" and "boxes" MVMP's, of "testpmd" the peer's.
Sample = namedtuple("Sample", "kind round size place line_ns run")


def run(host, options, late):
    """All rounds; a list of rows. LATE(seconds) says whether the time is up by then."""
    effort = QUICK if options.quick else FULL
    samples, longest, line_ns = [], 0, host.line_ns()
    rounds = options.rounds or effort["rounds"]
    for number, size in ((r, s) for r in range(rounds) for s in options.sizes):
        if samples and late(longest):
            warn(f"the time is up before round {number + 1} of {rounds}, {size} bytes")
            break
        begin = time.monotonic()
        step(f"round {number + 1} of {rounds}, {size} bytes, a cache line takes "
             f"{line_ns:.0f} ns")
        for kind, start in round_plan(host, size, options.burst, effort):
            before, one = line_ns, start()
            line_ns = host.line_ns()
            samples.append(Sample(kind, number, size, placement(before, line_ns),
                                  (before + line_ns) / 2, one))
        longest = max(longest, time.monotonic() - begin)
    rows = rows_make(samples, host, options)
    for row in rows:
        if row.get("stalled_runs"):
            warn(f"{row['stalled_runs']} clean windows without a packet: did the NF "
                 "sleep although there were packets for it?")
    return rows


def round_plan(host, size, burst, effort):
    return [
        ("plain", lambda: mvmp.run(host, size, burst, False, effort["mvmp"])),
        ("testpmd", lambda: testpmd.run(host, size, burst, effort["peer"])),
        ("boxes", lambda: mvmp.run(host, size, burst, True, effort["mvmp"])),
    ]


# ---- rows

def rows_make(samples, host, options):
    rows = []
    for size in options.sizes:
        for place in ("near", "far", "mixed"):
            some = [s for s in samples if (s.size, s.place) == (size, place)]
            head = {"bench": "forward", "size": size, "placement": place,
                    "burst": options.burst, "rules": 0, "hugepages": host.huge}
            if any(s.kind != "testpmd" for s in some):
                rows.append(head | row_mvmp(some, samples))
            if any(s.kind == "testpmd" for s in some):
                rows.append(head | row_testpmd(some, samples))
    return rows


def middle(values):
    return percentile(values, 50)


def clock(samples):
    return next(s.run.tsc_hz for s in samples if s.kind != "testpmd")


def ticks(sample, hz):
    """Ticks per packet in each window of a run, whatever the system."""
    if sample.kind == "testpmd":
        return [hz / pps for pps in sample.run.pps if pps]
    return [w.busy / w.packets for w in sample.run.windows if w.packets]


def row_common(system, some, samples):
    """What the rows of all systems have. SOME are the runs of one, of one size and
    placement."""
    hz = clock(samples)
    cost = [t for s in some for t in ticks(s, hz)]
    return {
        "system": system,
        "ticks_worker": middle(cost),
        "p10": percentile(cost, 10), "p50": middle(cost), "p90": percentile(cost, 90),
        "runs": len(cost),
        "dropped_runs": sum(s.run.dropped for s in some),
        "rounds": len(some),
        "line_ns": middle([s.line_ns for s in some]),
        "ratio": ratio(some, samples, hz),
    }


def row_mvmp(some, samples):
    plain = [s for s in some if s.kind == "plain"]
    boxed = [s for s in some if s.kind == "boxes"]
    windows = [w for s in plain for w in s.run.windows]
    moved = [w for w in windows if w.packets]
    nfs = [s.run.nf for s in plain if s.run.nf["slices"]]
    row = row_common("mvmp", plain, samples)
    row |= {
        "stalled_runs": len(windows) - len(moved),
        "mpps": middle([w.packets / w.seconds / 1e6 for w in moved]),
        "drop_percent": middle([100 * (1 - w.packets / w.received) for w in moved
                                if w.received]),
        "ticks_nf": middle([nf["p50"] for nf in nfs]),
        "nf_runs": sum(nf["slices"] for nf in nfs),
        "dropped_nf_runs": sum(nf["dropped_slices"] for nf in nfs),
        "nf_burst": middle([nf["packets"] / nf["bursts"] for nf in nfs if nf["bursts"]]),
    }
    return row | boxes_of(boxed)


def boxes_of(runs):
    """Ticks per packet of each box, and of the hop, which is two of them."""
    windows = [w for s in runs for w in s.run.windows if w.packets]
    names = windows[0].boxes if windows else ()
    hop = [(w.boxes["deliver"] + w.boxes["reclaim"]) / w.packets for w in windows]
    return {
        "ticks_hop": middle(hop),
        "boxes": {name: middle([w.boxes[name] / w.packets for w in windows])
                  for name in names},
        "profiled_runs": len(windows),
        "dropped_profiled_runs": sum(s.run.dropped for s in runs),
    }


def row_testpmd(some, samples):
    peers = [s for s in some if s.kind == "testpmd"]
    row = row_common("testpmd-io", peers, samples)
    return row | {"mpps": middle([pps / 1e6 for s in peers for pps in s.run.pps]),
                  "ticks_nf": None, "ticks_hop": None, "boxes": {}}


def ratio(of_kind, samples, hz):
    """To testpmd of the same round, which has no use for a second CPU, wherever it is;
    the middle over the rounds."""
    found = []
    for s in of_kind:
        peer = next((p for p in samples if p.kind == "testpmd" and
                     (p.round, p.size) == (s.round, s.size)), None)
        ours, theirs = middle(ticks(s, hz)), peer and middle(ticks(peer, hz))
        if ours and theirs:
            found.append(ours / theirs)
    return middle(found)
