// icicle: a tree drawn on a canvas, callers above what they call.  Frames
// narrower than half a pixel are not drawn, nor what they call.
import { css, fitCanvas, h } from './dom.js'
import { shortOf } from './places.js'

const ROW = 21
const LEAST = 0.5
const ROWS_MAX = 120

// Colours by module, of which the first is the reader's own; runtimes are grey.
export class Palette {
	constructor(modules) {
		this.of = new Map()
		modules.forEach((module) => this.number(module))
	}

	number(module) {
		if (!module || /\/(libc|libc-[0-9.]+|ld-linux[^/]*|libpthread[^/]*|libstdc\+\+)\.so/.test(module))
			return -1
		if (!this.of.has(module))
			this.of.set(module, this.of.size ? 1 + (this.of.size - 1) % 6 : 0)
		return this.of.get(module)
	}

	colour(node) {
		if (node.dag !== undefined)
			return css('--frame-node')
		if (!node.frame)
			return css('--frame-root')
		const number = this.number(node.frame.module)
		return number < 0 ? css('--frame-runtime') : css(`--frame-${number}`)
	}
}

function hash(text) {
	let sum = 7
	for (let i = 0; i < text.length; i++)
		sum = (sum * 31 + text.charCodeAt(i)) | 0
	return (sum >>> 0) / 2 ** 32
}

export class Icicle {
	constructor({ palette, onzoom, onhover, onpick }) {
		Object.assign(this, { palette, onzoom, onhover, onpick })
		this.canvas = h('canvas', { class: 'icicle', tabindex: '0', role: 'img' })
		this.element = h('div', { class: 'icicle-scroll' }, this.canvas)
		this.path = []          // keys of the zoomed node
		this.focus = null       // the box that the keyboard is on
		this.hover = null
		this.matches = null
		this.canvas.addEventListener('mousemove', (event) => this.move(event))
		this.canvas.addEventListener('mouseleave', () => this.leave())
		this.canvas.addEventListener('click', (event) => this.click(event))
		this.canvas.addEventListener('keydown', (event) => this.key(event))
		this.canvas.addEventListener('blur', () => {
			this.focus = null
			this.draw()
		})
	}

	// `matches(node)`: whether a search finds it; null without a search.
	show(root, path, matches) {
		this.root = root
		this.path = path
		this.matches = matches
		this.focus = this.hover = null
		this.layout()
	}

	label(node) {
		return node.label ?? shortOf(node.frame)
	}

	// The nodes from the root to the zoomed one, as far as they are there.
	zoomed() {
		const chain = [this.root]
		for (const key of this.path) {
			const next = chain.at(-1).kids().find((node) => node.key === key)
			if (!next)
				break
			chain.push(next)
		}
		return chain
	}

	layout() {
		this.width = this.element.clientWidth || 900
		const chain = this.zoomed()
		this.boxes = []
		this.depth = chain.length
		chain.forEach((node, depth) => this.boxes.push({ node, x: 0, width: this.width, depth, path: this.path.slice(0, depth), outer: depth < chain.length - 1, parent: this.boxes.at(-1) ?? null }))
		this.place(this.boxes.at(-1))
		this.height = this.depth * ROW + 1
		this.draw()
	}

	place(box) {
		if (box.depth + 1 >= ROWS_MAX || !box.node.value)
			return
		const scale = box.width / box.node.value
		let x = box.x
		for (const node of box.node.kids()) {
			const width = node.value * scale
			if (width < LEAST)
				break           // the rest is narrower still
			const kid = { node, x, width, depth: box.depth + 1, path: [...box.path, node.key], parent: box }
			this.boxes.push(kid)
			this.depth = Math.max(this.depth, kid.depth + 1)
			this.place(kid)
			x += width
		}
	}

	draw() {
		if (!this.root)
			return
		const context = fitCanvas(this.canvas, this.width, this.height)
		const style = { text: css('--frame-text'), line: css('--card'), match: css('--match'), focus: css('--ink'), dim: css('--frame-dim') }
		context.font = `12px ${css('--sans')}`
		context.textBaseline = 'middle'
		const colours = new Map()
		for (const box of this.boxes)
			this.drawBox(context, box, style, colours)
		for (const box of [this.hover, this.focus])
			if (box) {
				context.strokeStyle = style.focus
				context.lineWidth = 2
				context.strokeRect(box.x + 1, box.depth * ROW + 1, Math.max(2, box.width - 2), ROW - 3)
			}
		this.canvas.dataset.frames = this.boxes.length
	}

