"""usage: pprof_text.py sum TYPE | lines FUNCTION | label NODE TYPE   <DECODED

Look into what `protoc --decode` prints of a profile: sum of a sample type;
locations whose innermost function is FUNCTION, as NAME:LINE < NAME:LINE; sum of a
sample type over the samples labelled with a DAG node.
"""
import re
import sys


def read(lines):
    """One message as {field: [value, ...]}."""
    message = {}
    for line in lines:
        line = line.strip()
        if line == "}":
            return message
        opened = re.fullmatch(r"(\w+) \{", line)
        if opened:
            message.setdefault(opened.group(1), []).append(read(lines))
        else:
            name, value = line.split(": ", 1)
            message.setdefault(name, []).append(value if value.startswith('"') else
                                                int({"true": 1, "false": 0}.get(value, value)))
    return message


def main():
    profile = read(iter(sys.stdin.read().splitlines()))
    strings = [text[1:-1] for text in profile["string_table"]]
    types = [strings[one["type"][0]] for one in profile["sample_type"]]
    mappings = {mapping["id"][0] for mapping in profile["mapping"]}
    locations = {one["id"][0]: one for one in profile["location"]}
    functions = {one["id"][0]: strings[one["name"][0]] for one in profile["function"]}

    assert types[:4] == ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"], types
    assert strings[0] == "" and all(one["mapping_id"][0] in mappings for one in locations.values())
    for sample in profile.get("sample", []):
        assert len(sample["value"]) == len(types)
        assert all(location in locations for location in sample["location_id"])

    if sys.argv[1] == "lines":
        for location in locations.values():
            lines = [f"{functions[one['function_id'][0]]}:{one.get('line', [0])[0]}"
                     for one in location.get("line", [])]
            if lines and lines[0].startswith(sys.argv[2] + ":"):
                print(" < ".join(lines))
        return
    index = types.index(sys.argv[-1])
    samples = profile.get("sample", [])
    if sys.argv[1] == "label":
        samples = [one for one in samples
                   if [(strings[label["key"][0]], strings[label["str"][0]])
                       for label in one.get("label", [])] == [("dag_node", sys.argv[2])]]
    print(sum(one["value"][index] for one in samples))


main()
