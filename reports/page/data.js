// data: a profile's data as C packed it (reports/pack.h): a JSON document and
// columns of numbers, compressed, in base64, in an element of class "data".

const NOT_KNOWN = 2 ** 63       // what C writes as 2^64 - 1 and JavaScript can't hold

async function unpack(base64) {
	const packed = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
	const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
	return new Uint8Array(await new Response(stream).arrayBuffer())
}

function decode(kind, bytes, first, count) {
	const values = new Float64Array(count)
	let at = first
	let before = 0
	for (let i = 0; i < count; i++) {
		let value = 0
		let scale = 1
		let byte
		do {
			byte = bytes[at++]
			value += (byte & 127) * scale
			scale *= 128
		} while (byte & 128)
		if (kind !== 'u')
			value = value % 2 ? -(value + 1) / 2 : value / 2
		if (kind === 'd')
			value = before += value
		values[i] = value >= NOT_KNOWN ? NaN : value
	}
	return values
}

// { doc, column(name) }: columns are decoded when they are first asked for.
export async function readData(element) {
	const bytes = await unpack(element.textContent)
	const view = new DataView(bytes.buffer, bytes.byteOffset)
	if (String.fromCharCode(...bytes.subarray(0, 4)) !== 'DGMR')
		throw new Error('this is no data of dagmem')
	const start = 8 + view.getUint32(4, true)
	const doc = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)))
	const decoded = new Map()
	const column = (name) => {
		if (!decoded.has(name)) {
			const [kind, first, , count] = doc.columns[name] ?? ['u', 0, 0, 0]
			const values = kind === 'f'
				? Float64Array.from({ length: count }, (_, i) => view.getFloat64(start + first + 8 * i, true))
				: decode(kind, bytes, start + first, count)
			decoded.set(name, values)
		}
		return decoded.get(name)
	}
	const text = (number) => (number ? doc.texts[number - 1] : null)
	return { doc, column, texts: (name) => Array.from(column(name), text), has: (name) => name in doc.columns }
}

// An array of objects of the columns "prefix.*"; texts by name.
export function readRows(data, prefix, names, textNames = []) {
	const count = data.doc.columns[prefix + (names[0] ?? textNames[0])]?.[3] ?? 0
	const rows = Array.from({ length: count }, () => ({}))
	for (const name of names) {
		const values = data.column(prefix + name)
		rows.forEach((row, i) => { row[name] = values[i] })
	}
	for (const name of textNames) {
		const values = data.texts(prefix + name)
		rows.forEach((row, i) => { row[name] = values[i] })
	}
	return rows
}
