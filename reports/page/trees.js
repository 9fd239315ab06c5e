// trees: what an icicle draws.  Nodes are made when they are asked for: of a
// tree of 200,000 only those that are wide enough to be seen.
//
//   { key, label, frame, value, kids() }     kids: the largest first

const bySize = (a, b) => b.value - a.value || (a.key < b.key ? -1 : 1)

class TopDown {
	constructor(profile, charges, label) {
		this.profile = profile
		this.sums = this.addUp(charges)
		this.root = this.node(0, label)
	}

	addUp(charges) {
		const { parent, charge } = this.profile
		const sums = new Float64Array(parent.length)
		for (const [i, value] of charges)
			sums[charge.node[i]] += value
		for (let i = parent.length - 1; i > 0; i--)
			sums[parent[i]] += sums[i]
		return sums
	}

	node(id, label) {
		const frame = id ? this.profile.frames[this.profile.frameOf[id]] : null
		return { key: id ? `${this.profile.frameOf[id]}` : '', label, frame, inlined: id && this.profile.inlined[id],
			value: this.sums[id], kids: () => this.kids(id) }
	}

	kids(id) {
		const { start, kids } = this.profile.children
		const nodes = []
		for (let i = start[id]; i < start[id + 1]; i++)
			if (this.sums[kids[i]] > 0)
				nodes.push(this.node(kids[i]))
		return nodes.sort(bySize)
	}
}

// From the lines that own memory outward to their callers.
class BottomUp {
	constructor(profile, charges, label) {
		this.profile = profile
		const entries = []
		let value = 0
		for (const [i, bytes] of charges) {
			entries.push({ node: this.ownerNode(i), frame: profile.charge.owner[i], value: bytes })
			value += bytes
		}
		this.root = { key: '', label, frame: null, value, kids: () => this.group(entries) }
	}

	// The node whose frame owns a charge; where it was folded, the charge's own.
	ownerNode(i) {
		const { parent, frameOf, charge } = this.profile
		for (let node = charge.node[i]; node; node = parent[node])
			if (frameOf[node] === charge.owner[i])
				return node
		return charge.node[i]
	}

	group(entries) {
		const groups = new Map()
		for (const entry of entries) {
			const group = groups.get(entry.frame)
			if (group) {
				group.value += entry.value
				group.entries.push(entry)
			} else {
				groups.set(entry.frame, { value: entry.value, entries: [entry] })
			}
		}
		return Array.from(groups, ([frame, group]) => ({
			key: `${frame}`, frame: this.profile.frames[frame], value: group.value, kids: () => this.callers(group.entries),
		})).filter((node) => node.value > 0).sort(bySize)
	}

	callers(entries) {
		const { parent, frameOf } = this.profile
		const outer = []
		for (const { node, value } of entries)
			if (parent[node])
				outer.push({ node: parent[node], frame: frameOf[parent[node]], value })
		return this.group(outer)
	}
}

// A level of DAG nodes above either of them.
function splitByNode(profile, charges, label, make) {
	const parts = new Map()
	let total = 0
	for (const entry of charges) {
		const dag = profile.charge.dag[entry[0]]
		if (!parts.has(dag))
			parts.set(dag, { value: 0, charges: [] })
		parts.get(dag).value += entry[1]
		parts.get(dag).charges.push(entry)
		total += entry[1]
	}
	const kids = Array.from(parts, ([dag, part]) => {
		let tree = null
		return { key: `n${dag}`, label: profile.dagNames[dag], dag: profile.dagNames[dag], frame: null, value: part.value,
			kids: () => (tree ??= make(profile, part.charges, '')).root.kids() }
	}).filter((node) => node.value > 0).sort(bySize)
	return { root: { key: '', label, frame: null, value: total, kids: () => kids } }
}

export function makeTree(profile, state, label) {
	const { bytes, count } = profile.values(state.metric, state.range)
	const wanted = profile.wanted(state.metric, state.node)
	const values = state.metric === 'count' || state.metric === 'temporary' ? count : bytes
	const charges = []
	for (let i = 0; i < profile.count; i++)
		if (values[i] && wanted(i))
			charges.push([i, values[i]])
	const make = (...args) => (state.inverted ? new BottomUp(...args) : new TopDown(...args))
	return (state.split ? splitByNode(profile, charges, label, make) : make(profile, charges, label)).root
}
