// What leaks, and what holds or lost it.
import { clear, h } from './dom.js'
import { TRENDS, VERDICTS } from './leaks.js'
import { describeFrame, GROUPINGS, lineOf } from './places.js'
import { set } from './state.js'
import { Table } from './table.js'
import * as units from './units.js'

export class LeaksView {
	constructor(page) {
		this.page = page
		this.says = h('p', { class: 'says' })
		this.sums = h('div', { class: 'sums' })
		this.table = new Table({ name: 'leaks', rowClass: (row) => (row.suppressed_by ? 'suppressed' : null), detail: (row) => this.detail(row), columns: [
			{ title: 'Verdict', value: (row) => row.verdict, csv: (row) => VERDICTS[row.verdict].name, cell: (row) => this.chip(row) },
			{ title: 'Bytes', number: true, value: (row) => row.bytes, cell: (row) => h('span', { title: units.exact(row.bytes) }, units.size(row.bytes)) },
			{ title: 'Blocks', number: true, value: (row) => row.blocks, text: (row) => units.count(row.blocks) },
			{ title: 'Allocated at', class: 'place', value: (row) => lineOf(row.frame), csvTitles: ['file', 'line', 'function', 'module'],
				csv: (row) => [row.file, row.line || null, row.function, row.module],
				cell: (row) => [h('code', { title: describeFrame(row.frame).join('\n') }, lineOf(row.frame)), row.file && row.function && h('span', { class: 'function' }, row.function), row.node && h('span', { class: 'chip node' }, row.node)] },
			{ title: 'Held or lost by', class: 'place', value: (row) => this.why(row), text: (row) => this.why(row) },
			{ title: 'Over time', class: 'growth', csvTitle: 'trend', csv: (row) => TRENDS[row['growth.verdict']], value: (row) => row['growth.slope'], cell: (row) => this.growth(row) },
		] })
		this.element = h('div', {}, this.says, this.sums, this.table.element)
	}

	static needs = ['side', 'range', 'node', 'q']

	chip(row) {
		const verdict = VERDICTS[row.verdict]
		return h('span', { class: `chip ${verdict.name}`, title: verdict.hint }, verdict.title)
	}

	why(row) {
		if (row.suppressed_by)
			return `suppressed: ${row.suppressed_by}`
		const held = row['held_by.text']
		return [held && `held by ${held}`, row.lost_by, row.cycles > 0 && `${units.plural(row.cycles, 'ring')} of blocks that hold each other`].filter(Boolean).join('; ')
	}

	growth(row) {
		const { profile } = this.page
		const key = GROUPINGS.line.key(row.frame)
		const node = row.node
		const keys = profile.keys('line')
		const points = profile.history((i) => keys[profile.charge.owner[i]] === key && (!node || profile.dagNames[profile.charge.dag[i]] === node))
		return this.page.sparkline(points, TRENDS[row['growth.verdict']] ?? '', 110, 26)
	}

	pace(row) {
		const unit = row['growth.unit']
		const since = Number.isFinite(row['growth.since']) ? `, since iteration ${row['growth.since']}` : ''
		return `${units.change(row['growth.slope'])} per ${unit} (${units.share(row['growth.confidence'], 1)} sure of ${units.change(row['growth.low'])} to ${units.change(row['growth.high'])}, ` +
			`${units.plural(row['growth.points'], unit === 'run' ? 'run' : 'point')})${since}`
	}

	detail(row) {
		return h('div', { class: 'detail-box' }, h('ol', { class: 'stack' }, row.stack.map((frame) => h('li', {}, h('code', {}, lineOf(frame)), frame.file && frame.function && h('span', { class: 'function' }, frame.function)))),
			row.path.length > 0 && h('div', {}, h('p', { class: 'note' }, row.verdict === 3 || row.verdict === 2 ? 'From the root to the block:' : 'Blocks that hold each other:'),
				h('ol', { class: 'stack' }, row.path.map((block) => h('li', {}, h('code', {}, `${units.size(block.bytes)} ${lineOf({ ...block, module_offset: block.offset })}`), block.node && h('span', { class: 'chip node' }, block.node))))),
			h('dl', {},
				row.indirect_bytes > 0 && [h('dt', {}, 'lost with it'), h('dd', {}, `${units.size(row.indirect_bytes)} in ${units.plural(row.indirect_blocks, 'block')}`)],
				Number.isFinite(row.retained_bytes) && [h('dt', {}, 'freeing it would free'), h('dd', {}, units.size(row.retained_bytes))],
				TRENDS[row['growth.verdict']] === 'growing' && [h('dt', {}, 'grows by'), h('dd', {}, this.pace(row))],
				Number.isFinite(row.idle_ns) && [h('dt', {}, 'nothing of it freed for'), h('dd', {}, units.time(row.idle_ns) + (row.idle_runs > 0 ? `, ${units.plural(row.idle_runs, 'run')}` : ''))]))
	}

	// Whether anything was allocated at a row's site in the range; null without one.
	inRange(state) {
		const { profile } = this.page
		if (!state.range)
			return null
		const keys = profile.keys('line')
		const { count } = profile.values('count', state.range)
		const sites = new Set()
		for (let i = 0; i < profile.count; i++)
			if (count[i])
				sites.add(keys[profile.charge.owner[i]])
		return (row) => sites.has(GROUPINGS.line.key(row.frame))
	}

	update(state) {
		const { profile, search } = this.page
		const { leaks } = profile
		if (!leaks) {
			this.unknown()
			return
		}
		leaks.rows.forEach((row, i) => { row.key = `leak${i}` })
		const inRange = this.inRange(state)
		const rows = leaks.rows.filter((row) => (!inRange || inRange(row)) && (state.node === null || row.node === state.node) && (!search || search.frame(row.frame) || search.text(row.node) || search.text(this.why(row))))
		const judged = leaks.check.judged
		clear(this.says, judged
			? ['Looked at ', h('strong', {}, leaks.check['check.label'] ?? 'exit'), `: ${units.size(leaks.check['check.bytes'])} live in ${units.plural(leaks.check['check.blocks'], 'block')}. The program stood still for ${units.time(leaks.check['check.pause_ns'])}.`]
			: `Whether anything still points to what was live was not looked at: ${leaks.check.unjudged}`)
		if (inRange)
			this.says.append(` Only sites that allocated in the range: ${rows.length} of ${leaks.rows.length}.`)
		clear(this.sums, VERDICTS.map((verdict, i) => leaks.totals[i]?.blocks > 0 && h('div', { class: `sum ${verdict.name}`, title: verdict.hint }, h('strong', {}, units.size(leaks.totals[i].bytes)), h('span', {}, `${verdict.title.toLowerCase()}, ${units.plural(leaks.totals[i].blocks, 'block')}`))))
		const other = leaks.check['other.rows']
		this.table.show(rows, [leaks.check['suppressed.rows'] > 0 && `${units.size(leaks.check['suppressed.bytes'])} suppressed`, other > 0 && `${units.plural(other, 'more site')}, ${units.size(leaks.check['other.bytes'])}, are not in this page`].filter(Boolean).join('; ') || null)
	}

	unknown() {
		clear(this.says, 'This profile holds no check for leaks: what is live at the end is not told apart by whether something still points to it. The lines that held most of it are ',
			h('button', { type: 'button', class: 'link', onclick: () => { set({ metric: 'live', range: null }); this.page.go('top') } }, 'in the table above'), '.')
		clear(this.sums)
		this.table.element.hidden = true
	}
}
