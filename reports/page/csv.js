// csv: a table as a file, by the rules of RFC 4180, sizes in exact bytes.

function cell(value) {
	const text = value === null || value === undefined ? '' : String(value)
	// Spreadsheets run what begins like a formula; a number may begin with "-".
	const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const toCsv = (header, rows) => [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'

export function download(name, text) {
	const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
	const link = document.createElement('a')
	link.href = url
	link.download = name
	link.click()
	setTimeout(() => URL.revokeObjectURL(url), 10000)
}
