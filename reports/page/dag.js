// dag: the program's DAG, as the analyzer saw it: nodes by name, their
// executions and results, and what freeing results earlier would save.
import { readRows } from './data.js'

const NO_NODE = 2 ** 32 - 1

// null: the program announced no nodes.
export function readDag(data) {
	if (!data.has('dagnode.name'))
		return null
	const nodes = readRows(data, 'dagnode.', ['requested', 'declared', 'executions', 'failed', 'running', 'busy_ns',
		'allocated_bytes', 'allocations', 'retained_bytes', 'transient_bytes', 'at_peak_bytes', 'idle_at_peak_bytes', 'live_bytes', 'live_count',
		'results', 'result_bytes', 'drag_byte_s', 'lag_byte_s', 'use_byte_s', 'void_byte_s', 'held_bytes', 'line', 'offset',
		'x', 'y', 'side'], ['name', 'function', 'file', 'module'])
	const dag = readRows(data, 'dag.', ['peak_bytes', 'peak_time_ns', 'outside_at_peak_bytes', 'runs_begun', 'executions_ended'])[0]
	const across = Boolean(data.column('dag.across')[0])
	const whatIf = readRows(data, 'dag.what_if.', ['known', 'exact', 'measured_bytes', 'peak_bytes', 'held_bytes', 'other_bytes',
		'lower_bound_bytes'])[0]
	const result = {
		...dag, nodes, whatIf, across,
		edges: readRows(data, 'dagedge.', ['node', 'consumer']),
		runs: readRows(data, 'dagrun.', ['iteration', 'begin_ns', 'end_ns', 'status', 'heap_bytes'], ['name']),
		results: readRows(data, 'dagresult.', ['node', 'bytes', 'requested', 'produced_ns', 'first_use_ns', 'last_use_ns',
			'freed_ns', 'last_consumer', 'drag_byte_s', 'void_byte_s']),
		executions: readRows(data, 'dagexec.', ['node', 'thread', 'begin_ns', 'end_ns', 'transient_bytes', 'allocated_bytes',
			'helper', 'failed']),
		savings: readRows(data, 'dagsaving.', ['node', 'after', 'peak_bytes', 'bytes', 'share']),
		orders: readRows(data, 'dagorder.', ['peak_bytes'], ['name']),
		growth: readRows(data, 'daggrowth.', ['node', 'trend.slope', 'blocks_per_execution']),
		findings: readRows(data, 'dagfinding.', ['node', 'weight'], ['text']),
	}
	for (const row of [...nodes, ...result.results])
		row.requested = Boolean(row.requested)
	shorten(nodes)
	return result
}

export const nodeName = (dag, i) => (i === NO_NODE ? null : dag.nodes[i]?.name ?? null)

// What all names begin with, up to a separator, tells nothing: `short` is the rest.
function shorten(nodes) {
	const first = nodes[0]?.name ?? ''
	let common = nodes.length > 1 ? first.length : 0
	for (const { name } of nodes)
		while (common && !name.startsWith(first.slice(0, common)))
			common--
	while (common && !/[._:/-]/.test(first[common - 1]))
		common--
	for (const node of nodes)
		node.short = node.name.slice(common) || node.name
}

// The end of a long name tells more than its beginning: steps are numbered.
export function nodeLabel(node, characters) {
	return node.short.length > characters ? `…${node.short.slice(1 - characters)}` : node.short
}
