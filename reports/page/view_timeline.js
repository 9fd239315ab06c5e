// Memory over time: heap and RSS, snapshots, the nodes that ran.
import uPlot from 'uplot'
import { button, clear, css, h } from './dom.js'
import { Lanes } from './lanes.js'
import { get, set } from './state.js'
import * as units from './units.js'

const HEIGHT = 250

// Two series of [time, value] on one axis of times; between samples a value stays.
function join(...series) {
	const times = [...new Set(series.flatMap((points) => points.map(([time]) => time)))].sort((a, b) => a - b)
	return [times.map((time) => time / 1e9), ...series.map((points) => {
		let at = 0
		let value = null
		return times.map((time) => {
			while (at < points.length && points[at][0] <= time)
				value = points[at++][1]
			return value
		})
	})]
}

export class TimelineView {
	constructor(page) {
		this.page = page
		this.tools = h('div', { class: 'tools' })
		this.plotBox = h('div', { class: 'plot', tabindex: '0', role: 'application', 'aria-label': 'memory over time; the arrow keys move the range that is selected, with Shift they widen it' })
		this.lanes = new Lanes()
		this.says = h('p', { class: 'says' })
		this.element = h('div', {}, this.tools, this.plotBox, this.lanes.element, this.says)
		this.plotBox.addEventListener('keydown', (event) => this.key(event))
		this.plotBox.addEventListener('dblclick', () => set({ range: null }))
	}

	static needs = ['side', 'range', 'node', 'theme']

	get profile() {
		return this.page.profile
	}

	update(state, changed) {
		if (!this.plot || !changed || changed.has('side') || changed.has('theme'))
			this.build()
		this.drawTools(state)
		this.select(state)
		this.drawLanes(state)
		this.say(state)
	}

	series() {
		const { timeline } = this.profile
		const mapped = timeline.mapped?.some(([, value]) => value > 0)
		return [
			{ name: 'heap', points: this.toEnd(timeline.heap), stroke: css('--heap'), fill: css('--heap-fill'), width: 1.5 },
			timeline.rss?.length > 0 && { name: 'RSS', points: this.toEnd(timeline.rss), stroke: css('--rss'), width: 1.5 },
			mapped && { name: 'mapped', points: this.toEnd(timeline.mapped), stroke: css('--mapped'), width: 1, dash: [4, 3] },
		].filter(Boolean)
	}

	// The last value lasts to the end of the run.
	toEnd(points) {
		const last = points.at(-1)
		return last && last[0] < this.profile.duration ? [...points, [this.profile.duration, last[1]]] : points
	}

