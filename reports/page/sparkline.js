// sparkline: live bytes at the profile's moments, small.
import { h, s } from './dom.js'
import * as units from './units.js'

// `points`: { time, value }, the first at the start and the last at the end.
export function sparkline(points, title, width = 220, height = 44) {
	const end = points.at(-1)?.time || 1
	const most = Math.max(1, ...points.map((point) => point.value))
	const x = (point) => (2 + (width - 4) * point.time / end).toFixed(1)
	const y = (point) => (height - 3 - (height - 8) * Math.max(0, point.value) / most).toFixed(1)
	const line = points.map((point, i) => `${i ? 'L' : 'M'}${x(point)} ${y(point)}`).join('')
	return h('figure', { class: 'sparkline' },
		s('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${title}: at most ${units.size(most)}, ${units.size(points.at(-1)?.value ?? 0)} at the end` },
			s('path', { d: `${line}L${x(points.at(-1))} ${height - 3}L${x(points[0])} ${height - 3}Z`, class: 'area' }),
			s('path', { d: line, class: 'line' })),
		h('figcaption', {}, `${title}, at most ${units.size(most)}`))
}
