// usage: page.mjs FOLDER: looks at the pages that page.sh made there, in the
// browser $CHROMIUM.  Prints what is wrong and ends with 1 when anything is.
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = process.argv[2]
const { chromium } = createRequire(join(process.env.NODE_MODULES, 'x'))('playwright-core')
const json = (name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
const failures = []

function check(what, good, got) {
	if (!good)
		failures.push(got === undefined ? what : `${what}: ${JSON.stringify(got)}`)
}

const equal = (what, got, wanted) => check(what, JSON.stringify(got) === JSON.stringify(wanted), { got, wanted })

const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'dagmem-browser-')), {
	executablePath: process.env.CHROMIUM, headless: true, viewport: { width: 1280, height: 900 }, acceptDownloads: true,
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync'],
})

// A page that may load nothing and say nothing.
async function open(name, hash = '', options = {}) {
	const page = await context.newPage()
	const complain = (what) => failures.push(`${name}: ${what}`)
	page.on('console', (message) => complain(`console: ${message.text()}`))
	page.on('pageerror', (error) => complain(`error: ${error.stack}`))
	page.on('dialog', (dialog) => complain(`dialog: ${dialog.message()}`))
	page.on('request', (request) => {
		if (!/^(file|blob|data):/.test(request.url()))
			complain(`request: ${request.url()}`)
	})
	await page.emulateMedia({ colorScheme: options.scheme ?? 'light', reducedMotion: 'reduce' })
	await page.goto(`file://${folder}/${name}.html${hash}`)
	await page.waitForFunction(() => document.documentElement.dataset.ready, null, { timeout: 60000 })
	return page
}

const view = (page, name) => page.locator(`#view-${name}`)

async function go(page, name) {
	await page.locator(`nav button[data-go="${name}"]`).click()
	await page.waitForTimeout(150)
	return view(page, name)
}

// How many distinct colours a canvas has: 1 when nothing is drawn.
const colours = (canvas) => canvas.evaluate((element) => {
	const data = element.getContext('2d').getImageData(0, 0, element.width, element.height).data
	const seen = new Set()
	for (let i = 0; i < data.length; i += 4 * 37)
		seen.add(`${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`)
	return seen.size
})

// A table as its CSV: with all rows, in exact numbers.
async function csv(page, name) {
	const button = page.locator(`[data-table="${name}"] .table-foot button`, { hasText: 'CSV' })
	const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
	const [header, ...lines] = readFileSync(await download.path(), 'utf8').trimEnd().split('\r\n')
	const names = header.split(',')
	return lines.map((line) => {
		const cells = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((match) => match[1].replace(/^"|"$/g, '').replaceAll('""', '"'))
		return Object.fromEntries(names.map((one, i) => [one, cells[i]]))
	})
}

const rowsOfTop = (top) => top.rows.map((row) => [row.node ?? (row.name || null), row.file, row.line, row.bytes, row.count].join('|')).sort()
const rowsOfCsv = (rows) => rows.map((row) => [row.node || null, row.file || null, row.line || null, row.bytes, row.count].join('|').replaceAll('null', '')).sort()
const state = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))))
const total = (page) => view(page, 'top').locator('[data-total]').getAttribute('data-total').then(Number)

// --- Every view is drawn, with the figures of the other verbs ----------------------

async function summary() {
	const page = await open('phases')
	const info = json('info')
	const text = await view(page, 'summary').innerText()
	const top = json('top-peak-line')
	const [first] = top.rows
	check('the summary names the line', text.includes(`${first.file.split('/').at(-1)}:${first.line}`), text)
	check('the summary says its share', text.includes(`${(100 * first.bytes / top.total.bytes).toFixed(1)} %`), text)
	check('the summary tells of the peak', text.includes(`${(info.totals.peak_bytes / 2 ** 20).toFixed(1)} MiB`), text)
	for (const name of ['where', 'when', 'leaks', 'waste', 'rss', 'unknown'])
		check(`the summary answers ${name}`, await page.locator(`[data-answer="${name}"] p`).count() > 0)
	check('heap and RSS are told apart', /of resident memory;.*of it is heap in use/s.test(text), text)
	const first_screen = await page.locator('[data-answer="waste"]').evaluate((element) => element.getBoundingClientRect().bottom)
	check('the answers stand on the first screen', first_screen <= 900, first_screen)
	for (const section of await page.locator('section.view:not(#view-summary)').all())
		check('a view says how to read it', (await section.locator('.hint').innerText()).length > 20)
	await page.close()
}

