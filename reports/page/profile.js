// profile: one profile's call tree and what was charged to it, at any moment
// and between any two.
import { readDag } from './dag.js'
import { readLeaks } from './leaks.js'
import { GROUPINGS, OUTSIDE } from './places.js'
import * as units from './units.js'

const VALUES = ['live_bytes', 'live_count', 'total_bytes', 'total_count', 'temporaries']

export const METRICS = {
	peak: { title: 'Peak', hint: 'live when the heap was largest' },
	live: { title: 'Live', hint: 'allocated and not freed' },
	growth: { title: 'Growth', hint: 'live at the end of the range less live at its start' },
	total: { title: 'Allocated', hint: 'all that was ever allocated, freed or not' },
	count: { title: 'Allocations', hint: 'how often memory was asked for', counted: true },
	temporary: { title: 'Temporary', hint: 'freed again before the thread allocated anything else', counted: true },
	mapped: { title: 'Mapped', hint: 'anonymous mappings that the program made itself', kind: 1 },
	pool: { title: 'Pools', hint: 'handed out of pools that the program announced: inside heap blocks', kind: 2 },
}

const kindOf = (metric) => METRICS[metric].kind ?? 0

function readFrames(data) {
	const frame = Object.fromEntries(['function', 'file', 'module', 'source'].map((name) => [name, data.texts(`frame.${name}`)]))
	const line = data.column('frame.line')
	const offset = data.column('frame.module_offset')
	return Array.from(line, (_, i) => ({
		function: frame.function[i], file: frame.file[i], module: frame.module[i], source: frame.source[i],
		line: line[i], module_offset: offset[i],
	}))
}

// The children of each node: start[i] .. start[i + 1] in `kids`.
function readChildren(parent) {
	const start = new Uint32Array(parent.length + 1)
	for (let i = 1; i < parent.length; i++)
		start[parent[i] + 1]++
	for (let i = 0; i < parent.length; i++)
		start[i + 1] += start[i]
	const next = start.slice()
	const kids = new Uint32Array(Math.max(0, parent.length - 1))
	for (let i = 1; i < parent.length; i++)
		kids[next[parent[i]]++] = i
	return { start, kids }
}

export class Profile {
	constructor(data) {
		this.data = data
		this.info = data.doc.info
		this.timeline = data.doc.timeline
		this.unknown = data.texts('unknown')
		this.frames = readFrames(data)
		this.parent = Int32Array.from(data.column('node.parent'))
		this.frameOf = Int32Array.from(data.column('node.frame'))
		this.inlined = data.column('node.inlined')
		this.children = readChildren(this.parent)
		this.dagNames = data.texts('dag.name')
		this.folded = data.column('folded')[0] ?? 0
		this.charge = {
			node: Int32Array.from(data.column('charge.node')), owner: Int32Array.from(data.column('charge.owner')),
			dag: Int32Array.from(data.column('charge.dag_node')), kind: data.column('charge.kind'),
		}
		this.count = this.charge.node.length
		this.groups = new Map()
		this.sums = new Map()
		this.readMoments()
		this.dag = readDag(data)
		this.leaks = readLeaks(data)
		this.hasNodes = this.dagNames.length > 1
		this.kinds = new Set(this.charge.kind)
		const path = this.info.profile ?? this.info.profile_path ?? 'profile'
		this.file = path.split('/').at(-1)
		this.program = (this.info.executable ?? this.info.command?.[0] ?? 'program').split('/').at(-1)
	}

	// Moment 0 is the start, the last is the end; between them are the snapshots.
	readMoments() {
		const times = Array.from(this.data.column('moment.time_ns'), (time, i) => ({ time, i }))
		const labels = this.data.texts('moment.label')
		const automatic = this.data.column('moment.automatic')
		const changes = this.data.column('moment.change_count')
		let at = 0
		const snapshots = times.map(({ time, i }) => {
			const first = at
			at += changes[i]
			return { time, label: labels[i], automatic: Boolean(automatic[i]), first, end: at }
		})
		const duration = this.timeline.duration_ns ?? this.info.duration_ns ?? 0
		const end = Math.max(duration, snapshots.at(-1)?.time ?? 0)
		const running = this.info.state === 'running'
		this.moments = [{ time: 0, label: 'the start' }, ...snapshots, { time: end, label: running ? 'now' : 'the end' }]
		this.duration = end
	}

	// Whether there is anything that a metric tells of.
	has(metric) {
		return kindOf(metric) === 0 || this.kinds.has(kindOf(metric))
	}

	get last() {
		return this.moments.length - 1
	}

	// The charges' values at a moment, since the start.
	at(moment) {
		if (this.sums.has(moment))
			return this.sums.get(moment)
		const result = moment === this.last ? this.atEnd() : this.addChanges(moment)
		if (this.sums.size > 12)
			this.sums.delete(this.sums.keys().next().value)
		this.sums.set(moment, result)
		return result
	}

	atEnd() {
		return Object.fromEntries(VALUES.map((name) => [name, this.data.column(`charge.${name}`)]))
	}

	addChanges(moment) {
		const which = this.data.column('change.charge')
		const end = moment ? this.moments[moment].end : 0
		return Object.fromEntries(VALUES.map((name) => {
			const sums = new Float64Array(this.count)
			const values = this.data.column(`change.${name}`)
			for (let i = 0; i < end; i++)
				sums[which[i]] += values[i]
			return [name, sums]
		}))
	}

