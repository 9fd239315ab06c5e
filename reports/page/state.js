// state: what the reader has chosen, told to all views and kept in the URL.

const DEFAULTS = {
	view: 'summary',        // the section last gone to
	side: 0,                // which of two profiles
	metric: 'peak',
	range: null,            // [from, to]: numbers of moments, from < to
	node: null,             // name of a DAG node
	q: '',                  // regular expression
	by: 'line',             // rows of the table
	inverted: false,        // icicle
	split: false,           // icicle by DAG node
	zoom: '',               // icicle: path of frames
	pruned: false,          // DAG: what if results were freed at their last use
	swapped: false,         // diff: from the second to the first
	theme: '',              // '', light, dark
}

const state = { ...DEFAULTS }
const listeners = []

export const get = () => state

export const subscribe = (listener) => listeners.push(listener)

function encode() {
	const words = new URLSearchParams()
	for (const [name, value] of Object.entries(state))
		if (String(value) !== String(DEFAULTS[name]))
			words.set(name, Array.isArray(value) ? value.join('-') : value)
	return words.toString()
}

function decodeValue(name, text) {
	if (name === 'range') {
		const range = text.split('-').map(Number)
		return range.length === 2 && range.every(Number.isInteger) && range[0] < range[1] ? range : null
	}
	if (typeof DEFAULTS[name] === 'boolean')
		return text === 'true'
	return typeof DEFAULTS[name] === 'number' ? Number(text) || 0 : text
}

function decodeHash() {
	const words = new URLSearchParams(location.hash.slice(1))
	const read = { ...DEFAULTS }
	for (const [name, text] of words)
		if (name in DEFAULTS)
			read[name] = decodeValue(name, text)
	return read
}

function tell(before) {
	const changed = new Set(Object.keys(state).filter((name) => String(state[name]) !== String(before[name])))
	if (changed.size)
		listeners.forEach((listener) => listener(state, changed))
}

export function set(values) {
	const before = { ...state }
	Object.assign(state, values)
	// Another moment, another node, another tree: the zoomed frame may not be there.
	if (['side', 'inverted', 'split'].some((name) => name in values && values[name] !== before[name]))
		state.zoom = values.zoom ?? ''
	history.replaceState(null, '', `#${encode()}`)
	tell(before)
}

export function readUrl() {
	Object.assign(state, decodeHash())
	window.addEventListener('hashchange', () => {
		const before = { ...state }
		Object.assign(state, decodeHash())
		tell(before)
	})
}
