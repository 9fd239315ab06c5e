// tip: the one box beside the pointer.
import { clear, h } from './dom.js'

let box = null

export function showTip(event, ...lines) {
	if (!box)
		document.body.append(box = h('div', { class: 'tip', role: 'tooltip' }))
	clear(box, lines)
	box.hidden = false
	const { width, height } = box.getBoundingClientRect()
	const right = event.clientX + 14 + width > window.innerWidth
	const below = event.clientY + 18 + height > window.innerHeight
	box.style.left = `${Math.max(4, right ? event.clientX - width - 10 : event.clientX + 14)}px`
	box.style.top = `${Math.max(4, below ? event.clientY - height - 10 : event.clientY + 18)}px`
}

export function hideTip() {
	if (box)
		box.hidden = true
}
