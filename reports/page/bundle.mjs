// usage: node bundle.mjs NODE_MODULES OUT
//
// Put page.html, page.css, main.js and all they import into one file that
// loads nothing.  The content security policy allows this very script (by its
// hash) and no other, and no connection at all.
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [modules, out] = process.argv.slice(2).map((path) => resolve(path))
const here = dirname(fileURLToPath(import.meta.url))
const esbuild = createRequire(join(modules, 'x'))('esbuild')

const bundle = (file, options) => {
	const result = esbuild.buildSync({
		entryPoints: [join(here, file)], bundle: true, minify: true, write: false,
		nodePaths: [modules], legalComments: 'none', charset: 'utf8', logLevel: 'warning',
		target: ['es2022', 'chrome103', 'firefox113', 'safari16.4'], ...options,
	})
	return result.outputFiles[0].text.trim()
}

const licence = '/* uPlot: Copyright (c) Leon Sorokin, MIT licence */'
const script = licence + bundle('main.js', { format: 'iife' })
// dark.css is one rule, whose selector is that of who chose it on the page.
const CHOSEN = ':root[data-theme=dark]'
const UNLESS_CHOSEN = ':root:not([data-theme=light],[data-theme=dark])'
const dark = bundle('dark.css', {})
if (!dark.startsWith(CHOSEN + '{'))
	throw new Error('dark.css does not begin with its rule')
const style = bundle('page.css', {}) + dark +
	`@media (prefers-color-scheme:dark){${dark.replace(CHOSEN, UNLESS_CHOSEN)}}`
if (/<\/(script|style)/i.test(script + style))
	throw new Error('the bundle would end its own element')

const hash = createHash('sha256').update(script).digest('base64')
const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; ` +
	`img-src data: blob:; base-uri 'none'; form-action 'none'`
const page = readFileSync(join(here, 'page.html'), 'utf8')
	.replace('{{policy}}', () => policy)
	.replace('{{style}}', () => style)
	.replace('{{script}}', () => script)

writeFileSync(out + '.new', page)
renameSync(out + '.new', out)
