/** How processes of ours that stay are started: small, and without stripping types that were stripped before. */
import { getCompileCacheDir } from 'node:module'

/**
 * The arguments of Node for such a process, after those of this one: room for short-lived objects does not grow to 16 MB
 * three times over, as it does by default, and stays.
 */
export function longLivedExecArgv(execArgv: readonly string[]): string[] {
  const room = '--max-semi-space-size='
  return [...execArgv.filter(argument => !argument.startsWith(room)), `${room}2`]
}

/**
 * This process's environment with the folder of compiled code, where it has one. Without it the first file is stripped anew,
 * which takes 30 MB for good.
 */
export function withCompileCache(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir()
  return folder === undefined ? env : { NODE_COMPILE_CACHE: folder, ...env }
}
