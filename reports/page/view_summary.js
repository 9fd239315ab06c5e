// The first screen: where the memory is, when it was most, what leaks, which
// node wastes most, in words and numbers, with the line to look at.
import { nodeName } from './dag.js'
import { button, clear, h } from './dom.js'
import { VERDICTS } from './leaks.js'
import { GROUPINGS, lineOf, OUTSIDE } from './places.js'
import { set } from './state.js'
import { bar } from './table.js'
import * as units from './units.js'

const RSS_PARTS = [
	['requested_bytes', 'requested', 'what the program asked for and has not freed'],
	['slack_bytes', 'slack', 'what malloc gave beyond the request'],
	['allocator_free_bytes', 'free in the allocator', 'freed by the program, kept by malloc'],
	['mapped_bytes', 'mapped', 'anonymous mappings of the program'],
	['tracer_bytes', 'tracer', 'dagmem’s own tables and the profile'],
	['other_bytes', 'other', 'code, stacks, static data, files that are mapped'],
]

export class SummaryView {
	constructor(page) {
		this.page = page
		this.headline = h('p', { class: 'headline' })
		this.tiles = h('div', { class: 'tiles' })
		this.answers = h('div', { class: 'answers' })
		this.element = h('div', {}, this.headline, this.tiles, this.answers)
	}

	static needs = ['side']

	get profile() {
		return this.page.profile
	}

	update() {
		const { info, timeline, duration } = this.profile
		const peak = info.totals.peak_bytes
		const at = timeline.peak?.time_ns
		const running = info.state === 'running'
		clear(this.headline, 'The heap was largest', at ? [' ', h('strong', {}, units.time(at)), running ? ' after the start' : ` into a run of ${units.time(duration)}`] : '', ': ', h('strong', {}, units.size(peak)), '. ', this.ending())
		this.drawTiles()
		clear(this.answers, this.where(), this.when(), this.leaks(), this.waste(), this.resident(), this.unknown())
	}

	ending() {
		const { info } = this.profile
		if (info.out_of_memory)
			return h('span', { class: 'bad' }, 'The kernel killed the program because memory ran out.')
		if (info.state === 'killed')
			return h('span', { class: 'bad' }, `The program was killed by signal ${info.signal}.`)
		if (info.state === 'exited' && info.exit_status)
			return h('span', { class: 'bad' }, `The program ended with status ${info.exit_status}.`)
		return info.state === 'running' ? 'The program was still running.' : ''
	}

	tile(name, value, words, go) {
		return h(go ? 'button' : 'div', { class: 'tile', type: go && 'button', onclick: go, 'data-tile': name },
			h('span', { class: 'name' }, name), h('strong', {}, value), h('span', { class: 'words' }, words))
	}

	drawTiles() {
		const { info, timeline } = this.profile
		const { totals } = info
		const rss = (timeline.rss ?? []).reduce((most, [, value]) => Math.max(most, value), 0)
		const bound = totals.peak_bound_bytes
		const show = (metric) => () => {
			set({ metric, range: null })
			this.page.go('top')
		}
		clear(this.tiles,
			this.tile('Peak heap', units.size(totals.peak_bytes), bound ? `within ${units.size(bound)}` : 'exact to the byte', show('peak')),
			this.tile(info.state === 'running' ? 'Live now' : 'Live at exit', units.size(totals.live_bytes), units.plural(totals.live_count, 'block'), show('live')),
			this.tile('Allocated', units.size(totals.allocated_bytes), units.plural(totals.allocations, 'allocation'), show('total')),
			rss > 0 ? this.tile('Peak RSS', units.size(rss), 'the whole process, from outside') : this.tile('RSS', '–', 'not sampled'))
	}

	answer(name, title, ...body) {
		return h('section', { class: 'answer', 'data-answer': name }, h('h3', {}, title), body)
	}

	link(text, metric, view, values = {}) {
		return button(text, () => {
			set({ range: null, ...(metric && { metric }), ...values })
			this.page.go(view)
		}, { class: 'link' })
	}

	where() {
		const { profile } = this
		const { rows, total } = profile.top({ metric: 'peak', range: null, node: null, by: 'line' })
		if (!rows.length)
			return this.answer('where', 'Where is the memory?', h('p', {}, 'Nothing was on the heap.'))
		const [first] = rows
		return this.answer('where', 'Where is the memory?',
			h('p', {}, h('strong', {}, units.share(first.bytes, total.bytes)), ' of the peak, ', h('strong', {}, units.size(first.bytes)), ` in ${units.plural(first.count, 'block')}, was allocated at `, h('code', { class: 'look' }, lineOf(first.frame)), first.frame.file && first.frame.function ? [', in ', h('code', {}, first.frame.function)] : '', '.'),
			first.frame.source && h('pre', { class: 'source' }, first.frame.source),
			h('ol', { class: 'mini' }, rows.slice(0, 4).map((row) => h('li', {}, h('code', { title: GROUPINGS.line.full(row.frame) }, lineOf(row.frame)), bar(row.bytes / first.bytes), h('span', {}, units.size(row.bytes))))),
			h('p', { class: 'links' }, this.link('All lines', 'peak', 'top', { by: 'line' }), this.link('Who calls them', 'peak', 'icicle', { inverted: true, zoom: '' })))
	}

