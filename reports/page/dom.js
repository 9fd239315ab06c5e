// dom: elements made of code.  Texts become text nodes, never markup: whatever
// a profile calls its functions, it can't become HTML here.

export function h(tag, attributes = {}, ...children) {
	const element = document.createElement(tag)
	for (const [name, value] of Object.entries(attributes)) {
		if (value === null || value === undefined || value === false)
			continue
		if (name.startsWith('on'))
			element.addEventListener(name.slice(2), value)
		else if (name === 'style')
			Object.assign(element.style, value)
		else
			element.setAttribute(name, value === true ? '' : value)
	}
	element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false))
	return element
}

const SVG = 'http://www.w3.org/2000/svg'

export function s(tag, attributes = {}, ...children) {
	const element = document.createElementNS(SVG, tag)
	for (const [name, value] of Object.entries(attributes)) {
		if (value === null || value === undefined || value === false)
			continue
		if (name.startsWith('on'))
			element.addEventListener(name.slice(2), value)
		else
			element.setAttribute(name, value === true ? '' : value)
	}
	element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false))
	return element
}

export const clear = (element, ...children) => element.replaceChildren(...children.flat(Infinity).filter(Boolean))

export const button = (text, onclick, attributes = {}) => h('button', { type: 'button', onclick, ...attributes }, text)

// A row of buttons of which one is pressed.
export function choice(label, options, chosen, choose) {
	return h('div', { class: 'choice', role: 'group', 'aria-label': label },
		options.map(([value, text, title]) => button(text, () => choose(value), {
			'aria-pressed': String(value === chosen), title, 'data-value': String(value),
		})))
}

export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

// A canvas of that many CSS pixels, sharp on any screen.
export function fitCanvas(canvas, width, height) {
	const ratio = window.devicePixelRatio || 1
	canvas.width = Math.max(1, Math.round(width * ratio))
	canvas.height = Math.max(1, Math.round(height * ratio))
	canvas.style.width = `${width}px`
	canvas.style.height = `${height}px`
	const context = canvas.getContext('2d')
	context.setTransform(ratio, 0, 0, ratio, 0, 0)
	return context
}
