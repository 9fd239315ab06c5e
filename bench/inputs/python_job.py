"""A batch job in plain Python: JSON both ways, deep copies, dicts of lists.

usage: python_job.py ROUNDS
"""
import copy
import json
import sys


def records(count):
    return [{"id": i, "name": "item %d" % (i % 977), "tags": ["t%d" % (i % 13), "u%d" % (i % 7)],
             "place": {"x": i * 0.5, "y": -i, "ok": i % 2 == 0}} for i in range(count)]


def group(rows):
    groups = {}
    for row in rows:
        for tag in row["tags"]:
            groups.setdefault(tag, {}).setdefault(row["name"], []).append(row["id"])
    return groups


def main():
    kept = []
    text = json.dumps(records(8000))
    for _ in range(int(sys.argv[1])):
        for _ in range(4):
            rows = json.loads(text)
            words = {i: str(i) + row["name"] for i, row in enumerate(rows)}
            kept.append([words, group(rows), json.dumps(rows[:1000])])
        kept.append(copy.deepcopy(rows[:2000]))
        kept = kept[-8:]
    print(len(kept))


main()
