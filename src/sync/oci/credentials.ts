/** Who to be at a registry: what a Secret of Docker's format, or one with user and password, says. Pure. */
import { isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import type { OciRepositoryName } from './reference.ts'

/** A user with a password, or a token that buys others. */
export type RegistryLogin =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string }

/** The Secret holds no login. The message quotes nothing of it. */
export class RegistryLoginError extends Error {
  override readonly name = 'RegistryLoginError'
  readonly reason = 'AuthenticationFailed'
}

/**
 * The login for a repository: of `username` and `password`, or of the entry of `.dockerconfigjson` (or `.dockercfg`)
 * whose key fits best. Undefined where the Secret is for other registries.
 * @throws RegistryLoginError
 */
export function registryLogin(
  secret: Readonly<Record<string, string>>,
  at: OciRepositoryName,
): RegistryLogin | undefined {
  const { username, password } = secret
  const config = secret['.dockerconfigjson']
  const legacy = secret['.dockercfg']
  if (config === undefined && legacy === undefined) {
    if (username === undefined || password === undefined) {
      throw new RegistryLoginError("the Secret must have '.dockerconfigjson', or 'username' and 'password'")
    }
    return { username, password }
  }
  const parsed = parse(config ?? legacy ?? '')
  const auths = config === undefined ? parsed : parsed['auths']
  if (!isJsonObject(auths)) throw new RegistryLoginError("the Secret's '.dockerconfigjson' has no 'auths'")
  const best = Object.entries(auths)
    .filter(([key]) => fits(key, at))
    .toSorted(([a], [b]) => placeOf(b).path.length - placeOf(a).path.length)[0]
  return best === undefined ? undefined : loginOf(best[1])
}

function parse(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json
    if (isJsonObject(value)) return value
  } catch {
    // The parser's message would quote the text.
  }
  throw new RegistryLoginError("the Secret's '.dockerconfigjson' is no JSON object")
}

/** A key is a host, a URL, or either with a path; a label of the host may be `*` (Kubernetes). */
function fits(key: string, { registry, repository }: OciRepositoryName): boolean {
  const { host, path } = placeOf(key)
  const wanted = registry.split('.')
  const given = (host === 'docker.io' ? 'index.docker.io' : host).split('.')
  const isHost =
    wanted.length === given.length &&
    given.every((label, i) => label === wanted[i] || (label === '*' && i < given.length))
  return isHost && (path === '' || repository === path || repository.startsWith(`${path}/`))
}

function placeOf(key: string): { readonly host: string; readonly path: string } {
  const [host = '', ...rest] = key.replace(/^https?:\/\//, '').split('/')
  // Docker writes its own as `https://index.docker.io/v1/`.
  const path = rest.filter(part => part !== '').join('/')
  return { host, path: /^v[12]$/.test(path) ? '' : path }
}

function loginOf(entry: Json): RegistryLogin {
  const { auth, username, password, identitytoken } = isJsonObject(entry) ? entry : {}
  if (typeof identitytoken === 'string' && identitytoken !== '') return { identityToken: identitytoken }
  if (typeof auth === 'string' && auth !== '') {
    const [, user = '', secret = ''] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? []
    if (user !== '') return { username: user, password: secret }
  }
  if (typeof username === 'string' && typeof password === 'string') return { username, password }
  throw new RegistryLoginError("the Secret's entry for this registry has no 'auth', nor 'username' and 'password'")
}
