import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { completionFor } from './completion.ts'
import type { Io } from './io.ts'
import { newProgram } from './program.ts'

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0

describe('completion', () => {
  const program = newProgram({ out() {}, err() {}, width: () => 80 } as unknown as Io) // Help takes nothing else.
  let folder = ''
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'completion-'))
    // What the scripts ask of the program, which is tested where it runs.
    const answers =
      '#!/bin/sh\ncase "$1" in status) printf "host\\nmember1\\n" ;; kubectl) echo application.apps.kurator.dev/shop ;; esac\n'
    await writeFile(path.join(folder, 'serin'), answers)
    await chmod(path.join(folder, 'serin'), 0o755)
  })
  after(() => rm(folder, { recursive: true }))

  const env = () => ({ ...process.env, HOME: folder, PATH: `${folder}:${process.env['PATH']}` })
  const completed: Readonly<Record<'bash' | 'zsh' | 'fish', (words: readonly string[]) => readonly string[]>> = {
    bash(words) {
      const script = `${completionFor(program, 'bash')}
        COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _serin
        printf '%s\\n' "\${COMPREPLY[@]}"`
      return linesOf('bash', script)
    },
    zsh(words) {
      // Keys need a terminal; what a key calls for such scripts does not. zsh then leaves out what does not begin so.
      const list = words.map(word => `'${word}'`).join(' ')
      const script = `autoload -U compinit && compinit -D -u
        ${completionFor(program, 'zsh')}
        words=(${list}); COMP_WORDS=(${list}); CURRENT=${words.length}; COMP_CWORD=${words.length - 1}
        compgen -F _serin -- '${words.at(-1)}'`
      return linesOf('zsh', script).filter(each => each.startsWith(words.at(-1) ?? ''))
    },
    fish(words) {
      const script = `${completionFor(program, 'fish')}\ncomplete -C '${words.join(' ')}'`
      return linesOf('fish', script).map(line => line.split('\t')[0] ?? '')
    },
  }
  function linesOf(shell: string, script: string): readonly string[] {
    const { stdout, stderr } = spawnSync(shell, ['-c', script], { env: env(), encoding: 'utf8', timeout: 20_000 })
    assert.equal(stderr, '')
    return stdout.trimEnd().split('\n')
  }

  const cases: readonly { name: string; words: readonly string[]; want: readonly string[] }[] = [
    { name: 'commands', words: ['serin', 'de'], want: ['demo'] },
    { name: 'flags of a command', words: ['serin', 'up', '--de'], want: ['--detach'] },
    { name: 'names of Applications', words: ['serin', 'watch', ''], want: ['shop'] },
    { name: 'names of clusters', words: ['serin', 'explain', 'shop', '--cluster', 'm'], want: ['member1'] },
  ]
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    describe(`in ${shell}`, { skip: has(shell) ? false : `${shell} is not installed` }, () => {
      for (const { name, words, want } of cases) {
        it(`offers ${name}`, () => assert.deepEqual(completed[shell](words), want))
      }
    })
  }
})