	when() {
		const { profile } = this
		const { info, timeline, duration } = profile
		const at = timeline.peak?.time_ns
		const known = Boolean(at)
		const running = known && profile.dag ? this.runningAt(at) : []
		const live = info.totals.live_bytes
		const kept = live / (info.totals.peak_bytes || 1)
		const after = kept > 0.9 ? 'and hardly fell until the end' : kept < 0.1 ? `and had fallen to ${units.size(live)} at the end` : `and was ${units.size(live)} at the end`
		return this.answer('when', 'When was it most?',
			h('p', {}, known ? [h('strong', {}, units.time(at)), ` into the run, ${units.share(at, duration)} of its way`] : 'Sooner than times were taken', running.length > 0 && [', while ', running.map((name, i) => [i ? ', ' : '', h('code', {}, name)]), ' ran'], info.state === 'running' ? '.' : `, ${after}.`),
			this.page.sparkline((timeline.heap ?? []).map(([time, value]) => ({ time, value })), 'heap', 320, 54),
			h('p', { class: 'links' }, this.link('The peak in the timeline', 'peak', 'timeline'), this.link('Its call tree', 'peak', 'icicle', { inverted: false, zoom: '' })))
	}

	runningAt(time) {
		const { dag } = this.profile
		const names = dag.executions.filter((one) => one.begin_ns <= time && !(one.end_ns < time)).map((one) => nodeName(dag, one.node))
		return [...new Set(names)].slice(0, 3)
	}

	leaks() {
		const { profile } = this
		const { leaks, info } = profile
		if (!leaks?.check.judged)
			return this.unjudged()
		const lost = [0, 1].reduce((sum, i) => sum + (leaks.totals[i]?.bytes ?? 0), 0)
		const blocks = [0, 1].reduce((sum, i) => sum + (leaks.totals[i]?.blocks ?? 0), 0)
		const first = leaks.rows.filter((row) => row.verdict === 0 && !row.suppressed_by).sort((a, b) => b.bytes + b.indirect_bytes - a.bytes - a.indirect_bytes)[0]
		const reachable = leaks.totals[3]?.bytes ?? 0
		return this.answer('leaks', 'What leaks?',
			lost > 0
				? h('p', {}, h('strong', { class: 'bad' }, units.size(lost)), ` in ${units.plural(blocks, 'block')} ${blocks === 1 ? 'is' : 'are'} lost: nothing points there any more.`, first && [' Most of it, ', h('strong', {}, units.size(first.bytes + first.indirect_bytes)), ', was allocated at ', h('code', { class: 'look' }, lineOf(first.frame)), first.lost_by ? `: ${first.lost_by}.` : '.'])
				: h('p', {}, 'Nothing is lost: something still points to every block that was live', leaks.totals[2]?.bytes > 0 ? ', or to its middle' : '', '.'),
			h('p', { class: 'note' }, [reachable > 0 && `${units.size(reachable)} of ${units.size(info.totals.live_bytes)} live at the check can still be reached`, leaks.totals[2]?.bytes > 0 && `${units.size(leaks.totals[2].bytes)} are ${VERDICTS[2].title.toLowerCase()}`].filter(Boolean).join('; ')),
			h('p', { class: 'links' }, this.link('All verdicts', null, 'leaks')))
	}

	unjudged() {
		const { profile } = this
		const { totals } = profile.info
		const { rows } = profile.top({ metric: 'live', range: null, node: null, by: 'line' })
		return this.answer('leaks', 'What leaks?',
			h('p', {}, totals.live_bytes
				? [h('strong', {}, units.size(totals.live_bytes)), ` in ${units.plural(totals.live_count, 'block')} ${profile.info.state === 'running' ? 'is live now' : 'was never freed'}`, rows[0] && [', ', h('strong', {}, units.size(rows[0].bytes)), ' of it from ', h('code', { class: 'look' }, lineOf(rows[0].frame))], '.']
				: 'Everything was freed.'),
			totals.live_bytes > 0 && h('p', { class: 'note' }, `Whether anything still pointed to it was not checked${profile.leaks?.check.unjudged ? `: ${profile.leaks.check.unjudged}` : ''}.`),
			h('p', { class: 'links' }, this.link('What was live at the end', 'live', 'top')))
	}

