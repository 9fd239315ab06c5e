// The DAG: what each node retains, and what of it nobody needed any more.
import { button, choice, clear, h, s } from './dom.js'
import { nodeLabel, nodeName } from './dag.js'
import { lineOf } from './places.js'
import { get, set } from './state.js'
import { Table } from './table.js'
import { hideTip, showTip } from './tip.js'
import * as units from './units.js'

const DRAWN_MAX = 1500
const NAME_CHARACTERS = 15

export class DagView {
	constructor(page) {
		this.page = page
		this.tools = h('div', { class: 'tools' })
		this.says = h('p', { class: 'says' })
		this.bars = h('div', { class: 'peaks' })
		this.picture = h('div', { class: 'dag' })
		this.legend = h('div', { class: 'legend' },
			h('span', {}, h('i', { class: 'needed' }), 'alive at the peak and to be read yet'),
			h('span', {}, h('i', { class: 'waste' }), 'alive at the peak, though nobody read it any more'),
			h('span', {}, h('i', { class: 'gone' }), 'not alive at the peak'),
			h('span', {}, h('i', { class: 'requested' }), 'requested output'))
		this.savings = new Table({ name: 'dag-savings', onrow: (row) => set({ node: row.name }), columns: [
			{ title: 'Free the result of', class: 'place', value: (row) => row.name, cell: (row) => h('code', {}, row.name) },
			{ title: 'after', class: 'place', value: (row) => row.after ?? '', cell: (row) => (row.after ? h('code', {}, row.after) : 'it is made: nobody reads it') },
			{ title: 'Peak then', number: true, csvTitle: 'peak_bytes', value: (row) => row.peak_bytes, text: (row) => units.size(row.peak_bytes) },
			{ title: 'Saves', number: true, csvTitle: 'share', value: (row) => row.share, text: (row) => units.share(row.share, 1) },
		] })
		this.nodes = new Table({ name: 'dag-nodes', onrow: (row) => set({ node: get().node === row.name ? null : row.name }),
			rowClass: (row) => (get().node === row.name ? 'chosen' : null), columns: [
				{ title: 'Node', class: 'place', value: (row) => row.name, cell: (row) => [h('code', {}, row.name), row.requested && h('span', { class: 'chip' }, 'requested')] },
				{ title: 'Runs', number: true, csvTitle: 'executions', value: (row) => row.executions, text: (row) => units.count(row.executions) },
				this.sized('allocated_bytes', 'Own', 'allocated while it ran, ever'),
				this.sized('retained_bytes', 'Retained', 'of that, still there when its executions ended'),
				this.sized('transient_bytes', 'Transient', 'the most that one execution added'),
				this.sized('at_peak_bytes', 'At peak', 'its own, when the heap was largest'),
				this.sized('live_bytes', 'At end', 'its own, at the end of the run'),
				{ title: 'Drag', hint: 'bytes held after their last use, times seconds', number: true, csvTitle: 'drag_byte_s', value: (row) => row.drag_byte_s, text: (row) => (row.drag_byte_s > 0 ? units.held(row.drag_byte_s) : '') },
				{ title: 'Held by', class: 'place', value: (row) => (row.held_bytes ? lineOf({ ...row, module_offset: row.offset }) : ''), cell: (row) => (row.held_bytes ? h('code', {}, lineOf({ ...row, module_offset: row.offset })) : '') },
			] })
		this.element = h('div', {}, this.tools, this.says, this.bars, this.picture, this.legend,
			this.savingsBox = h('div', {}, h('h3', {}, 'What freeing one result at its last use would save'), this.savings.element),
			h('h3', {}, 'Nodes'), this.nodes.element)
	}

	static needs = ['side', 'range', 'node', 'q', 'pruned']

	sized(name, title, hint) {
		return { title, hint, number: true, csvTitle: name, value: (row) => row[name], csv: (row) => row[name],
			cell: (row) => h('span', { title: units.exact(row[name]) }, row[name] ? units.size(row[name]) : '') }
	}

