// keys: what can be done without a pointer.
import { button, h } from './dom.js'
import { get, set } from './state.js'

const KEYS = [
	['1 … 8', 'go to a view'],
	['/', 'search'],
	['p', 'the peak of the heap'],
	['r', 'the peak of the RSS'],
	['e', 'the end of the run'],
	['i', 'call tree inverted'],
	['t', 'light or dark'],
	['Escape', 'zoom out, then drop search, node and range'],
	['arrows, Enter', 'in the call tree: from box to box, zoom'],
	['← →, Shift', 'in the timeline: move the range, widen it'],
	['?', 'these keys'],
]

export function help() {
	const dialog = h('dialog', { class: 'keys' }, h('h2', {}, 'Keys'),
		h('table', {}, KEYS.map(([key, does]) => h('tr', {}, h('th', {}, h('kbd', {}, key)), h('td', {}, does)))),
		button('Close', () => dialog.close()))
	dialog.addEventListener('close', () => dialog.remove())
	document.body.append(dialog)
	dialog.showModal()
}

function escape() {
	const state = get()
	if (state.zoom)
		set({ zoom: '' })
	else if (state.q)
		set({ q: '' })
	else if (state.node !== null)
		set({ node: null })
	else if (state.range)
		set({ range: null, metric: state.metric === 'growth' ? 'live' : state.metric })
}

export function listen(page) {
	const timeline = page.views.find(({ name }) => name === 'timeline').view
	const actions = {
		'/': () => page.searchBox.focus(),
		'?': help,
		p: () => set({ range: null, metric: 'peak' }),
		e: () => set({ range: null, metric: 'live' }),
		r: () => timeline.goToRss(),
		i: () => set({ inverted: !get().inverted }),
		t: () => page.flipTheme(),
		Escape: escape,
	}
	document.addEventListener('keydown', (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]'))
			return
		if (event.target.matches('input, textarea')) {
			if (event.key === 'Escape') {
				set({ q: '' })
				event.target.blur()
			}
			return
		}
		const view = /^[1-9]$/.test(event.key) && page.views[event.key - 1]
		const action = view ? () => page.go(view.name) : actions[event.key]
		if (action) {
			event.preventDefault()
			action()
		}
	})
}
