/**
 * The process that hosts Serin's own programs for a local node: the demo app and the load tester. Started by the
 * kubelet with a channel; ends when that closes, however its parent died.
 */
import { resolveOwnSources } from '../runtime/own-sources.ts'

resolveOwnSources(new URL('../', import.meta.url).href)
await import('./hosted-programs.ts')
