// main: reads the data, makes the views, keeps them to what the reader chose.
import { readData } from './data.js'
import { button, choice, clear, h } from './dom.js'
import { help, listen } from './keys.js'
import { describeSelection, METRICS, Profile } from './profile.js'
import { makeSearch } from './search.js'
import { sparkline } from './sparkline.js'
import { get, readUrl, set, subscribe } from './state.js'
import { DagView } from './view_dag.js'
import { DiffView } from './view_diff.js'
import { IcicleView } from './view_icicle.js'
import { LeaksView } from './view_leaks.js'
import { SizesView } from './view_sizes.js'
import { SummaryView } from './view_summary.js'
import { TimelineView } from './view_timeline.js'
import { TopView } from './view_top.js'

const VIEWS = [
	['summary', 'Summary', SummaryView, null],
	['timeline', 'Timeline', TimelineView, 'Filled: what the program holds on the heap. Line: what the kernel has given the whole process. Drag to select a range.'],
	['icicle', 'Call tree', IcicleView, 'Each box is a function, below its caller; the wider, the more memory. Click to zoom, once more to go back.'],
	['top', 'Top', TopView, 'Which rows hold most. Click a row for the calls that led there and its course over the run.'],
	['leaks', 'Leaks', LeaksView, 'What is live though nothing points to it, first; what something still holds, after it. Click a row for its stack.'],
	['dag', 'DAG', DagView, 'A node’s area is the memory it retains; lines lead from the nodes whose results it reads. Click one to see it alone in every view.'],
	['diff', 'Diff', DiffView, 'What changed most, first. Bars to the right: more than before; striped bars to the left: less.'],
	['sizes', 'Sizes', SizesView, 'How many allocations asked for how much. Many tiny ones cost time and slack, few huge ones cost memory.'],
]

class Page {
	constructor(profiles) {
		this.profiles = profiles
		this.readout = h('span', { class: 'readout' })
		this.sparkline = sparkline
		this.views = VIEWS.filter(([name]) => name !== 'diff' || profiles.length > 1).map(([name, title, View, hint]) => {
			const view = new View(this)
			const section = h('section', { class: 'view', id: `view-${name}`, 'data-view': name, 'aria-label': title },
				name === 'summary' ? null : h('header', {}, h('h2', {}, title), h('p', { class: 'hint' }, hint)), view.element)
			return { name, title, view, section, needs: View.needs, stale: true, visible: false }
		})
	}

	get state() {
		return get()
	}

	get profile() {
		return this.profiles[Math.min(get().side, this.profiles.length - 1)]
	}

	go(name) {
		set({ view: name })
		const found = this.views.find((view) => view.name === name)
		if (found) {
			this.refresh(found)
			found.section.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth', block: 'start' })
		}
	}

	build() {
		this.bar = h('div', { class: 'filters' })
		this.nav = h('nav', { class: 'views', 'aria-label': 'views' }, this.views.map(({ name, title }, i) => button(title, () => this.go(name), { 'data-go': name, title: `${title} (${i + 1})` })))
		this.searchBox = h('input', { type: 'search', placeholder: 'Search: regular expression', 'aria-label': 'search functions, files, modules and nodes by a regular expression', spellcheck: 'false', oninput: () => set({ q: this.searchBox.value }) })
		this.who = h('div', { class: 'who' })
		const head = h('header', { class: 'head' },
			h('div', { class: 'row' }, h('span', { class: 'brand' }, 'dagmem'), this.who, h('span', { class: 'space' }), this.searchBox,
				button('◐', () => this.flipTheme(), { class: 'icon', title: 'light or dark (t)', 'aria-label': 'light or dark' }),
				button('?', help, { class: 'icon', title: 'keys (?)', 'aria-label': 'keys' })),
			h('div', { class: 'row' }, this.nav),
			this.bar)
		clear(document.getElementById('app'), head, h('main', {}, this.views.map(({ section }) => section)))
		document.title = `${this.profiles.map((profile) => profile.program).join(' → ')} · dagmem`
	}

	flipTheme() {
		const dark = get().theme ? get().theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
		set({ theme: dark ? 'light' : 'dark' })
	}

	drawHead() {
		const state = get()
		const { profile } = this
		const command = profile.info.command?.length ? profile.info.command.join(' ') : profile.info.executable ?? ''
		const start = profile.info.start_realtime_ns ? new Date(profile.info.start_realtime_ns / 1e6).toLocaleString() : ''
		clear(this.who, h('strong', {}, profile.program),
			this.profiles.length > 1
				? choice('profile', this.profiles.map((one, i) => [i, this.sideName(i), one.info.command?.join(' ')]), Math.min(state.side, 1), (side) => set({ side, range: null }))
				: h('span', { class: 'command', title: command }, command),
			h('span', { class: 'start' }, `${profile.info.pid ? `pid ${profile.info.pid} · ` : ''}${start}`))
		if (this.searchBox.value !== state.q)
			this.searchBox.value = state.q
		this.searchBox.classList.toggle('bad', Boolean(this.search?.error))
		this.searchBox.title = this.search?.error ?? ''
		this.drawFilters(state)
	}

