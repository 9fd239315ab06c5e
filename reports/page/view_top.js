// The rows that hold most.
import { choice, clear, h } from './dom.js'
import { describeFrame, GROUPINGS, lineOf } from './places.js'
import { describeSelection, METRICS } from './profile.js'
import { set } from './state.js'
import { bar, Table } from './table.js'
import * as units from './units.js'

export class TopView {
	constructor(page) {
		this.page = page
		this.tools = h('div', { class: 'tools' })
		this.says = h('p', { class: 'says' })
		this.table = null
		this.slot = h('div')
		this.element = h('div', {}, this.tools, this.says, this.slot)
	}

	static needs = ['side', 'metric', 'range', 'node', 'q', 'by']

	label(row, by) {
		return by === 'node' ? row.name : GROUPINGS[by].label(row.frame)
	}

	matches(row, by, search) {
		if (by === 'node')
			return search.text(row.name)
		if (by === 'stack')
			return this.page.profile.stack(row.node).some((frame) => search.frame(frame))
		return search.frame(row.frame)
	}

	columns(state, top) {
		const { by, metric } = state
		const { counted } = METRICS[metric]
		const whole = top.total[top.main]
		const columns = [
			{ key: 'place', title: GROUPINGS[by].title, class: 'place', value: (row) => this.label(row, by),
				csvTitles: ['file', 'line', 'function', 'module', 'node'],
				csv: (row) => [row.frame.file, row.frame.line || null, row.frame.function, row.frame.module, by === 'node' ? row.name : null],
				cell: (row) => this.place(row, by) },
			{ key: 'bytes', title: METRICS[metric].title, number: true, csvTitle: 'bytes', value: (row) => row.bytes, csv: (row) => row.bytes,
				cell: (row) => h('span', { title: units.exact(row.bytes) }, metric === 'growth' ? units.change(row.bytes) : units.size(row.bytes)) },
			{ key: 'share', title: 'Share', number: true, class: 'share', csv: (row) => (whole ? row[top.main] / whole : 0), value: (row) => row[top.main],
				cell: (row) => [units.share(row[top.main], whole), bar(Math.abs(row[top.main] / (top.rows[0]?.[top.main] || 1)))] },
			{ key: 'count', title: metric === 'total' || counted ? 'Allocations' : 'Blocks', number: true, csvTitle: 'count', value: (row) => row.count, text: (row) => units.count(row.count) },
			{ key: 'average', title: 'Average', number: true, csv: false, hint: 'bytes a block', value: (row) => row.bytes / (row.count || 1),
				text: (row) => (row.count && row.bytes > 0 ? units.size(row.bytes / row.count) : '') },
		]
		return columns.filter((column) => metric !== 'temporary' || !['bytes', 'average'].includes(column.key))
	}

	place(row, by) {
		if (by === 'node')
			return h('code', {}, row.name)
		const { frame } = row
		return [
			h('code', { title: describeFrame(frame).join('\n') }, GROUPINGS[by].label(frame)),
			(by === 'line' || by === 'stack') && frame.file && frame.function && h('span', { class: 'function' }, frame.function),
			(by === 'line' || by === 'stack') && frame.source && h('pre', { class: 'source' }, frame.source),
		]
	}

	update(state) {
		const { profile, search } = this.page
		const top = profile.top(state)
		const rows = search ? top.rows.filter((row) => this.matches(row, state.by, search)) : top.rows
		clear(this.tools, choice('rows by', Object.entries(GROUPINGS)
			.filter(([by]) => by !== 'node' || profile.hasNodes)
			.map(([by, { title }]) => [by, title]), state.by, (by) => set({ by })))
		if (!this.table || this.made !== state.by) {
			this.table = new Table({ name: `top-${state.by}`, columns: [], ...this.behaviour(state.by) })
			this.made = state.by
			clear(this.slot, this.table.element)
		}
		this.table.columns = this.columns(state, top)
		const counted = METRICS[state.metric].counted
		const shown = counted ? units.count(top.total.count) : units.size(top.total.bytes)
		const blocks = counted ? '' : ` in ${units.plural(top.total.count, state.metric === 'total' ? 'allocation' : 'block')}`
		clear(this.says, h('strong', { 'data-total': top.total[top.main] }, shown), `${blocks} ${describeSelection(profile, state)}`,
			search && `; ${rows.length} of ${top.rows.length} ${GROUPINGS[state.by].many} match`)
		this.table.show(rows)
	}

	behaviour(by) {
		if (by === 'node')
			return { onrow: (row) => set({ node: row.name }) }
		if (by === 'stack')
			return { detail: (row) => h('ol', { class: 'stack' }, this.page.profile.stack(row.node).map((frame) =>
				h('li', {}, h('code', {}, lineOf(frame)), frame.file && frame.function && h('span', { class: 'function' }, frame.function)))) }
		return { detail: (row) => this.detail(row, by) }
	}

	// Who asked for it, and how it went over time.
	detail(row, by) {
		const { profile } = this.page
		const stacks = new Map()
		const { bytes, count } = profile.values(this.page.state.metric, this.page.state.range)
		const wanted = profile.wanted(this.page.state.metric, this.page.state.node)
		const values = METRICS[this.page.state.metric].counted ? count : bytes
		for (let i = 0; i < profile.count; i++)
			if (wanted(i) && values[i] && profile.keyOf(by, i) === row.key)
				stacks.set(profile.charge.node[i], (stacks.get(profile.charge.node[i]) ?? 0) + values[i])
		const largest = [...stacks].sort((a, b) => b[1] - a[1])
		const [node, value] = largest[0] ?? [0, 0]
		const amount = METRICS[this.page.state.metric].counted ? units.count(value) : units.size(value)
		return h('div', { class: 'detail-box' },
			h('div', {}, h('p', { class: 'note' }, largest.length > 1 ? `The largest of ${largest.length} stacks, ${amount}, outermost call first:` : 'By this stack alone, outermost call first:'),
				h('ol', { class: 'stack' }, profile.stack(node).map((frame) =>
					h('li', {}, h('code', {}, lineOf(frame)), frame.file && frame.function && h('span', { class: 'function' }, frame.function))))),
			this.page.sparkline(profile.history((i) => profile.keyOf(by, i) === row.key), 'live bytes over the run'))
	}
}
