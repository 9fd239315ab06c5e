// What changed between two profiles.
import { button, choice, clear, h } from './dom.js'
import { describeFrame, GROUPINGS } from './places.js'
import { METRICS } from './profile.js'
import { get, set } from './state.js'
import { Table } from './table.js'
import * as units from './units.js'

export class DiffView {
	constructor(page) {
		this.page = page
		this.tools = h('div', { class: 'tools' })
		this.says = h('p', { class: 'says' })
		this.legend = h('div', { class: 'legend' }, h('span', {}, h('i', { class: 'less' }), '◀ less than before'), h('span', {}, h('i', { class: 'more' }), '▶ more than before'))
		this.table = new Table({ name: 'diff', columns: [] })
		this.element = h('div', {}, this.tools, this.says, this.legend, this.table.element)
	}

	static needs = ['metric', 'node', 'q', 'by', 'swapped']

	// Rows of both sides by their keys; a stack has none that two profiles share.
	compare(state) {
		const by = state.by === 'stack' ? 'line' : state.by
		const sides = state.swapped ? [1, 0] : [0, 1]
		const [before, after] = sides.map((side) => {
			const profile = this.page.profiles[side]
			const node = state.node !== null && !profile.dagNames.includes(state.node) ? null : state.node
			return profile.top({ metric: state.metric === 'growth' ? 'live' : state.metric, range: null, node, by })
		})
		const rows = new Map()
		for (const row of before.rows)
			rows.set(row.key, { ...row, old: row, now: { bytes: 0, count: 0 } })
		for (const row of after.rows)
			rows.set(row.key, { ...row, old: rows.get(row.key)?.old ?? { bytes: 0, count: 0 }, now: row })
		const { main } = after
		const other = main === 'bytes' ? 'count' : 'bytes'
		const changed = [...rows.values()].filter((row) => row.old.bytes !== row.now.bytes || row.old.count !== row.now.count)
		const distance = (row, name) => Math.abs(row.now[name] - row.old[name])
		changed.sort((a, b) => distance(b, main) - distance(a, main) || distance(b, other) - distance(a, other) || (a.key < b.key ? -1 : 1))
		return { rows: changed, before: before.total, after: after.total, main, by, sides }
	}

	columns(compared) {
		const { main, by } = compared
		const most = compared.rows.reduce((max, row) => Math.max(max, Math.abs(row.now[main] - row.old[main])), 1)
		const amount = (value) => (main === 'count' ? units.count(value) : units.size(value))
		const difference = (row) => row.now[main] - row.old[main]
		const signed = (value) => (main === 'count' ? `${value > 0 ? '+' : value < 0 ? '−' : '±'}${units.count(Math.abs(value))}` : units.change(value))
		return [
			{ title: GROUPINGS[by].title, class: 'place', value: (row) => this.label(row, by), csvTitles: ['file', 'line', 'function', 'module', 'node'],
				csv: (row) => [row.frame.file, row.frame.line || null, row.frame.function, row.frame.module, by === 'node' ? row.name : null],
				cell: (row) => [h('code', { title: by === 'node' ? row.name : describeFrame(row.frame).join('\n') }, this.label(row, by)), by === 'line' && row.frame.file && row.frame.function && h('span', { class: 'function' }, row.frame.function)] },
			{ title: 'Before', number: true, csvTitles: ['old_bytes', 'old_count'], csv: (row) => [row.old.bytes, row.old.count], value: (row) => row.old[main], text: (row) => (row.old[main] ? amount(row.old[main]) : '–') },
			{ title: 'After', number: true, csvTitles: ['new_bytes', 'new_count'], csv: (row) => [row.now.bytes, row.now.count], value: (row) => row.now[main], text: (row) => (row.now[main] ? amount(row.now[main]) : '–') },
			{ title: 'Change', number: true, csv: false, value: difference, cell: (row) => h('span', { class: difference(row) > 0 ? 'more' : 'less', title: units.exact(difference(row)) }, signed(difference(row))) },
			{ title: '', class: 'both-ways', csv: false, cell: (row) => this.bar(difference(row) / most) },
			{ title: 'Blocks', number: true, csv: false, value: (row) => row.now.count - row.old.count, text: (row) => `${row.now.count >= row.old.count ? '+' : '−'}${units.count(Math.abs(row.now.count - row.old.count))}` },
		]
	}

	// From the middle: to the left and striped for less, to the right and plain for more.
	bar(share) {
		const width = `${Math.max(1, Math.abs(share) * 50)}%`
		return h('span', { class: 'diff-bar', 'aria-hidden': 'true' }, h('span', { class: share > 0 ? 'more' : 'less', style: share > 0 ? { left: '50%', width } : { right: '50%', width } }))
	}

	label(row, by) {
		return by === 'node' ? row.name : GROUPINGS[by].label(row.frame)
	}

	update(state) {
		const compared = this.compare(state)
		const { search, profiles } = this.page
		const [old, now] = compared.sides.map((side) => profiles[side])
		clear(this.tools,
			choice('rows by', Object.entries(GROUPINGS).filter(([by]) => by !== 'stack' && (by !== 'node' || profiles.some((profile) => profile.hasNodes))).map(([by, { title }]) => [by, title]), compared.by, (by) => set({ by })),
			button('⇄ Other direction', () => set({ swapped: !get().swapped }), { 'aria-pressed': String(state.swapped), class: 'toggle', 'data-toggle': 'swapped' }))
		const difference = compared.after[compared.main] - compared.before[compared.main]
		const amount = compared.main === 'count' ? units.count : units.size
		const metric = METRICS[state.metric === 'growth' ? 'live' : state.metric]
		clear(this.says, h('strong', { 'data-difference': difference }, compared.main === 'count' ? `${difference > 0 ? '+' : ''}${units.count(difference)}` : units.change(difference)),
			` ${metric.title.toLowerCase()} (${metric.hint}), from `, h('code', {}, old.file), ` (${amount(compared.before[compared.main])}) to `, h('code', {}, now.file), ` (${amount(compared.after[compared.main])}); peak ${units.size(old.info.totals.peak_bytes)} → ${units.size(now.info.totals.peak_bytes)}. `,
			state.range && 'Whole runs: a range is of one profile only.')
		this.table.columns = this.columns(compared)
		const matches = (row) => (compared.by === 'node' ? search.text(row.name) : search.frame(row.frame))
		this.table.show(search ? compared.rows.filter(matches) : compared.rows)
	}
}