async function tables() {
	const page = await open('phases')
	await go(page, 'top')
	for (const metric of ['live', 'peak', 'total']) {
		await page.locator(`.filters button[data-value="${metric}"]`).click()
		for (const by of ['line', 'function', 'node']) {
			await view(page, 'top').locator(`button[data-value="${by}"]`).click()
			const top = json(`top-${metric}-${by}`)
			const rows = await csv(page, `top-${by}`)
			if (by === 'node')
				equal(`${metric} by node`, rows.map((row) => [row.node, Number(row.bytes)].join()).sort(), top.rows.map((row) => [row.name, row.bytes].join()).sort())
			else
				equal(`${metric} by ${by}`, rowsOfCsv(rows), rowsOfTop(top).map((row) => row.replaceAll('null', '')))
			equal(`total ${metric} by ${by}`, await total(page), top.total.bytes)
		}
	}
	await view(page, 'top').locator('button[data-value="line"]').click()
	const row = view(page, 'top').locator('tbody tr').first()
	await row.click()
	check('a row opens to its stack', (await view(page, 'top').locator('.detail .stack').innerText()).includes('main'))
	check('and to its course', await view(page, 'top').locator('.detail svg path').count() > 0)
	await page.close()
}

async function pictures() {
	const page = await open('python')
	for (const [name, selector] of [['timeline', '.u-wrap canvas'], ['icicle', 'canvas.icicle']]) {
		await go(page, name)
		check(`${name} is drawn`, await colours(view(page, name).locator(selector)) > 5)
	}
	check('many frames are drawn', await page.locator('canvas.icicle').evaluate((element) => Number(element.dataset.frames)) > 200)
	await go(page, 'sizes')
	check('sizes are drawn', await view(page, 'sizes').locator('.column .fill').count() > 5)
	const sizes = await page.evaluate(() => document.querySelector('#view-sizes .says').innerText)
	check('sizes count all', /^[\d,]+ allocations/.test(sizes), sizes)
	await view(page, 'sizes').locator('summary').click()
	const rows = await csv(page, 'sizes')
	equal('sizes add up', rows.reduce((sum, row) => sum + Number(row.allocations), 0).toLocaleString('en-US'), sizes.split(' ')[0])
	await page.close()
}

// --- A range: snapped, said, and told by the other views -----------------------------

