/** The commands of a page of the guide, as a reader would run them. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One block of commands. */
export interface Block {
  /** The heading that it stands under. */
  readonly section: string
  /** How many of the section's blocks come before it. */
  readonly index: number
  readonly commands: string
}

/** The blocks marked `sh` of a page in Markdown, in order. */
export function blocksOf(file: string): readonly Block[] {
  const blocks: Block[] = []
  let section = ''
  let commands: string[] | undefined
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (commands && line === '```') {
      const index = blocks.filter(block => block.section === section).length
      blocks.push({ section, index, commands: commands.join('\n') })
      commands = undefined
    } else if (commands) commands.push(line)
    else if (line === '```sh') commands = []
    else section = /^#+ (.*)$/.exec(line)?.[1] ?? section
  }
  return blocks
}

/** Runs a block with bash, ending at the first command that fails; gives what it printed. Throws with all of it. */
export function follow(
  block: Block,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      'bash',
      ['-euo', 'pipefail', '-c', block.commands],
      { ...options, maxBuffer: 8 << 20 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${block.section}: ${block.commands}\n${stdout}${stderr}`, { cause: error }))
        else resolve(stdout)
      },
    )
  })
}
