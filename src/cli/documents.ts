/** Manifests as commands take them. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { allKinds } from '../api/all-kinds.ts'
import type { CustomKind } from '../apimachinery/kind.ts'
import type { Json } from '../apimachinery/meta.ts'
import { parseYamlDocuments } from '../apimachinery/yaml.ts'
import { CliError } from './errors.ts'
import type { Io } from './io.ts'
import { codeOf } from './local/directory.ts'

/** The documents of a YAML file; an empty one is null. Throws {@link CliError} where it cannot be read. */
export async function documentsOf(io: Pick<Io, 'cwd'>, file: string): Promise<readonly Json[]> {
  const text = await readFile(path.resolve(io.cwd, file), 'utf8').catch(cause => {
    throw new CliError('usage', `cannot read ${file}: ${codeOf(cause)}`, { cause })
  })
  try {
    return parseYamlDocuments(text)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new CliError('usage', `${file} is no YAML: ${message}`, { cause })
  }
}

/** The kind that Serin knows by these; undefined where it knows none. */
export function kindOf(apiVersion: string, kind: string): CustomKind | undefined {
  const [group = '', version] = apiVersion.split('/')
  return allKinds.find(
    candidate =>
      candidate.group === group &&
      candidate.kind === kind &&
      (candidate.version === version || candidate.alsoServed.some(also => also.version === version)),
  )
}
