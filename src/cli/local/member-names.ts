/** Names of members, as `--members` gives them. */
import { CliError } from '../errors.ts'

// Each member has a network of its own below 127.0.0.0/8, and a whole cluster in memory.
const maxMembers = 50
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** `2` gives kurator-member1 and -2, as in the guides; `a,b` gives a and b. Throws {@link CliError}. */
export function memberNames(text: string): readonly string[] {
  const wrong = (why: string) => new CliError('usage', `--members ${JSON.stringify(text)}: ${why}`)
  if (/^\d+$/.test(text)) {
    const count = Number(text)
    if (count < 1 || count > maxMembers) throw wrong(`it must be from 1 to ${maxMembers}`)
    return Array.from({ length: count }, (_, index) => `kurator-member${index + 1}`)
  }
  const names = text.split(',').map(name => name.trim())
  if (names.length > maxMembers) throw wrong(`there may be ${maxMembers} at most`)
  for (const name of names) {
    if (!dnsLabel.test(name)) throw wrong(`${JSON.stringify(name)} is no name of a cluster; use a-z, 0-9 and -`)
    if (name === 'host') throw wrong('host is the name of the host')
    if (names.indexOf(name) !== names.lastIndexOf(name)) throw wrong(`${name} is there twice`)
  }
  return names
}
