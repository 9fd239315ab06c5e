// lanes: which DAG node ran when, under the plot of memory: a lane a thread,
// and more where executions of one thread lie in each other.
import { css, fitCanvas, h } from './dom.js'
import { nodeLabel, nodeName } from './dag.js'
import { set } from './state.js'
import { hideTip, showTip } from './tip.js'
import * as units from './units.js'

const LANE = 16
const LANES_MAX = 24

export class Lanes {
	constructor() {
		this.canvas = h('canvas', { class: 'lanes', role: 'img' })
		this.note = h('div', { class: 'note' })
		this.element = h('div', { class: 'lanes-box' }, this.canvas, this.note)
		this.canvas.addEventListener('mousemove', (event) => this.move(event))
		this.canvas.addEventListener('mouseleave', hideTip)
		this.canvas.addEventListener('click', (event) => {
			const bar = this.barAt(event)
			if (bar)
				set({ node: nodeName(this.dag, bar.node) })
		})
	}

	// One lane holds what does not overlap; threads in the order they appear.
	arrange(dag) {
		const threads = new Map()
		for (const one of [...dag.executions].sort((a, b) => a.begin_ns - b.begin_ns)) {
			if (!threads.has(one.thread))
				threads.set(one.thread, [])
			const lanes = threads.get(one.thread)
			let lane = lanes.find((other) => !(other.end > one.begin_ns))
			if (!lane)
				lanes.push(lane = { bars: [], end: 0 })
			lane.bars.push(one)
			lane.end = Number.isNaN(one.end_ns) ? Infinity : one.end_ns
		}
		return [...threads].sort((a, b) => a[0] - b[0]).flatMap(([thread, lanes]) => lanes.map((lane) => ({ thread, bars: lane.bars })))
	}

	// `left` and `width`: the plot's, in CSS pixels; times from..to in ns.
	draw(dag, left, width, full, from, to, node) {
		if (dag !== this.dag) {
			this.dag = dag
			this.lanes = this.arrange(dag)
		}
		Object.assign(this, { left, width, from, to, node })
		const shown = this.lanes.slice(0, LANES_MAX)
		const context = fitCanvas(this.canvas, full, shown.length * LANE + 4)
		const colours = Array.from({ length: 6 }, (_, i) => css(`--lane-${i}`))
		const dim = css('--frame-dim')
		const text = css('--frame-text')
		context.font = `11px ${css('--sans')}`
		context.textBaseline = 'middle'
		shown.forEach((lane, i) => {
			let covered = -1
			for (const bar of lane.bars) {
				const x = this.x(bar.begin_ns)
				const end = this.x(Number.isNaN(bar.end_ns) ? to : bar.end_ns)
				if (end <= covered || end < left || x > left + width)
					continue
				covered = Math.max(end, x + 0.7)
				const name = nodeName(dag, bar.node)
				context.fillStyle = node !== null && node !== name ? dim : colours[bar.node % colours.length]
				context.fillRect(x, i * LANE + 2, Math.max(0.7, end - x - (end - x > 3 ? 1 : 0)), LANE - 3)
				if (end - x > 30) {
					context.fillStyle = text
					context.save()
					context.beginPath()
					context.rect(x, i * LANE, end - x - 3, LANE)
					context.clip()
					context.fillText(nodeLabel(dag.nodes[bar.node], Math.max(3, Math.floor((end - x) / 6))), x + 4, i * LANE + LANE / 2 + 1)
					context.restore()
				}
			}
			context.fillStyle = css('--faint')
			context.textAlign = 'right'
			if (!i || shown[i - 1].thread !== lane.thread)
				context.fillText(`thread ${lane.thread}`, left - 6, i * LANE + LANE / 2 + 1)
			context.textAlign = 'left'
		})
		const rest = this.lanes.length - shown.length
		const unkept = dag.executions_ended - dag.executions.length
		this.note.textContent = [rest > 0 && `${rest} more lanes are not drawn`, unkept > 0 && `${units.plural(unkept, 'execution')} were too many to be kept one by one`].filter(Boolean).join('; ')
		this.canvas.setAttribute('aria-label', `Executions of DAG nodes over time, on ${units.plural(new Set(this.lanes.map((lane) => lane.thread)).size, 'thread')}`)
	}

	x(time) {
		return this.left + this.width * (time - this.from) / (this.to - this.from || 1)
	}

	barAt(event) {
		const { left, top } = this.canvas.getBoundingClientRect()
		const lane = this.lanes?.[Math.floor((event.clientY - top) / LANE)]
		const x = event.clientX - left
		return lane?.bars.find((bar) => x >= this.x(bar.begin_ns) - 1 && x <= this.x(Number.isNaN(bar.end_ns) ? this.to : bar.end_ns) + 1) ?? null
	}

	move(event) {
		const bar = this.barAt(event)
		if (!bar)
			return hideTip()
		showTip(event, h('strong', {}, nodeName(this.dag, bar.node)),
			h('div', {}, `${units.time(bar.begin_ns)}, ran ${units.time(bar.end_ns - bar.begin_ns)} on thread ${bar.thread}`),
			h('div', {}, `allocated ${units.size(bar.allocated_bytes)}, at most ${units.size(bar.transient_bytes)} at a time`),
			bar.failed && h('div', {}, 'failed'))
	}
}
