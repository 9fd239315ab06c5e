// The icicle: who called whom, and what that holds.
import { button, clear, css, h } from './dom.js'
import { Icicle, Palette } from './icicle.js'
import { describeFrame, moduleOf } from './places.js'
import { describeSelection, METRICS } from './profile.js'
import { get, set } from './state.js'
import { hideTip, showTip } from './tip.js'
import { makeTree } from './trees.js'
import * as units from './units.js'

export class IcicleView {
	constructor(page) {
		this.page = page
		this.tools = h('div', { class: 'tools' })
		this.says = h('p', { class: 'says' })
		this.trail = h('nav', { class: 'trail', 'aria-label': 'frames above the one that fills the width' })
		this.legend = h('div', { class: 'legend' })
		this.icicle = new Icicle({
			palette: null,
			onzoom: (path) => set({ zoom: path.join('.') }),
			onhover: (box, event) => this.hover(box, event),
		})
		this.element = h('div', {}, this.tools, this.says, this.trail, this.icicle.element, this.legend)
	}

	static needs = ['side', 'metric', 'range', 'node', 'q', 'inverted', 'split', 'zoom', 'theme']

	// Modules by what they own at the peak, the largest first.
	modules() {
		const { profile } = this.page
		return profile.top({ metric: 'peak', range: null, node: null, by: 'module' }).rows.map((row) => row.frame.module)
	}

	amount(value, metric) {
		return METRICS[metric].counted ? units.plural(value, 'allocation') : units.size(value)
	}

	update(state, changed) {
		const { profile } = this.page
		const only = (...names) => changed && [...changed].every((name) => names.includes(name))
		if (!this.root || !only('zoom', 'q', 'theme'))
			this.root = makeTree(profile, state, profile.program)
		this.icicle.palette = new Palette(this.modules())
		this.drawTools(state)
		const search = this.page.search
		this.icicle.show(this.root, state.zoom ? state.zoom.split('.') : [], search && ((node) => this.matches(node, search)))
		this.icicle.canvas.setAttribute('aria-label', `Icicle of the call tree, ${describeSelection(profile, state)}: ${this.amount(this.root.value, state.metric)}`)
		this.drawSays(state, search)
		this.drawTrail(state)
		this.drawLegend()
	}

	matches(node, search) {
		if (node.frame)
			return search.frame(node.frame)
		return node.dag !== undefined && search.text(node.dag)
	}

	drawSays(state, search) {
		const { profile } = this.page
		let found = null
		if (search) {
			const value = this.foundIn(state, search)
			found = [' · matching ', h('mark', {}, state.q), `: ${this.amount(value, state.metric)}, ${units.share(value, this.root.value)}`]
		}
		clear(this.says, h('strong', {}, this.amount(this.root.value, state.metric)), ` ${describeSelection(profile, state)}`, found)
	}

	// What stacks with a matching frame hold.
	foundIn(state, search) {
		const { profile } = this.page
		const { parent, frameOf, charge } = profile
		const matched = profile.frames.map((frame) => search.frame(frame))
		const inside = new Uint8Array(parent.length)
		for (let i = 1; i < parent.length; i++)
			inside[i] = inside[parent[i]] || matched[frameOf[i]] ? 1 : 0
		const { bytes, count } = profile.values(state.metric, state.range)
		const values = METRICS[state.metric].counted ? count : bytes
		const wanted = profile.wanted(state.metric, state.node)
		const byNode = profile.dagNames.map((name) => state.split && search.text(name))
		let sum = 0
		for (let i = 0; i < profile.count; i++)
			if (wanted(i) && (inside[charge.node[i]] || byNode[charge.dag[i]]))
				sum += values[i]
		return sum
	}

	drawTools(state) {
		const toggle = (name, text, title) => button(text, () => set({ [name]: !get()[name] }), { 'aria-pressed': String(state[name]), class: 'toggle', title, 'data-toggle': name })
		clear(this.tools,
			toggle('inverted', 'Inverted', 'begin with the lines that allocate, callers below (i)'),
			this.page.profile.hasNodes && toggle('split', 'By DAG node', 'a row of DAG nodes above the stacks'),
			state.zoom && button('Zoom out', () => set({ zoom: '' }), { class: 'quiet' }))
	}

	drawTrail(state) {
		const chain = state.zoom ? this.icicle.zoomed() : []
		clear(this.trail, chain.slice(0, -1).map((node, i) => [
			button(this.icicle.label(node), () => set({ zoom: state.zoom.split('.').slice(0, i).join('.') }), { class: 'crumb' }),
			h('span', { 'aria-hidden': 'true' }, ' › '),
		]), chain.length > 1 && h('strong', {}, this.icicle.label(chain.at(-1))))
		this.trail.hidden = chain.length < 2
	}

	drawLegend() {
		const seen = new Map()
		for (const { node } of this.icicle.boxes)
			if (node.frame && !seen.has(node.frame.module))
				seen.set(node.frame.module, node)
		const palette = this.icicle.palette
		const runtime = [...seen.values()].some((node) => palette.number(node.frame.module) < 0)
		clear(this.legend,
			[...seen.values()].filter((node) => palette.number(node.frame.module) >= 0).slice(0, 8).map((node) =>
				h('span', {}, h('i', { style: { background: palette.colour(node) } }), moduleOf(node.frame))),
			runtime && h('span', {}, h('i', { style: { background: css('--frame-runtime') } }), 'C and C++ runtime'),
			this.page.profile.folded > 0 && h('span', { class: 'note' }, `${units.plural(this.page.profile.folded, 'frame')} too small to be seen are part of their callers`))
	}

	hover(box, event) {
		if (!box)
			return hideTip()
		const { node } = box
		const { metric } = get()
		const share = `${units.share(node.value, this.root.value)} of the whole`
		const ofParent = box.parent && box.parent.node !== this.root ? `, ${units.share(node.value, box.parent.node.value)} of the frame above` : ''
		showTip(event, h('strong', {}, node.frame ? describeFrame(node.frame)[0] : node.label),
			node.frame && describeFrame(node.frame).slice(1).map((line) => h('div', { class: 'path' }, line)),
			node.inlined ? h('div', { class: 'path' }, 'inlined into the frame above') : null,
			h('div', {}, `${this.amount(node.value, metric)}: ${share}${ofParent}`))
	}
}
