// A server for a test to kill: keeps its objects in the folder that it is given.
import { startApiServer } from '../server.ts'

const { kubeconfig } = await startApiServer({ dir: process.argv[2] ?? '' })
process.send?.(kubeconfig)
process.on('disconnect', () => process.exit())