	waste() {
		const { dag, hasNodes } = this.profile
		if (!dag)
			return this.answer('waste', 'Which node wastes most?', h('p', {}, hasNodes ? this.busiest() : 'The program announced no DAG nodes, so memory is told by its lines only.'))
		const best = dag.savings[0]
		const { whatIf } = dag
		const finding = dag.findings[0]
		const drag = [...dag.nodes].sort((a, b) => b.drag_byte_s + b.void_byte_s - a.drag_byte_s - a.void_byte_s)[0]
		const wasted = drag && drag.drag_byte_s + drag.void_byte_s > 0
		return this.answer('waste', 'Which node wastes most?',
			wasted ? h('p', {}, h('code', { class: 'look' }, drag.name), ': its results stayed ', h('strong', {}, units.held(drag.drag_byte_s + drag.void_byte_s)), drag.drag_byte_s >= drag.void_byte_s ? ' after their last use.' : ' though nobody read them.')
				: h('p', {}, 'No result outlived its last reader by more than the record can tell.'),
			best && best.share > 0.001 && h('p', {}, 'Freeing the result of ', h('code', {}, nodeName(dag, best.node)), best.after === 2 ** 32 - 1 ? ' at once' : [' after ', h('code', {}, nodeName(dag, best.after))], ' would cut the peak by ', h('strong', {}, units.share(best.share, 1)), `, to ${units.size(best.peak_bytes)}.`),
			whatIf?.known && whatIf.peak_bytes < whatIf.measured_bytes && h('p', {}, 'Freeing every result at its last use: ', h('strong', {}, `${whatIf.exact ? '' : 'at most '}${units.size(whatIf.peak_bytes)}`), ` instead of ${units.size(whatIf.measured_bytes)}`, Number.isFinite(whatIf.lower_bound_bytes) ? `; no order gets below ${units.size(whatIf.lower_bound_bytes)}.` : '.'),
			finding && !wasted && h('p', {}, finding.text),
			h('p', { class: 'links' }, this.link('The DAG', null, 'dag'), this.link('Pruned', null, 'dag', { pruned: true })))
	}

	busiest() {
		const { rows, total } = this.profile.top({ metric: 'peak', range: null, node: null, by: 'node' })
		const row = rows.find(({ name }) => name !== OUTSIDE)
		return row ? [h('code', { class: 'look' }, row.name), ` held ${units.size(row.bytes)} at the peak, ${units.share(row.bytes, total.bytes)}. How long results were needed the program did not announce.`] : 'Nodes held nothing at the peak.'
	}

	resident() {
		const { rss, totals, state } = this.profile.info
		if (!rss || rss.rss_bytes === null || rss.rss_bytes === undefined)
			return this.answer('rss', 'Heap and RSS', h('p', {}, 'The resident set was not sampled: only `dagmem run` sees it from outside.'))
		const parts = RSS_PARTS.map(([key, name, hint], i) => ({ name, hint, i, bytes: rss[key] ?? 0, known: rss[key] !== null })).filter((part) => part.bytes > 0)
		const whole = parts.reduce((sum, part) => sum + part.bytes, 0)
		const gap = rss.rss_bytes - totals.live_bytes
		const largest = parts.filter((part) => part.name !== 'requested').sort((a, b) => b.bytes - a.bytes)[0]
		return this.answer('rss', 'Heap and RSS',
			h('p', {}, `${state === 'running' ? 'Now' : 'At the end'} the process had `, h('strong', {}, units.size(rss.rss_bytes)), ' of resident memory; ', h('strong', {}, units.size(totals.live_bytes)), ' of it is heap in use. ',
				gap > 0 && largest ? `Most of the gap of ${units.size(gap)} is ${largest.name}: ${largest.hint}.` : ''),
			h('div', { class: 'rss-bar', role: 'img', 'aria-label': parts.map((part) => `${part.name} ${units.size(part.bytes)}`).join(', ') }, parts.map((part) => h('span', { class: `part-${part.i}`, title: `${part.name}: ${units.size(part.bytes)}`, style: { width: `${100 * part.bytes / whole}%` } }))),
			h('ul', { class: 'rss-parts' }, parts.map((part) => h('li', { title: part.hint }, h('i', { class: `part-${part.i}` }), part.name, ' ', h('span', {}, units.size(part.bytes))))),
			rss.untouched_bytes > 0 && h('p', { class: 'note' }, `${units.size(rss.untouched_bytes)} of these parts never became resident.`))
	}

	unknown() {
		const { unknown, info } = this.profile
		return this.answer('unknown', 'What this page does not know',
			unknown.length ? h('ul', {}, unknown.map((line) => h('li', {}, line))) : h('p', {}, 'Every allocation was seen and charged to its whole stack.'),
			h('p', { class: 'note' }, `Recorded by dagmem ${info.tracer_version ?? ''}; the profile is ${units.size(info.profile_bytes)} for ${units.count(info.totals.allocations)} allocations on ${units.plural(info.threads, 'thread')}; the tracer used ${units.size(info.tracer_memory_bytes)} of address space.`))
	}
}
