# Reshape, group and aggregate an array of records.
[ .[] | { key: (.name | ascii_upcase), tags, total: (.place.x + .place.y), label: "\(.id)/\(.name)" } ]
| group_by(.key)
| map({ key: .[0].key, count: length, total: (map(.total) | add), tags: (map(.tags[]) | unique) })
| sort_by(-.count)