	// Two profiles by their files; whether one prunes is for its user to say.
	sideName(i) {
		const names = this.profiles.map((profile) => profile.file.replace(/\.dagmem$/, ''))
		return names[0] === names[1] ? `${names[i]} (${i ? 'new' : 'old'})` : names[i]
	}

	drawFilters(state) {
		const { profile } = this
		const metrics = Object.entries(METRICS).filter(([name]) => (name !== 'growth' || state.range) && (name !== 'peak' || !state.range) && profile.has(name))
		const chip = (text, off) => h('span', { class: 'filter' }, text, button('×', off, { 'aria-label': `remove: ${text}` }))
		clear(this.bar,
			choice('what is shown', metrics.map(([name, { title, hint }]) => [name, title, hint]), state.metric, (metric) => set({ metric })),
			h('span', { class: 'selection' }, describeSelection(profile, state)),
			state.range && chip('range', () => set({ range: null, metric: state.metric === 'growth' ? 'live' : state.metric })),
			state.node !== null && chip(`node ${state.node}`, () => set({ node: null })),
			state.q && chip(`/${state.q}/`, () => set({ q: '' })))
	}

	applyTheme() {
		document.documentElement.dataset.theme = get().theme
	}

	// What a URL says may not fit this profile.
	settle() {
		const state = get()
		const { profile } = this
		const values = {}
		if (state.range && state.range[1] > profile.last)
			values.range = null
		if (!(state.metric in METRICS) || !profile.has(state.metric))
			values.metric = 'peak'
		if (!(values.range === null) && state.range && state.metric === 'peak')
			values.metric = 'live'
		if ((!state.range || values.range === null) && state.metric === 'growth')
			values.metric = 'live'
		if (state.node !== null && !this.profiles.some((one) => one.dagNames.includes(state.node)))
			values.node = null
		return values
	}

	changed(changed) {
		const values = this.settle()
		if (Object.keys(values).length) {
			set(values)
			return
		}
		this.applyTheme()
		if (!changed || changed.has('q'))
			this.search = makeSearch(get().q)
		this.drawHead()
		for (const view of this.views)
			if (!changed || view.needs.some((name) => changed.has(name))) {
				view.stale = true
				view.changed = changed && view.changed !== null ? new Set([...(view.changed ?? []), ...changed]) : null
				if (view.visible)
					this.refresh(view)
			}
	}

	refresh(view) {
		if (!view.stale)
			return
		view.stale = false
		const changed = view.drawn ? view.changed : null
		view.changed = undefined
		view.drawn = true
		view.view.update(get(), changed)
	}

	// Views are drawn when they come near the screen.
	watch() {
		const near = new IntersectionObserver((entries) => {
			for (const entry of entries) {
				const view = this.views.find(({ section }) => section === entry.target)
				view.visible = entry.isIntersecting
				if (view.visible)
					this.refresh(view)
			}
		}, { rootMargin: '300px 0px' })
		const read = new IntersectionObserver((entries) => {
			for (const entry of entries)
				if (entry.isIntersecting)
					this.nav.querySelectorAll('button').forEach((one) => one.setAttribute('aria-current', String(one.dataset.go === entry.target.dataset.view)))
		}, { rootMargin: '-140px 0px -70% 0px' })
		for (const { section } of this.views) {
			near.observe(section)
			read.observe(section)
		}
		let timer = null
		window.addEventListener('resize', () => {
			clearTimeout(timer)
			timer = setTimeout(() => this.resize(), 80)
		})
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.changed(new Set(['theme'])))
	}

	resize() {
		for (const { view, visible } of this.views)
			if (visible) {
				view.resize?.()
				view.icicle?.layout()
			}
	}

	start() {
		readUrl()
		this.build()
		this.search = makeSearch(get().q)
		subscribe((state, changed) => this.changed(changed))
		listen(this)
		this.changed(null)
		// The first screen at once; the rest when it is scrolled to.
		for (const view of this.views.slice(0, 2)) {
			view.visible = true
			this.refresh(view)
		}
		this.watch()
		if (get().view !== 'summary')
			this.go(get().view)
		document.documentElement.dataset.ready = Math.round(performance.now())
	}
}

async function start() {
	const elements = document.querySelectorAll('script.data')
	if (!('DecompressionStream' in window))
		throw new Error('this page needs a browser of 2023 or newer (DecompressionStream)')
	const profiles = []
	for (const element of elements)
		profiles.push(new Profile(await readData(element)))
	if (!profiles.length)
		throw new Error('there is no profile in this page')
	new Page(profiles).start()
}

start().catch((error) => {
	clear(document.getElementById('app'), h('p', { class: 'failed' }, `The profile can't be shown: ${error.message}`))
	throw error
})