	// The moment nearest to a time; snapshots rather than the ends when equally near.
	nearest(time) {
		let best = 0
		this.moments.forEach((moment, i) => {
			if (Math.abs(moment.time - time) < Math.abs(this.moments[best].time - time))
				best = i
		})
		return best
	}

	// The range of moments nearest to two times, and never empty.
	snap(from, to) {
		let a = this.nearest(Math.min(from, to))
		let b = this.nearest(Math.max(from, to))
		if (a === b)
			b < this.last ? b++ : a--
		return [a, b]
	}

	nameMoment(i) {
		const moment = this.moments[i]
		if (i === 0 || i === this.last)
			return moment.label
		return `${moment.automatic ? 'the snapshot' : `“${moment.label}”`} at ${units.time(moment.time)}`
	}

	// What each charge has by a metric, in a range of moments (null: the whole run).
	values(metric, range) {
		const none = new Float64Array(this.count)
		const [from, to] = range ?? [0, this.last]
		const end = this.at(to)
		const since = (name) => {
			if (from === 0)
				return end[name]
			const start = this.at(from)[name]
			return end[name].map((value, i) => value - start[i])
		}
		switch (range && metric === 'peak' ? 'live' : metric) {
		case 'peak':
			return { bytes: this.data.column('charge.peak_bytes'), count: this.data.column('charge.peak_count') }
		case 'growth':
			return { bytes: since('live_bytes'), count: since('live_count') }
		case 'total':
		case 'count':
			return { bytes: since('total_bytes'), count: since('total_count') }
		case 'temporary':
			return { bytes: none, count: since('temporaries') }
		default:
			return { bytes: end.live_bytes, count: end.live_count }
		}
	}

	// Which charges a view is about: heap or mappings, of one DAG node or all.
	wanted(metric, node) {
		const kind = kindOf(metric)
		const dag = node === null ? -1 : this.dagNames.indexOf(node)
		const { dag: dagOf, kind: kindsOf } = this.charge
		const all = node === null
		return (i) => kindsOf[i] === kind && (all || dagOf[i] === dag)
	}

	keys(by) {
		if (!this.groups.has(by)) {
			const { key } = GROUPINGS[by]
			this.groups.set(by, this.frames.map((frame) => key(frame)))
		}
		return this.groups.get(by)
	}

	keyOf(by, i) {
		if (by === 'node')
			return this.dagNames[this.charge.dag[i]]
		return by === 'stack' ? `s${this.charge.node[i]}` : this.keys(by)[this.charge.owner[i]]
	}

	// Rows as `dagmem top` has them, largest first, and their total.
	top({ metric, range, node, by }) {
		const { bytes, count } = this.values(metric, range)
		const wanted = this.wanted(metric, node)
		const rows = new Map()
		const total = { bytes: 0, count: 0 }
		for (let i = 0; i < this.count; i++) {
			if (!wanted(i) || (!bytes[i] && !count[i]))
				continue
			const key = this.keyOf(by, i)
			let row = rows.get(key)
			if (!row)
				rows.set(key, row = { key, bytes: 0, count: 0, frame: this.frames[this.charge.owner[i]],
					name: this.dagNames[this.charge.dag[i]], node: this.charge.node[i] })
			row.bytes += bytes[i]
			row.count += count[i]
			total.bytes += bytes[i]
			total.count += count[i]
		}
		const main = METRICS[metric].counted ? 'count' : 'bytes'
		const other = main === 'count' ? 'bytes' : 'count'
		const list = [...rows.values()].filter((row) => row.bytes || row.count)
		list.sort((a, b) => Math.abs(b[main]) - Math.abs(a[main]) || Math.abs(b[other]) - Math.abs(a[other]) || (a.key < b.key ? -1 : 1))
		return { rows: list, total, main }
	}

	// Frames of a stack, outermost first.
	stack(node) {
		const path = []
		for (; node; node = this.parent[node])
			path.unshift(this.frames[this.frameOf[node]])
		return path
	}

	// Live bytes of the charges that `matches` says, at each moment.
	history(matches) {
		const chosen = new Uint8Array(this.count)
		const end = this.at(this.last).live_bytes
		let final = 0
		for (let i = 0; i < this.count; i++)
			if (!this.charge.kind[i] && matches(i)) {
				chosen[i] = 1
				final += end[i]
			}
		const which = this.data.column('change.charge')
		const live = this.data.column('change.live_bytes')
		let sum = 0
		return this.moments.map((moment, i) => {
			if (i === this.last)
				return { time: moment.time, value: final }
			for (let at = moment.first ?? 0; at < (moment.end ?? 0); at++)
				if (chosen[which[at]])
					sum += live[at]
			return { time: moment.time, value: sum }
		})
	}
}

export function describeSelection(profile, chosen) {
	const { metric, range, node } = chosen
	const moment = (i) => profile.nameMoment(i)
	const where = node === null ? '' : node === OUTSIDE ? ', outside any node' : `, in node ${node}`
	const title = METRICS[metric].title.toLowerCase()
	if (!range) {
		const end = profile.info.state === 'running' ? 'now' : 'at exit'
		const words = { peak: 'live at the peak', live: `live ${end}`, mapped: `mapped ${end}`, pool: `in pools ${end}`, growth: `live ${end}`,
			total: 'allocated in the whole run', count: 'allocations of the whole run', temporary: 'temporary allocations of the whole run' }
		return words[metric] + where
	}
	const [a, b] = range
	const state = { live: 'live', peak: 'live', mapped: 'mapped', pool: 'in pools' }[metric]
	if (state)
		return `${state} at ${moment(b)}${where}`
	return `${title} from ${moment(a)} to ${moment(b)}${where}`
}
