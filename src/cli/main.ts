/** Where the program begins: with a cache of compiled code, so that help and answers come at once. */
import { enableCompileCache } from 'node:module'

enableCompileCache()
await import('./run.ts')