async function range() {
	const page = await open('phases')
	await go(page, 'timeline')
	const plot = view(page, 'timeline').locator('.u-over')
	const box = await plot.boundingBox()
	const info = json('info')
	const at = (label) => info.snapshots.find((one) => one.label === label).time_ns / info.duration_ns
	// A little beside the snapshots, on both sides.
	await page.mouse.move(box.x + box.width * (at('load') + 0.02), box.y + 80)
	await page.mouse.down()
	await page.mouse.move(box.x + box.width * (at('index') - 0.1), box.y + 90, { steps: 4 })
	await page.mouse.move(box.x + box.width * (at('index') - 0.02), box.y + 90, { steps: 4 })
	await page.mouse.up()
	const says = await view(page, 'timeline').locator('.says').innerText()
	check('the range says what it snapped to', /Range:.*snapped to “load” at .* and “index” at .*asked for/s.test(says), says)
	const grown = (name) => json(`at-${name}`).total.bytes
	equal('growth in the range', await total(page), grown('index') - grown('load'))
	await go(page, 'top')
	await page.locator('.filters button[data-value="live"]').click()
	equal('live at its end', await total(page), grown('index'))
	await page.locator('.filters button[data-value="growth"]').click()
	const tree = await go(page, 'icicle')
	check('the call tree is of the range', (await tree.locator('.says').innerText()).includes(`${((grown('index') - grown('load')) / 2 ** 20).toFixed(1)} MiB growth from “load”`), await tree.locator('.says').innerText())
	// Only what grew in the range is a row.
	await go(page, 'top')
	const rows = await csv(page, 'top-line')
	equal('one line grew', rows.filter((row) => Number(row.bytes) > 1000).map((row) => row.function), ['build_index'])
	check('the selection covers the snapshots', Math.abs(await page.locator('.u-select').evaluate((element) => element.getBoundingClientRect().width) / box.width - (at('index') - at('load'))) < 0.01)
	const dag = await go(page, 'dag')
	check('nodes that ran in the range', /Only nodes that ran in the range: 2 of 3/.test(await dag.locator('.says').innerText()), await dag.locator('.says').innerText())
	equal('and no others', (await csv(page, 'dag-nodes')).map((row) => row.node).sort(), ['index', 'load'])
	const leaks = await go(page, 'leaks')
	check('sites that allocated in the range', /Only sites that allocated in the range: 1 of/.test(await leaks.locator('.says').innerText()), await leaks.locator('.says').innerText())
	await go(page, 'timeline')
	await page.keyboard.press('Escape')
	equal('Escape leaves the range', (await state(page)).range, undefined)
	await page.locator('button[data-go="peak"]').click()
	await go(page, 'top')
	equal('to the peak', await total(page), json('top-peak-line').total.bytes)
	await page.keyboard.press('e')
	equal('to the end', await total(page), json('top-live-line').total.bytes)
	await go(page, 'timeline')
	await page.locator('button[data-go="rss"]').click()
	check('to the largest RSS', /at /.test(await page.locator('.filters .selection').innerText()))
	await page.close()
}

async function nodes() {
	const page = await open('phases', '#metric=live')
	await go(page, 'top')
	await view(page, 'top').locator('button[data-value="node"]').click()
	await view(page, 'top').locator('tbody tr', { hasText: 'index' }).click()
	await view(page, 'top').locator('button[data-value="line"]').click()
	equal('a node alone', await total(page), json('node-index').total.bytes)
	check('the filter is told', (await page.locator('.filter').innerText()).includes('node index'))
	const tree = await go(page, 'icicle')
	check('the call tree is of the node', (await tree.locator('.says').innerText()).includes('in node index'))
	await page.locator('.filter button').click()
	await tree.locator('button[data-toggle="split"]').click()
	equal('by DAG node', (await state(page)).split, 'true')
	const lanes = await go(page, 'timeline')
	check('lanes are drawn', await colours(lanes.locator('canvas.lanes')) > 2)
	await page.close()
}

// --- Search, zoom, keys, colours, address ---------------------------------------------

async function search() {
	const page = await open('phases')
	await page.keyboard.press('/')
	await page.keyboard.type('build_|render')
	await page.waitForTimeout(100)
	const rows = await csv(page, 'top-line').catch(() => [])
	await go(page, 'top')
	const found = await csv(page, 'top-line')
	check('rows that match', found.length > 0 && found.every((row) => /build_|render/.test(row.function)), found)
	check('they were found before, too', rows.length === 0 || rows.length === found.length)
	const tree = await go(page, 'icicle')
	const says = await tree.locator('.says').innerText()
	const peak = json('top-peak-line')
	const matching = peak.rows.filter((row) => /build_|render/.test(row.function)).reduce((sum, row) => sum + row.bytes, 0)
	check('what matches is summed up', says.includes(`matching build_|render: ${(matching / 2 ** 20).toFixed(1)} MiB`), says)
	await page.locator('input[type=search]').fill('([')
	check('a broken expression is shown as such', await page.locator('input.bad').count() === 1)
	await page.locator('input[type=search]').press('Escape')
	equal('Escape empties it', (await state(page)).q, undefined)
	await page.close()
}

