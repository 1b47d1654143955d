import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'

const root = path.dirname(import.meta.dirname)

it('every link of README and docs to a file leads somewhere, and docs/README.md to every page', () => {
  const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })]
  const linked = new Map(pages.map(page => [page, linksOf(page)]))
  const broken = [...linked].flatMap(([page, links]) =>
    links.filter(link => !existsSync(path.join(root, link))).map(link => `${page}: ${link}`),
  )
  assert.deepEqual(broken, [])
  const index = linked.get('docs/README.md') ?? []
  const lost = pages.filter(page => page.startsWith('docs/') && page !== 'docs/README.md' && !index.includes(page))
  assert.deepEqual(lost, [])
})

/** Paths from the root of the repository. */
function linksOf(page: string): string[] {
  const text = readFileSync(path.join(root, page), 'utf8')
  // What is in a code span is text.
  const prose = text.replaceAll(/```.*?```|`[^`\n]*`/gs, '')
  return [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => path.normalize(path.join(path.dirname(page), target)))
}