	build() {
		this.plot?.destroy()
		const series = this.series()
		const data = join(...series.map(({ points }) => points))
		const stepped = uPlot.paths.stepped({ align: 1 })
		const axis = { stroke: css('--faint'), grid: { stroke: css('--grid'), width: 1 }, ticks: { stroke: css('--grid'), width: 1, size: 4 }, font: `11px ${css('--sans')}` }
		this.plot = new uPlot({
			width: this.width(), height: HEIGHT, padding: [14, 12, 0, 0],
			scales: { x: { time: false, range: () => [0, Math.max(1e-9, this.profile.duration / 1e9)] }, y: { range: (u, min, max) => [0, (max || 1) * 1.08] } },
			legend: { show: false },
			cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 }, y: false },
			select: { show: true },
			axes: [
				{ ...axis, values: (u, splits) => splits.map((value) => units.time(value * 1e9)), space: 70, size: 30 },
				{ ...axis, size: 74, splits: (u) => units.sizeSplits(u.scales.y.max, 5), values: (u, splits) => splits.map((value) => units.size(value)) },
			],
			series: [{}, ...series.map(({ stroke, fill, width, dash }) => ({ stroke, fill, width, dash, paths: stepped, points: { show: false } }))],
			hooks: {
				setSelect: [(u) => this.selected(u)],
				ready: [() => {
					this.select(get())
					this.drawLanes(get())
				}],
				draw: [(u) => {
					this.drawMarks(u)
					this.select(get())
				}],
				setCursor: [(u) => this.cursor(u, series)],
			},
		}, data, this.plotBox)
		this.cursor(this.plot, series)
	}

	width() {
		return Math.max(320, this.element.clientWidth || 900)
	}

	// The reader dragged: to the nearest moments that are known.
	selected(plot) {
		if (this.quiet || plot.select.width < 2)
			return
		const from = plot.posToVal(plot.select.left, 'x') * 1e9
		const to = plot.posToVal(plot.select.left + plot.select.width, 'x') * 1e9
		this.wanted = [from, to]
		const range = this.profile.snap(from, to)
		const { metric } = get()
		if (String(range) === String(get().range))
			this.select(get())
		set({ range, metric: metric === 'peak' ? 'growth' : metric })
	}

	select(state) {
		if (!this.plot)
			return          // its first draw comes before its constructor returns
		const { plot, profile } = this
		const range = state.range
		const [left, right] = range ? range.map((i) => plot.valToPos(profile.moments[Math.min(i, profile.last)].time / 1e9, 'x')) : [0, 0]
		this.plotBox.classList.toggle('ranged', Boolean(range))
		this.quiet = true
		plot.setSelect({ left, width: Math.max(0, right - left), top: 0, height: plot.over.clientHeight }, false)
		this.quiet = false
	}

	drawMarks(plot) {
		const { ctx, bbox } = plot
		const ratio = window.devicePixelRatio || 1
		const { timeline, moments, last } = this.profile
		const x = (time) => plot.valToPos(time / 1e9, 'x', true)
		ctx.save()
		ctx.textAlign = 'left'
		ctx.textBaseline = 'alphabetic'
		// A tick for each snapshot, with its name where the program gave one.
		ctx.strokeStyle = ctx.fillStyle = css('--faint')
		ctx.lineWidth = ratio
		ctx.font = `${10 * ratio}px ${css('--sans')}`
		let labelled = -Infinity
		moments.slice(1, last).forEach((moment) => {
			const at = x(moment.time)
			ctx.beginPath()
			ctx.moveTo(at, bbox.top + bbox.height)
			ctx.lineTo(at, bbox.top + bbox.height - (moment.automatic ? 5 : 10) * ratio)
			ctx.stroke()
			if (!moment.automatic && at > labelled) {
				ctx.fillText(moment.label.slice(0, 24), at + 3 * ratio, bbox.top + bbox.height - 5 * ratio)
				labelled = at + ctx.measureText(moment.label.slice(0, 24)).width + 8 * ratio
			}
		})
		// The peak.
		const peak = timeline.peak
		if (peak?.time_ns !== null && peak?.bytes) {
			const at = x(peak.time_ns)
			const y = plot.valToPos(peak.bytes, 'y', true)
			ctx.strokeStyle = ctx.fillStyle = css('--ink')
			ctx.setLineDash([3 * ratio, 3 * ratio])
			ctx.beginPath()
			ctx.moveTo(at, y)
			ctx.lineTo(at, bbox.top + bbox.height)
			ctx.stroke()
			ctx.setLineDash([])
			ctx.beginPath()
			ctx.arc(at, y, 3.5 * ratio, 0, 7)
			ctx.fill()
			const text = `peak ${units.size(peak.bytes)}`
			ctx.font = `600 ${11 * ratio}px ${css('--sans')}`
			const width = ctx.measureText(text).width
			const right = at + width + 8 * ratio > bbox.left + bbox.width
			ctx.fillText(text, right ? at - width - 7 * ratio : at + 7 * ratio, Math.max(bbox.top + 10 * ratio, y - 5 * ratio))
		}
		ctx.restore()
	}

	cursor(plot, series) {
		const { idx, left } = plot.cursor
		const at = idx === null || idx === undefined || left < 0 ? null : idx
		clear(this.page.readout,
			at !== null && h('span', {}, units.time(plot.data[0][at] * 1e9)),
			series.map(({ name, stroke }, i) => h('span', {}, h('i', { style: { background: stroke } }), at === null ? name : `${name} ${units.size(plot.data[i + 1][at] ?? 0)}`)))
	}

	peakRss() {
		return (this.profile.timeline.rss ?? []).reduce((most, point) => (!most || point[1] > most[1] ? point : most), null)
	}

	drawTools(state) {
		const rss = this.peakRss()
		const whole = state.range === null
		clear(this.tools,
			button('Peak heap', () => set({ range: null, metric: 'peak' }), { 'data-go': 'peak', title: 'what was live when the heap was largest (p)', 'aria-pressed': String(whole && state.metric === 'peak') }),
			rss && button('Peak RSS', () => this.goToRss(), { 'data-go': 'rss', title: 'what was live at the snapshot nearest to the largest RSS (r)' }),
			button('End', () => set({ range: null, metric: 'live' }), { 'data-go': 'end', title: 'what was live at the end (e)', 'aria-pressed': String(whole && state.metric === 'live') }),
			state.range && button('Whole run', () => set({ range: null, metric: state.metric === 'growth' ? 'live' : state.metric }), { 'data-go': 'whole', title: 'no range (Escape)' }),
			this.page.readout)
	}

	goToRss() {
		const rss = this.peakRss()
		if (!rss)
			return
		const moment = Math.max(1, this.profile.nearest(rss[0]))
		this.wanted = [0, rss[0]]
		set({ range: moment === this.profile.last ? null : [0, moment], metric: 'live' })
	}

	drawLanes(state) {
		const { dag, duration } = this.profile
		this.lanes.element.hidden = !dag?.executions.length
		if (this.lanes.element.hidden)
			return
		const ratio = window.devicePixelRatio || 1
		const { left, width } = this.plot.bbox
		if (width > 0)
			this.lanes.draw(dag, left / ratio, width / ratio, this.width(), 0, duration, state.node)
	}

	say(state) {
		const { profile } = this
		const snapshots = profile.last - 1
		const kept = units.plural(snapshots, 'snapshot')
		if (!state.range) {
			clear(this.says, snapshots ? `Drag over the plot to look at a range: it snaps to the nearest of ${kept} (the ticks).` : 'This profile has no snapshots between its start and its end, so a range can only be the whole run: --snapshot-every of dagmem run, or dagmem_snapshot(), makes some.')
			return
		}
		const [a, b] = state.range.map((i) => Math.min(i, profile.last))
		const asked = this.wanted ? ` (asked for: ${units.time(Math.max(0, this.wanted[0]))} to ${units.time(Math.min(profile.duration, this.wanted[1]))})` : ''
		clear(this.says, h('strong', {}, `Range: ${units.time(profile.moments[a].time)} to ${units.time(profile.moments[b].time)}`),
			`, snapped to ${profile.nameMoment(a)} and ${profile.nameMoment(b)}${asked}. Every view tells of it; what was live is known at the ${kept} only.`)
	}

	key(event) {
		const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
		if (!step)
			return
		const { last } = this.profile
		const [a, b] = get().range ?? [0, last]
		const inside = (i) => Math.max(0, Math.min(last, i))
		const range = event.shiftKey ? [a, Math.max(a + 1, inside(b + step))] : [inside(a + step), inside(b + step)]
		event.preventDefault()
		this.wanted = null
		if (range[0] < range[1])
			set({ range, metric: get().metric === 'peak' ? 'growth' : get().metric })
	}

	resize() {
		this.plot?.setSize({ width: this.width(), height: HEIGHT })
		this.select(get())
		this.drawLanes(get())
	}
}
