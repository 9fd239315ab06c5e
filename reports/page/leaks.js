// leaks: what the check of the heap found, site by site.
import { readRows } from './data.js'

export const VERDICTS = [
	{ name: 'lost', title: 'Lost', hint: 'nothing points to it any more' },
	{ name: 'indirect', title: 'Lost with it', hint: 'only memory that is lost itself points to it' },
	{ name: 'possible', title: 'Possibly lost', hint: 'only a pointer into its middle was found, or not all could be seen' },
	{ name: 'reachable', title: 'Reachable', hint: 'something still points to it' },
	{ name: 'unjudged', title: 'Not judged', hint: 'live at the end; whether something points to it was not looked at' },
]

export const TRENDS = ['not known', 'steady', 'growing', 'levelling off', 'shrinking']

// null: nothing is known of leaks.
export function readLeaks(data) {
	if (!data.has('leakcheck.judged'))
		return null
	const check = readRows(data, 'leakcheck.', ['judged', 'check.time_ns', 'check.pause_ns', 'check.blocks', 'check.bytes',
		'suppressed.rows', 'suppressed.bytes', 'other.rows', 'other.bytes'], ['unjudged', 'check.label'])[0]
	const rows = readRows(data, 'leak.', ['verdict', 'bytes', 'blocks', 'indirect_bytes', 'indirect_blocks', 'retained_bytes',
		'cycles', 'idle_ns', 'idle_runs', 'growth.verdict', 'growth.slope', 'growth.low', 'growth.high', 'growth.points',
		'growth.confidence', 'growth.since', 'line', 'offset', 'stack_frames', 'path_blocks'],
	['function', 'file', 'module', 'node', 'held_by.text', 'lost_by', 'suppressed_by', 'growth.unit'])
	const frames = readRows(data, 'leakframe.', ['line', 'module_offset'], ['function', 'file', 'module'])
	const blocks = readRows(data, 'leakpath.', ['bytes', 'line', 'offset'], ['function', 'file', 'module', 'node'])
	let at = 0
	let block = 0
	for (const row of rows) {
		row.frame = { function: row.function, file: row.file, module: row.module, line: row.line, module_offset: row.offset }
		row.stack = frames.slice(at, at += row.stack_frames)
		row.path = blocks.slice(block, block += row.path_blocks)
	}
	return { check, rows, totals: readRows(data, 'leaktotal.', ['rows', 'bytes', 'blocks']) }
}
