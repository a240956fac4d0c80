# SPDX-License-Identifier: BSD-3-Clause
"""How the rows of a benchmark are printed: a table with a verdict for each target, or
one JSON object per row. A figure that could not be taken is None, "-" in the table."""

import json
from collections import namedtuple

# A figure in FIELD of our row at PLACEMENT must not be above MUST; AIM is the wish. The
# row's field COUNT says of how many windows it is.
Target = namedtuple("Target", "id field count placement must aim text")
Column = namedtuple("Column", "field head form")

TARGET_SIZE = 64  # bytes of the packets that targets are about
WINDOWS_MIN = 10  # a figure of fewer is no ground for a verdict


def judged(row, target):
    return (row["system"] == "mvmp" and row["size"] == TARGET_SIZE and
            row["placement"] == target.placement)


def met(row, target):
    """True, False, or None if too little was measured."""
    if (row.get(target.count) or 0) < WINDOWS_MIN:
        return None
    return row[target.field] <= target.must


def targets_add(rows, targets):
    """Gives each row that a target is about its must and met, by target and field."""
    for row in rows:
        mine = [t for t in targets if judged(row, t)]
        if mine:
            row["must"] = {f"{t.id} {t.field}": t.must for t in mine}
            row["met"] = {f"{t.id} {t.field}": met(row, t) for t in mine}


def rounded(value):
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def print_json(rows):
    for row in rows:
        print(json.dumps({key: rounded(value) for key, value in row.items()}), flush=True)


def cell(row, column):
    value = row.get(column.field)
    return "-" if value is None else format(value, column.form)


def print_table(rows, columns):
    lines = [[column.head for column in columns]]
    lines += [[cell(row, column) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        print("  ".join(text.ljust(width) if columns[i].form == "s" else text.rjust(width)
                        for i, (text, width) in enumerate(zip(line, widths))).rstrip())


def print_boxes(rows):
    for row in rows:
        if row.get("boxes"):
            text = ", ".join(f"{box} {value:.1f}" for box, value in row["boxes"].items())
            print(f"ticks by box, {row['size']} bytes, {row['placement']}: {text}")


def verdict(rows, target):
    row = next((row for row in rows if judged(row, target)), None)
    name = f"{target.id} {target.text}"
    limits = f"must {target.must}, aim {target.aim}, {target.placement} CPUs"
    if row is None:
        return f"{name}: not measured ({limits}): no such run"
    if met(row, target) is None:
        return (f"{name}: not measured ({limits}): {row.get(target.count) or 0} clean "
                f"windows, {WINDOWS_MIN} needed")
    word = "met" if met(row, target) else "not met"
    return f"{name}: {row[target.field]:.1f} ticks per packet: {word} ({limits})"


def print_verdicts(rows, targets):
    for target in targets:
        print(verdict(rows, target))
