// search: a regular expression over what frames and nodes are called.

// null: nothing is searched for.  `error`: the expression is none (yet).
export function makeSearch(pattern) {
	if (!pattern)
		return null
	let expression
	try {
		expression = new RegExp(pattern, 'i')
	} catch (error) {
		return { error: error.message, frame: () => false, text: () => false }
	}
	const text = (value) => Boolean(value) && expression.test(value)
	const known = new Map()
	const frame = (one) => {
		if (!known.has(one))
			known.set(one, text(one.function) || text(one.file && `${one.file}:${one.line}`) || text(one.module))
		return known.get(one)
	}
	return { error: null, frame, text }
}
