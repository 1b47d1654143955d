/** Git sources that are taken from the local Git server, as `--mirror` gives them. */
import { CliError } from '../errors.ts'

// Names that the local Git server takes; src/playground/git/server.ts.
const repositoryName = /^[A-Za-z0-9][\w.-]{0,98}$/

/** `URL=NAME` gives the URL with the repository's name, without `.git`. Throws {@link CliError}. */
export function mirrorsOf(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.map(text => {
      const wrong = (why: string) => new CliError('usage', `--mirror ${JSON.stringify(text)}: ${why}`)
      const at = text.lastIndexOf('=')
      const [url, name] = [URL.parse(text.slice(0, at)), text.slice(at + 1).replace(/\.git$/, '')]
      if (at < 1) throw wrong('write URL=NAME')
      if (!url || !['http:', 'https:', 'ssh:'].includes(url.protocol))
        throw wrong('the URL must begin with http://, https:// or ssh://')
      if (!repositoryName.test(name)) throw wrong(`${JSON.stringify(name)} is no name of a repository`)
      return [url.href, name] as const
    }),
  )
}