	update(state, changed) {
		const { dag } = this.page.profile
		if (!dag) {
			clear(this.says, 'This program announced no DAG nodes. ', h('code', {}, 'dagmem.h'), ' tells how a program does (dagmem_node_begin, dagmem_node_end), ', h('code', {}, 'dagmem dag run'), ' does it by itself.')
			for (const part of [this.bars, this.picture, this.legend, this.savingsBox, this.nodes.element])
				part.hidden = true
			this.element.querySelectorAll('h3').forEach((heading) => { heading.hidden = true })
			return
		}
		this.drawTools(state, dag)
		this.drawSays(state, dag)
		if (!changed || changed.has('side') || !this.drawn)
			this.draw(dag)
		const ran = this.ranIn(state, dag)
		this.mark(state, dag, ran)
		const { search } = this.page
		const rows = dag.nodes.map((node, i) => Object.assign(node, { key: `node${i}` })).filter((node, i) => (!search || search.text(node.name)) && (!ran || ran.has(i)))
		if (ran)
			this.says.append(h('span', { class: 'finding' }, `Only nodes that ran in the range: ${ran.size} of ${dag.nodes.length}. Peaks and savings are of the whole run.`))
		rows.sort((a, b) => b.drag_byte_s + b.void_byte_s - a.drag_byte_s - a.void_byte_s || b.retained_bytes - a.retained_bytes)
		this.nodes.show(rows)
		const savings = dag.savings.map((saving, i) => ({ ...saving, key: `saving${i}`, name: nodeName(dag, saving.node), after: nodeName(dag, saving.after) }))
		this.savingsBox.hidden = !savings.length
		this.savings.show(savings)
	}

	// The nodes that ran in the range; null without one.
	ranIn(state, dag) {
		if (!state.range)
			return null
		const { moments, last } = this.page.profile
		const [from, to] = state.range.map((i) => moments[Math.min(i, last)].time)
		return new Set(dag.executions.filter((one) => one.begin_ns <= to && !(one.end_ns < from)).map((one) => one.node))
	}

	drawTools(state, dag) {
		clear(this.tools,
			dag.whatIf?.known && choice('results', [[false, 'As it ran', 'what was alive at the peak'], [true, 'Pruned', 'if every result had been freed when its last reader ended']], state.pruned, (pruned) => set({ pruned })),
			button('Fit', () => this.fit(), { class: 'quiet' }),
			state.node !== null && button(`Only ${state.node} ×`, () => set({ node: null }), { class: 'quiet' }))
	}

	drawSays(state, dag) {
		const { whatIf } = dag
		const alive = dag.nodes.filter((node) => node.at_peak_bytes > 0).length
		const waste = dag.nodes.reduce((sum, node) => sum + node.idle_at_peak_bytes, 0)
		if (state.pruned && whatIf?.known)
			clear(this.says, 'If every result had been freed when its last reader ended, the heap’s peak would have been ', h('strong', {}, `${whatIf.exact ? '' : 'at most '}${units.size(whatIf.peak_bytes)}`), ` instead of ${units.size(whatIf.measured_bytes)}: ${units.share(whatIf.measured_bytes - whatIf.peak_bytes, whatIf.measured_bytes)} less.`)
		else
			clear(this.says, h('strong', {}, units.plural(alive, 'node')), ` of ${dag.nodes.length} held memory when the heap was largest, ${units.size(dag.peak_bytes)}`, waste > 0 && [', ', h('strong', {}, units.size(waste)), ' of it in results that nobody was to read any more'], '.')
		this.says.append(...dag.findings.slice(0, 2).map((finding) => h('span', { class: 'finding' }, finding.text)))
		this.drawPeaks(dag)
	}

