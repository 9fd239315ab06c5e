"""A batch job in plain Python: parse JSON, copy it deeply, count words in dicts.

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
        rows = json.loads(text)
        kept.append(group(copy.deepcopy(rows)))
        kept = kept[-3:]
    print(sum(len(groups) for groups in kept))


main()