	drawBox(context, box, style, colours) {
		const { node, x, width, depth } = box
		const found = this.matches?.(node)
		const module = node.dag !== undefined ? 'node' : node.frame ? node.frame.module : 'root'
		if (!colours.has(module))
			colours.set(module, this.palette.colour(node))
		context.globalAlpha = box.outer ? 0.55 : 1
		context.fillStyle = this.matches ? (found ? style.match : style.dim) : colours.get(module)
		const gap = width > 3 ? 1 : 0
		context.fillRect(x, depth * ROW, Math.max(width - gap, 0.5), ROW - 1)
		// One shade a function, so that neighbours of one module can be told apart.
		if (node.frame && !this.matches) {
			context.fillStyle = '#fff'
			context.globalAlpha = 0.26 * hash(node.frame.function ?? this.label(node))
			context.fillRect(x, depth * ROW, Math.max(width - gap, 0.5), ROW - 1)
		}
		context.globalAlpha = 1
		if (width > 34)
			this.drawText(context, this.label(node), x + 5, depth * ROW + ROW / 2, width - 9, style.text)
	}

	drawText(context, text, x, y, room, colour) {
		const most = Math.floor(room / 5)
		let shown = text.length > most * 2 ? text.slice(0, most * 2) : text
		if (context.measureText(shown).width > room) {
			let low = 0
			let high = shown.length
			while (low < high) {
				const middle = (low + high + 1) >> 1
				if (context.measureText(shown.slice(0, middle) + '…').width <= room)
					low = middle
				else
					high = middle - 1
			}
			if (low < 2)
				return
			shown = shown.slice(0, low) + '…'
		}
		context.fillStyle = colour
		context.fillText(shown, x, y)
	}

	boxAt(event) {
		const { left, top } = this.canvas.getBoundingClientRect()
		const x = event.clientX - left
		const depth = Math.floor((event.clientY - top) / ROW)
		return this.boxes.find((box) => box.depth === depth && x >= box.x && x < box.x + box.width) ?? null
	}

	move(event) {
		const box = this.boxAt(event)
		if (box !== this.hover) {
			this.hover = box
			this.draw()
		}
		this.onhover(box, event)
	}

	leave() {
		this.hover = null
		this.draw()
		this.onhover(null)
	}

	click(event) {
		const box = this.boxAt(event)
		if (box)
			this.zoom(box)
	}

	zoom(box) {
		// What is zoomed already: back out by one.
		const same = box.path.join('.') === this.path.join('.')
		this.onzoom(same ? box.path.slice(0, -1) : box.path)
	}

	key(event) {
		const step = {
			ArrowDown: (box) => this.boxes.find((kid) => kid.parent === box),
			ArrowUp: (box) => box.parent,
			ArrowLeft: (box) => this.beside(box, -1),
			ArrowRight: (box) => this.beside(box, 1),
		}[event.key]
		if (step) {
			this.focus = (this.focus ? step(this.focus) : this.boxes.find((box) => !box.outer)) ?? this.focus
			this.draw()
			if (this.focus) {
				const { left, top } = this.canvas.getBoundingClientRect()
				this.onhover(this.focus, { clientX: left + this.focus.x + Math.min(this.focus.width, 200) / 2, clientY: top + this.focus.depth * ROW + ROW })
				this.onpick?.(this.focus)
			}
		} else if (event.key === 'Enter' && this.focus) {
			this.zoom(this.focus)
		} else if (event.key === 'Backspace' || (event.key === 'Escape' && this.path.length)) {
			this.onzoom(this.path.slice(0, -1))
		} else {
			return
		}
		event.preventDefault()
		event.stopPropagation()
	}

	beside(box, step) {
		const row = this.boxes.filter((other) => other.depth === box.depth)
		return row[row.indexOf(box) + step]
	}
}