	// Measured, pruned, other orders, the bound: on one scale.
	drawPeaks(dag) {
		const { whatIf } = dag
		this.bars.hidden = !whatIf?.known
		if (!whatIf?.known)
			return
		const bound = Number.isFinite(whatIf.lower_bound_bytes)
		const rows = [['as it ran', whatIf.measured_bytes, 'measured'], [`pruned, in this order${whatIf.exact ? '' : ' (at most)'}`, whatIf.peak_bytes, 'pruned'],
			...dag.orders.filter((order) => order.name !== 'same').map((order) => [`pruned, ${order.name} order`, order.peak_bytes, 'pruned']),
			bound && ['no order gets below', whatIf.lower_bound_bytes, 'bound']].filter(Boolean)
		clear(this.bars, rows.map(([name, bytes, kind]) => h('div', { class: `peak-row ${kind}` }, h('span', {}, name), h('span', { class: 'bar' }, h('span', { style: { width: `${100 * bytes / whatIf.measured_bytes}%` } })), h('strong', {}, units.size(bytes)))))
	}

	// Largest first, when there are too many to be told apart.
	chosen(dag) {
		const all = dag.nodes.map((_, i) => i)
		if (all.length <= DRAWN_MAX)
			return all
		return all.sort((a, b) => dag.nodes[b].side - dag.nodes[a].side).slice(0, DRAWN_MAX)
	}

	draw(dag) {
		const chosen = new Set(this.chosen(dag))
		this.squares = new Map()
		const edges = dag.edges.filter((edge) => chosen.has(edge.node) && chosen.has(edge.consumer)).map((edge) => this.edge(dag, edge))
		const nodes = [...chosen].map((i) => this.node(dag, i))
		this.svg = s('svg', { role: 'group', 'aria-label': `DAG of ${units.plural(dag.nodes.length, 'node')}` }, s('g', { class: 'edges' }, edges), s('g', {}, nodes))
		const left = dag.nodes.length - chosen.size
		clear(this.picture, this.svg, left > 0 && h('p', { class: 'note' }, `The ${DRAWN_MAX} largest of ${dag.nodes.length} nodes are drawn.`))
		this.extent = [Math.max(...[...chosen].map((i) => dag.nodes[i].x)) + 70, Math.max(...[...chosen].map((i) => dag.nodes[i].y + dag.nodes[i].side)) + 30]
		this.zoomable()
		this.fit()
		this.drawn = true
	}

	edge(dag, { node, consumer }) {
		const from = dag.nodes[node]
		const to = dag.nodes[consumer]
		// From side to side, or from below the name to the top.
		const [x0, y0, x1, y1] = dag.across
			? [from.x + from.side / 2, from.y + from.side / 2, to.x - to.side / 2, to.y + to.side / 2]
			: [from.x, from.y + from.side + 17, to.x, to.y]
		const bend = Math.max(14, Math.abs(dag.across ? x1 - x0 : y1 - y0) / 2)
		const d = dag.across
			? `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`
			: `M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}`
		return s('path', { class: 'edge', 'data-from': node, 'data-to': consumer, d })
	}

	node(dag, i) {
		const node = dag.nodes[i]
		const choose = () => set({ node: get().node === node.name ? null : node.name })
		const group = s('g', { class: 'dag-node', tabindex: '0', role: 'button', 'data-node': i, 'aria-label': this.describe(node),
			onclick: choose, onmousemove: (event) => this.hover(event, dag, i), onmouseleave: () => this.unhover(),
			onkeydown: (event) => (event.key === 'Enter' || event.key === ' ') && (event.preventDefault(), choose()) },
		s('rect', { x: node.x - node.side / 2, y: node.y, width: node.side, height: node.side, rx: Math.min(6, node.side / 5) }),
		node.idle_at_peak_bytes > 0 && s('rect', { class: 'hatch', x: node.x - node.side / 2, y: node.y, width: node.side, height: node.side, rx: Math.min(6, node.side / 5), fill: 'url(#hatch)' }),
		s('text', { x: node.x, y: node.y + node.side + 12, 'text-anchor': 'middle' }, nodeLabel(node, NAME_CHARACTERS)))
		this.squares.set(i, group)
		return group
	}

