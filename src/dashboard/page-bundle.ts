/** The page's files: as they were built for a package, else built in memory from their sources. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { placedFile } from '../runtime/placed-file.ts'

const sources = placedFile(import.meta, '../../dashboard/src', 'page')

/** One file to serve. */
export interface PageFile {
  readonly contentType: string
  readonly body: Buffer
  readonly gzipped: Buffer
  /** Whether the path names the content, so that it never changes. */
  readonly immutable: boolean
  readonly etag: string
}

/** The files by their path, such as `/`. */
export type PageFiles = ReadonlyMap<string, PageFile>

const compress = promisify(gzip)

/** The page. Where the bundler or the sources are missing, there is a page that says what to do. */
export async function buildPage(): Promise<PageFiles> {
  const found = (await readBuilt()) ?? (await buildFromSources())
  if (!found) return new Map([['/', await fileOf('text/html', Buffer.from(missing), false)]])
  const files = new Map<string, PageFile>()
  const pathOf = async (extension: string, contentType: string) => {
    const file = await fileOf(contentType, Buffer.from(found.get(extension) ?? []), true)
    const at = `/assets/main-${file.etag.slice(1, 17)}${extension}`
    files.set(at, file)
    return at
  }
  const script = await pathOf('.js', 'text/javascript')
  const style = await pathOf('.css', 'text/css')
  files.set('/favicon.svg', await fileOf('image/svg+xml', Buffer.from(icon), false))
  files.set('/', await fileOf('text/html', Buffer.from(indexHtml(script, style)), false))
  return files
}

/** Script and style by their extension. */
type Built = ReadonlyMap<string, Uint8Array>

async function readBuilt(): Promise<Built | undefined> {
  if (!existsSync(path.join(sources, 'main.js'))) return undefined
  const read = async (extension: string) => [extension, await readFile(path.join(sources, `main${extension}`))] as const
  return new Map(await Promise.all([read('.js'), read('.css')]))
}

async function buildFromSources(): Promise<Built | undefined> {
  const esbuild = await import('esbuild').catch(() => undefined)
  const entry = path.join(sources, 'main.tsx')
  if (!esbuild || !existsSync(entry)) return undefined
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    outdir: '/',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  })
  await esbuild.stop()
  return new Map(outputFiles.map(file => [path.extname(file.path), file.contents]))
}

async function fileOf(contentType: string, body: Buffer, immutable: boolean): Promise<PageFile> {
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`
  const withCharset = `${contentType}; charset=utf-8`
  return { contentType: withCharset, body, gzipped: await compress(body), immutable, etag }
}

function indexHtml(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Serin</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
</head>
<body><div id="app"></div><noscript>The dashboard needs JavaScript; kubectl get applications,canaries does not.</noscript></body>
</html>
`
}

// A share of traffic: one bar, most of it the primary's.
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1d4f91"/><path d="M3 8h6" stroke="#fff" stroke-width="4"/><path d="M10 8h3" stroke="#f2a33a" stroke-width="4"/></svg>`

const missing = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Serin</title></head>
<body><main><h1>The dashboard's page cannot be built</h1>
<p>Its bundler is a development dependency. Run <code>npm ci</code> (without <code>--omit=dev</code>) in the folder of Serin, and start again.</p>
<p>The data is served all the same: <a href="/api/state">/api/state</a>.</p></main></body></html>
`
