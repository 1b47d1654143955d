/** Where the program begins: with a cache of compiled code, so that help and answers come at once. */
import { enableCompileCache } from 'node:module'
import { resolveOwnSources } from '../runtime/own-sources.ts'

enableCompileCache()
resolveOwnSources(new URL('../', import.meta.url).href)
await import('./run.ts')
