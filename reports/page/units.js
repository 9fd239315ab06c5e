// units: sizes, counts and times as dagmem's other reports write them.

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function size(bytes) {
	if (!Number.isFinite(bytes))
		return 'not known'
	const sign = bytes < 0 ? '−' : ''
	let value = Math.abs(bytes)
	let unit = 0
	while (value >= 1023.95 && unit < SIZES.length - 1) {
		value /= 1024
		unit++
	}
	return `${sign}${unit ? value.toFixed(1) : Math.round(value)} ${SIZES[unit]}`
}

export const change = (bytes) => (bytes > 0 ? '+' : bytes < 0 ? '' : '±') + size(bytes)

export const exact = (bytes) => `${Math.round(bytes).toLocaleString('en-US')} bytes`

export const count = (n) => Math.round(n).toLocaleString('en-US')

export const plural = (n, one, many = one + 's') => `${count(n)} ${Math.round(n) === 1 ? one : many}`

export function share(part, whole) {
	if (!whole)
		return '0 %'
	const percent = 100 * part / whole
	if (percent > 0 && percent < 0.01)
		return '<0.01 %'
	return `${Math.abs(percent) >= 99.95 || percent === 0 ? Math.round(percent) : percent.toFixed(Math.abs(percent) < 1 ? 2 : 1)} %`
}

export function time(ns) {
	if (!Number.isFinite(ns))
		return 'not known'
	const seconds = ns / 1e9
	if (ns === 0)
		return '0 s'
	if (seconds < 1e-3)
		return `${(ns / 1e3).toFixed(0)} µs`
	if (seconds < 1)
		return `${(ns / 1e6).toFixed(seconds < 0.1 ? 1 : 0)} ms`
	if (seconds < 120)
		return `${seconds.toFixed(2)} s`
	if (seconds < 7200)
		return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
	return `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} min`
}

// Byte-seconds: held for how long.
export const held = (byteSeconds) => `${size(byteSeconds)}·s`

// Round steps for an axis of bytes: multiples of powers of two.
export function sizeSplits(max, wanted) {
	let step = 1
	while (max / step > wanted)
		step *= 2
	const splits = []
	for (let value = 0; value <= max; value += step)
		splits.push(value)
	return splits
}
