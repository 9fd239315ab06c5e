// table: rows that can be sorted by any column, shown some at a time, and saved
// as CSV whole.
//
// A column: { key, title, hint, value(row), text(row) or cell(row), csv(row),
// number }.  value() is what is sorted by.
import { download, toCsv } from './csv.js'
import { button, clear, h } from './dom.js'

const SHOWN = 12
const MORE = 100

export class Table {
	constructor({ name, columns, onrow, rowClass, detail }) {
		Object.assign(this, { name, columns, onrow, rowClass, detail })
		this.sort = null
		this.open = new Set()
		this.head = h('thead')
		this.body = h('tbody')
		this.foot = h('div', { class: 'table-foot' })
		this.element = h('div', { class: 'table', 'data-table': name },
			h('div', { class: 'table-scroll' }, h('table', {}, this.head, this.body)), this.foot)
	}

	// `rows` in the order they have by themselves; `note` goes below.
	show(rows, note = null) {
		if (rows !== this.rows)
			this.shown = SHOWN
		this.rows = rows
		this.note = note
		this.draw()
	}

	sorted() {
		if (!this.sort)
			return this.rows
		const { column, down } = this.sort
		const compare = (a, b) => {
			const x = column.value(a)
			const y = column.value(b)
			return (typeof x === 'string' || typeof y === 'string' ? String(x ?? '').localeCompare(String(y ?? '')) : x - y) * (down ? -1 : 1)
		}
		return [...this.rows].sort(compare)
	}

	sortBy(column) {
		const again = this.sort?.column === column
		if (again && this.sort.down !== Boolean(column.number))
			this.sort = null
		else
			this.sort = { column, down: again ? !this.sort.down : Boolean(column.number) }
		this.draw()
	}

	heading(column) {
		const sorted = this.sort?.column === column ? (this.sort.down ? 'descending' : 'ascending') : null
		return h('th', { class: column.number && 'number', 'aria-sort': sorted, title: column.hint },
			column.value ? button(column.title, () => this.sortBy(column)) : column.title)
	}

	line(row) {
		const cells = this.columns.map((column) => h('td', { class: column.number ? 'number' : column.class },
			column.cell ? column.cell(row) : column.text(row)))
		const opened = this.detail && this.open.has(row.key)
		const line = h('tr', { class: this.rowClass?.(row), tabindex: this.onrow || this.detail ? '0' : null, 'data-key': row.key,
			'aria-expanded': this.detail ? String(Boolean(opened)) : null })
		const act = () => {
			if (this.detail) {
				this.open.has(row.key) ? this.open.delete(row.key) : this.open.add(row.key)
				this.draw()
				this.body.querySelector(`[data-key="${CSS.escape(row.key)}"]`)?.focus()
			} else {
				this.onrow?.(row)
			}
		}
		line.addEventListener('click', (event) => event.target.closest('button') || act())
		line.addEventListener('keydown', (event) => {
			if (event.key === 'Enter' && event.target === line)
				act()
		})
		line.append(...cells)
		return opened ? [line, h('tr', { class: 'detail' }, h('td', { colspan: this.columns.length }, this.detail(row)))] : [line]
	}

	draw() {
		const rows = this.sorted()
		clear(this.head, h('tr', {}, this.columns.map((column) => this.heading(column))))
		clear(this.body, rows.slice(0, this.shown).map((row) => this.line(row)))
		const hidden = rows.length - this.shown
		clear(this.foot,
			hidden > 0 && button(hidden > MORE ? `${MORE} more (of ${hidden})` : `${hidden} more`, () => {
				this.shown += MORE
				this.draw()
			}),
			this.note && h('span', { class: 'note' }, this.note),
			rows.length > 0 && button('CSV', () => this.save(), { class: 'quiet', title: 'save all rows of this table as CSV' }))
	}

	csv() {
		const columns = this.columns.filter((column) => column.csv !== false)
		const value = (column, row) => (column.csv ? column.csv(row) : column.value(row))
		const header = columns.flatMap((column) => column.csvTitles ?? [column.csvTitle ?? column.title.toLowerCase()])
		return toCsv(header, this.sorted().map((row) => columns.flatMap((column) => value(column, row))))
	}

	save() {
		download(`${this.name}.csv`, this.csv())
	}
}

// A bar whose length is a share, behind a number.
export const bar = (share, colour = 'var(--accent)') => h('span', { class: 'bar', 'aria-hidden': 'true' },
	h('span', { style: { width: `${Math.max(0, Math.min(1, share)) * 100}%`, background: colour } }))