async function zoom() {
	const page = await open('python')
	const tree = await go(page, 'icicle')
	const canvas = tree.locator('canvas.icicle')
	await canvas.focus()
	const label = () => tree.locator('.trail').innerText()
	for (let i = 0; i < 9; i++)
		await page.keyboard.press('ArrowDown')
	check('the keyboard shows a box', (await page.locator('.tip').innerText()).includes('of the whole'))
	await page.keyboard.press('ArrowRight')
	await page.keyboard.press('ArrowLeft')
	await page.keyboard.press('Enter')
	const zoomed = (await state(page)).zoom
	check('Enter zooms', zoomed?.split('.').length >= 5, zoomed)
	check('the trail says where', (await label()).includes('›'), await label())
	await page.keyboard.press('Backspace')
	equal('Backspace goes out by one', (await state(page)).zoom.split('.').length, zoomed.split('.').length - 1)
	await page.keyboard.press('Escape')
	const box = await canvas.boundingBox()
	const before = (await state(page)).zoom
	await page.mouse.click(box.x + box.width * 0.3, box.y + 21 * 12 + 10)
	check('a click zooms', (await state(page)).zoom !== before)
	await tree.locator('button[data-toggle="inverted"]').click()
	equal('inverted', [(await state(page)).inverted, (await state(page)).zoom], ['true', undefined])
	check('inverted is drawn', await colours(canvas) > 5)
	// The first row of the inverted tree is the largest line of the table.
	await canvas.focus()
	await page.keyboard.press('ArrowDown')
	await page.keyboard.press('ArrowDown')
	const tip = await page.locator('.tip').innerText()
	await go(page, 'top')
	const [first] = await csv(page, 'top-line')
	check('the largest owner comes first', tip.includes(first.function), { tip, first })
	await page.close()
}

async function keys() {
	const page = await open('phases')
	await page.keyboard.press('e')
	equal('e', (await state(page)).metric, 'live')
	await page.keyboard.press('p')
	equal('p', (await state(page)).metric, undefined)
	await page.keyboard.press('i')
	equal('i', (await state(page)).inverted, 'true')
	await page.keyboard.press('4')
	await page.waitForTimeout(200)
	equal('4', (await state(page)).view, 'top')
	check('4 shows it', await view(page, 'top').evaluate((element) => element.getBoundingClientRect().top) < 400)
	await page.keyboard.press('?')
	check('? lists the keys', (await page.locator('dialog').innerText()).includes('the peak of the heap'))
	await page.locator('dialog button').click()
	await page.locator('.plot').focus()
	await page.keyboard.press('Shift+ArrowLeft')
	check('arrows make a range', /^0-\d+$/.test((await state(page)).range), await state(page))
	await page.close()
}

async function themes() {
	const back = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
	const light = await open('phases')
	const dark = await open('phases', '', { scheme: 'dark' })
	const day = await back(light)
	const night = await back(dark)
	check('dark where the system is', day !== night, { day, night })
	await light.keyboard.press('t')
	equal('t makes it dark', await back(light), night)
	await go(light, 'timeline')
	check('the plot is drawn in the dark', await colours(light.locator('.u-wrap canvas')) > 3)
	await light.keyboard.press('t')
	equal('and light again', await back(light), day)
	await light.close()
	await dark.close()
}

async function address() {
	const page = await open('phases')
	await page.keyboard.press('e')
	await go(page, 'top')
	await view(page, 'top').locator('button[data-value="function"]').click()
	await page.locator('input[type=search]').fill('load|index')
	const hash = await page.evaluate(() => location.hash)
	const text = await view(page, 'top').innerText()
	const other = await open('phases', hash)
	await go(other, 'top')
	equal('the same address shows the same', await view(other, 'top').innerText(), text)
	await other.close()
	// What does not fit this profile is dropped, not fatal.
	const wild = await open('phases', '#range=3-999&node=nobody&metric=nonsense&zoom=1.2.3&by=line&q=(')
	equal('a wild address', [(await state(wild)).range, (await state(wild)).node, (await state(wild)).metric], [undefined, undefined, undefined])
	for (const name of ['icicle', 'top', 'timeline'])
		await go(wild, name)
	await wild.close()
	await page.close()
}

// --- Two profiles, the DAG --------------------------------------------------------------

