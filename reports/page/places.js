// places: what frames are called, as `dagmem top` calls them, and which of them
// are one row.
const tail = (path, components) => path.split('/').slice(-components).join('/')

export const OUTSIDE = '(outside any node)'

function bare(frame) {
	const module = frame.module && tail(frame.module, 1)
	if (frame.function)
		return module ? `${frame.function} (${module})` : frame.function
	return module ? `${module}+0x${frame.module_offset.toString(16)}` : `unknown code at 0x${frame.module_offset.toString(16)}`
}

export const lineOf = (frame) => (frame.file ? `${tail(frame.file, 2)}:${frame.line}` : bare(frame))

export const functionOf = (frame) => (frame.function && frame.file ? `${frame.function} (${tail(frame.file, 2)})` : bare(frame))

// The shortest name that tells: for boxes.
export const shortOf = (frame) => frame.function ?? lineOf(frame)

export const moduleOf = (frame) => (frame.module ? tail(frame.module, 1) : 'unknown')

// Two frames with one key are one row: the rules of analyzer/group.c.
const address = (frame) => `@${frame.module}\n${frame.module_offset}`
const functionKey = (frame) => (frame.function ? `f${frame.function}\n${frame.file ?? frame.module}` : address(frame))
const moduleKey = (frame) => `m${frame.module}`

export const GROUPINGS = {
	line: {
		title: 'Line', many: 'lines', label: lineOf, full: (frame) => (frame.file ? `${frame.file}:${frame.line}` : bare(frame)),
		key: (frame) => (frame.line ? `l${frame.file}\n${frame.line}` : functionKey(frame)),
	},
	function: { title: 'Function', many: 'functions', label: functionOf, full: functionOf, key: functionKey },
	file: {
		title: 'File', many: 'files', label: (frame) => tail(frame.file ?? frame.module ?? 'unknown', 2),
		full: (frame) => frame.file ?? frame.module ?? 'unknown',
		key: (frame) => (frame.file ? `F${frame.file}` : moduleKey(frame)),
	},
	module: { title: 'Module', many: 'modules', label: moduleOf, full: (frame) => frame.module ?? 'unknown', key: moduleKey },
	stack: { title: 'Stack', many: 'stacks', label: lineOf },
	node: { title: 'DAG node', many: 'nodes' },
}

export const describeFrame = (frame) => [
	frame.function ?? bare(frame),
	frame.file ? `${frame.file}:${frame.line}` : null,
	frame.module,
].filter(Boolean)
