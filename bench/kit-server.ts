/** The embedded API in a process of its own; sends its kubeconfig to its parent and ends with it. */
import { startApiServer } from '../src/playground/apiserver/server.ts'

const server = await startApiServer()
process.send?.(server.kubeconfig)
process.on('disconnect', () => process.exit(0))