async function two() {
	const page = await open('dags')
	const diff = await go(page, 'diff')
	const wanted = json('diff')
	const rows = await csv(page, 'diff')
	equal('differences', rows.map((row) => [row.line, row.new_bytes, Number(row.new_bytes) - Number(row.old_bytes)].join()).sort(),
		wanted.rows.map((row) => [row.line, row.bytes, row.bytes_diff].join()).sort())
	const difference = () => diff.locator('[data-difference]').getAttribute('data-difference').then(Number)
	equal('their sum', await difference(), wanted.total.bytes_diff)
	await diff.locator('button[data-toggle="swapped"]').click()
	equal('the other direction', await difference(), -wanted.total.bytes_diff)
	check('less and more differ without colour', await page.evaluate(() => {
		const less = document.querySelector('.legend i.less')
		const more = document.querySelector('.legend i.more')
		return getComputedStyle(less).backgroundImage !== getComputedStyle(more).backgroundImage
	}))
	const peak = await page.locator('[data-tile="Peak heap"] strong').innerText()
	await page.locator('.who button', { hasText: /^pruned$/ }).click()
	await go(page, 'summary')
	check('the other profile', await page.locator('[data-tile="Peak heap"] strong').innerText() !== peak)
	await page.close()
}

async function dag() {
	const page = await open('dags')
	const show = json('dag')
	const section = await go(page, 'dag')
	equal('a square a node', await section.locator('.dag-node').count(), show.nodes.length)
	equal('a line an edge', await section.locator('path.edge').count(), show.edges.length)
	const says = await section.locator('.says').innerText()
	check('it says what waits in vain', says.includes(`${(show.what_if.held_bytes / 2 ** 20).toFixed(1)} MiB`), says)
	const rows = await csv(page, 'dag-nodes')
	equal('nodes', rows.map((row) => [row.node, row.retained_bytes, row.at_peak_bytes].join()).sort(), show.nodes.map((row) => [row.name, row.retained_bytes, row.at_peak_bytes].join()).sort())
	// The area is what a node retains.
	const areas = await section.locator('.dag-node').evaluateAll((groups) => groups.map((group) => [Number(group.dataset.node), Number(group.querySelector('rect').getAttribute('width')) ** 2]))
	const [large, small] = [...areas].sort((a, b) => b[1] - a[1]).filter((_, i, all) => i === 0 || i === all.length - 1).map(([i, area]) => area / show.nodes[i].retained_bytes)
	check('areas are in proportion', Math.abs(large / small - 1) < 0.15, { large, small })
	const striped = await section.locator('.dag-node.waste').count()
	check('some nodes are held in vain', striped > 10, striped)
	await section.locator('.choice button[data-value="true"]').click()
	equal('pruned, none is', await section.locator('.dag-node.waste').count(), 0)
	check('the pruned peak', (await section.locator('.says').innerText()).includes(`${(show.what_if.peak_bytes / 2 ** 20).toFixed(1)} MiB`))
	const summary = await view(page, 'summary').locator('[data-answer="waste"]').innerText()
	check('the summary says what freeing would save', summary.includes(`${(show.what_if.peak_bytes / 2 ** 20).toFixed(1)} MiB`), summary)
	await section.locator('.dag-node').nth(3).click()
	check('a click filters', (await state(page)).node !== undefined)
	check('the others fade', await section.locator('.dag-node.out').count() === show.nodes.length - 1)
	await page.close()
}

async function leaks() {
	const page = await open('leaky')
	const said = json('leaks')
	const section = await go(page, 'leaks')
	const names = { definite: 'lost' }
	const rows = await csv(page, 'leaks')
	equal('leaks', rows.map((row) => [row.verdict, row.bytes, row.blocks, row.line].join()).sort(),
		said.rows.map((row) => [names[row.verdict] ?? row.verdict, row.bytes, row.blocks, row.line].join()).sort())
	check('what holds it', rows.some((row) => row.verdict === 'reachable' && row['held or lost by'].includes('`cache`')), rows)
	equal('a course a row', await section.locator('tbody .sparkline path.line').count(), rows.length)
	await section.locator('tbody tr', { hasText: 'lose_pair' }).first().click()
	const detail = await section.locator('.detail').innerText()
	check('its stack, and what is lost with it', detail.includes('main') && detail.includes('lost with it'), detail)
	const answer = await view(page, 'summary').locator('[data-answer="leaks"]').innerText()
	const lost = said.total.definite.bytes + said.total.indirect.bytes
	check('the summary says what is lost', answer.includes(`${(lost / 2 ** 20).toFixed(1)} MiB`), answer)
	check('and where it came from', /page_leaky\.c:\d+/.test(answer), answer)
	await page.close()
}