	describe(node) {
		return `${node.name}: retained ${units.size(node.retained_bytes)}, ${units.size(node.at_peak_bytes)} at the peak`
	}

	// What is alive, as it ran or pruned; what is chosen or searched for.
	mark(state, dag, ran) {
		const { search } = this.page
		for (const [i, group] of this.squares) {
			const node = dag.nodes[i]
			const waste = node.idle_at_peak_bytes > 0 && node.idle_at_peak_bytes >= node.at_peak_bytes / 2
			const alive = node.at_peak_bytes > 0
			const kind = waste ? (state.pruned ? 'gone pruned' : 'waste') : alive ? 'needed' : 'gone'
			const out = (state.node !== null && state.node !== node.name) || (search && !search.text(node.name)) || (ran && !ran.has(i))
			group.setAttribute('class', `dag-node ${kind}${node.requested ? ' requested' : ''}${out ? ' out' : ''}${state.node === node.name ? ' chosen' : ''}`)
		}
	}

	hover(event, dag, i) {
		const node = dag.nodes[i]
		for (const path of this.svg.querySelectorAll('.edge'))
			path.classList.toggle('lit', path.dataset.from === String(i) || path.dataset.to === String(i))
		showTip(event, h('strong', {}, node.name),
			h('div', {}, `ran ${units.plural(node.executions, 'time')} for ${units.time(node.busy_ns)}`),
			h('div', {}, `retained ${units.size(node.retained_bytes)}, ${units.size(node.at_peak_bytes)} at the peak`),
			node.result_bytes > 0 && h('div', {}, `result of ${units.size(node.result_bytes)}`),
			node.idle_at_peak_bytes > 0 && h('div', {}, `${units.size(node.idle_at_peak_bytes)} at the peak that nobody was to read any more`),
			node.drag_byte_s > 0 && h('div', {}, `held ${units.held(node.drag_byte_s)} after its last use`))
	}

	unhover() {
		hideTip()
		this.svg.querySelectorAll('.lit').forEach((path) => path.classList.remove('lit'))
	}

	fit() {
		if (!this.extent)
			return
		const [width, height] = this.extent
		this.box = { x: -10, y: -12, width: width + 20, height: height + 24 }
		const scale = Math.min(1.6, (this.picture.clientWidth || 1100) / this.box.width)
		const most = Math.min(620, Math.max(160, this.box.height * scale))
		this.picture.style.height = `${most}px`
		this.apply()
	}

	apply() {
		const { x, y, width, height } = this.box
		this.svg.setAttribute('viewBox', `${x} ${y} ${width} ${height}`)
	}

	// Ctrl and the wheel zoom, dragging moves: the wheel alone scrolls the page.
	zoomable() {
		this.svg.addEventListener('wheel', (event) => {
			if (!event.ctrlKey && !event.metaKey)
				return
			event.preventDefault()
			const { left, top, width, height } = this.svg.getBoundingClientRect()
			const by = Math.exp(event.deltaY / 300)
			const px = (event.clientX - left) / width
			const py = (event.clientY - top) / height
			this.box = { x: this.box.x + this.box.width * px * (1 - by), y: this.box.y + this.box.height * py * (1 - by), width: this.box.width * by, height: this.box.height * by }
			this.apply()
		}, { passive: false })
		let last = null
		this.svg.addEventListener('pointerdown', (event) => { last = [event.clientX, event.clientY] })
		this.svg.addEventListener('pointermove', (event) => {
			if (!last || !event.buttons)
				return
			const scale = this.svg.getScreenCTM()?.a || 1
			this.box.x -= (event.clientX - last[0]) / scale
			this.box.y -= (event.clientY - last[1]) / scale
			last = [event.clientX, event.clientY]
			this.apply()
		})
		this.svg.addEventListener('pointerup', () => { last = null })
		this.svg.prepend(s('defs', {}, s('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, s('rect', { width: 2, height: 6, class: 'hatch-line' }))))
	}
}
