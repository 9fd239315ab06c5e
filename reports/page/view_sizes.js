// How large the blocks were that the program asked for.
import { clear, h } from './dom.js'
import { Table } from './table.js'
import { hideTip, showTip } from './tip.js'
import * as units from './units.js'

const FINE = 64         // profile/size_class.h: 16-byte steps up to 1024 bytes ...

function largestOf(number) {
	if (number < FINE)
		return (number + 1) * 16
	const log2 = 10 + Math.floor((number - FINE) / 4)       // ... then four a power of two
	return (4 + (number - FINE) % 4 + 1) * 2 ** (log2 - 2)
}

// Powers of two: { from, to, count }, without empty ones at either end.
function octaves(classes) {
	const sums = new Map()
	classes.forEach((count, number) => {
		const to = Math.max(16, 2 ** Math.ceil(Math.log2(largestOf(number))))
		sums.set(to, (sums.get(to) ?? 0) + count)
	})
	const all = [...sums].map(([to, count]) => ({ from: to === 16 ? 0 : to / 2 + 1, to, count }))
	const used = all.map((octave, i) => (octave.count ? i : -1)).filter((i) => i >= 0)
	return used.length ? all.slice(used[0], used.at(-1) + 1) : []
}

export class SizesView {
	constructor(page) {
		this.page = page
		this.says = h('p', { class: 'says' })
		this.plot = h('div', { class: 'histogram' })
		this.table = new Table({ name: 'sizes', columns: [
			{ title: 'Requests of', value: (row) => row.to, csvTitles: ['from_bytes', 'to_bytes'], csv: (row) => [row.from, row.to], text: (row) => this.range(row) },
			{ title: 'Allocations', number: true, value: (row) => row.count, text: (row) => units.count(row.count) },
			{ title: 'Share', number: true, csv: false, text: (row) => units.share(row.count, this.total) },
		] })
		this.element = h('div', {}, this.says, this.plot, h('details', {}, h('summary', {}, 'As a table'), this.table.element))
	}

	static needs = ['side']

	range(row) {
		return `${units.size(row.from)} to ${units.size(row.to)}`
	}

	update() {
		const classes = this.page.profile.info.size_class_allocations ?? []
		const fine = classes.map((count, number) => ({ from: number ? largestOf(number - 1) + 1 : 0, to: largestOf(number), count })).filter((row) => row.count)
		this.total = classes.reduce((sum, count) => sum + count, 0)
		const rows = octaves(classes)
		const most = Math.max(1, ...rows.map((row) => row.count))
		let half = this.total / 2
		const median = fine.find((row) => (half -= row.count) <= 0)
		clear(this.says, this.total ? [h('strong', {}, units.plural(this.total, 'allocation')), median && `: half of them asked for at most ${units.size(median.to)}; the largest for at most ${units.size(fine.at(-1).to)}. All of the run, whatever range or node is selected.`] : 'Nothing was allocated.')
		clear(this.plot, rows.map((row) => h('div', { class: 'column', tabindex: '0', 'aria-label': `${this.range(row)}: ${units.plural(row.count, 'allocation')}`,
			onmousemove: (event) => showTip(event, h('strong', {}, this.range(row)), h('div', {}, `${units.plural(row.count, 'allocation')}, ${units.share(row.count, this.total)}`)), onmouseleave: hideTip },
		h('span', { class: 'value' }, row.count >= this.total / 1000 ? units.share(row.count, this.total) : ''),
		h('span', { class: 'fill', style: { height: `${Math.max(row.count ? 1.5 : 0, 100 * row.count / most)}%` } }),
		h('span', { class: 'label' }, `≤ ${units.size(row.to).replace('.0', '')}`))))
		this.table.show(fine)
	}
}