// --- Names, and many frames ----------------------------------------------------------------

async function hostile() {
	const page = await open('hostile')
	for (const name of ['timeline', 'icicle', 'top', 'leaks', 'dag', 'sizes'])
		await go(page, name)
	await go(page, 'top')
	await view(page, 'top').locator('tbody tr').first().click()
	await view(page, 'top').locator('button[data-value="function"]').click()
	const text = await view(page, 'top').innerText()
	for (const name of ['</script><script>window.hacked=1</script>', '<img src=x onerror=window.hacked=1>', '"\'`&lt;${x}', 'caf\ufffd\ufffd', '<!--'])
		check('a name as it is', text.includes(name), { name, text })
	equal('no markup came of it', await page.evaluate(() => [document.querySelectorAll('img, #hostile, b').length, window.hacked ?? null, document.scripts.length]), [0, null, 2])
	const rows = await csv(page, 'top-function')
	check('the long name is whole', rows.some((row) => row.function.length > 10000))
	const wide = await page.evaluate(() => document.documentElement.scrollWidth)
	check('nothing is wider than the screen', wide <= 1280, wide)
	await page.close()
}

async function many() {
	const page = await open('wide')
	const frames = await page.evaluate(() => document.querySelector('script.data').textContent.length)
	check('the page is small', frames < 5e6, frames)
	const tree = await go(page, 'icicle')
	const canvas = tree.locator('canvas.icicle')
	const drawn = await canvas.evaluate((element) => Number(element.dataset.frames))
	check('what can be seen is drawn', drawn > 1000 && drawn < 50000, drawn)
	await canvas.focus()
	for (let i = 0; i < 6; i++)
		await page.keyboard.press('ArrowDown')
	await page.keyboard.press('Enter')
	check('it zooms', (await state(page)).zoom?.length > 0)
	await tree.locator('button[data-toggle="inverted"]').click()
	check('it inverts', await colours(canvas) > 3)
	await page.locator('input[type=search]').fill('f3')
	check('it searches', /matching f3: .* MiB/.test(await tree.locator('.says').innerText()))
	await page.close()
}

async function source() {
	const page = await open('source')
	check('source text on request', (await view(page, 'summary').innerText()).includes('memset(malloc(bytes), 1, bytes)'))
	await page.close()
}

// --- Pictures for the README ------------------------------------------------------------------

async function screenshots(to) {
	mkdirSync(to, { recursive: true })
	const shot = async (page, name, height) => {
		// Without what differs from machine to machine.
		await page.evaluate(() => document.querySelectorAll('.command, .start').forEach((element) => { element.style.display = 'none' }))
		await page.setViewportSize({ width: 1060, height })
		await page.waitForTimeout(500)
		await page.screenshot({ path: join(to, `${name}.png`) })
		await page.close()
	}
	await shot(await open('dags'), 'report-summary', 716)
	await shot(await open('dags', '#view=dag'), 'report-dag', 700)
	await shot(await open('python', '#view=icicle', { scheme: 'dark' }), 'report-call-tree-dark', 700)
	await shot(await open('phases', '#view=timeline&range=1-2&metric=growth'), 'report-range', 600)
	await shot(await open('leaky', '#view=leaks'), 'report-leaks', 640)
}

for (const test of [summary, tables, pictures, range, nodes, search, zoom, keys, themes, address, two, dag, leaks, hostile, many, source]) {
	const before = failures.length
	try {
		await test()
	} catch (error) {
		failures.push(`${test.name}: ${error.stack}`)
	}
	console.log(`${failures.length === before ? 'ok  ' : 'FAIL'} ${test.name}`)
}
if (process.env.SCREENSHOTS && !failures.length)
	await screenshots(process.env.SCREENSHOTS)
await context.close()
failures.forEach((failure) => console.log(`FAILED: ${failure}`))
process.exitCode = failures.length ? 1 : 0
