// The embedded API alone: prints how to reach it and serves until its standard input ends.
import { startApiServer } from '../../src/playground/apiserver/server.ts'

const { url, token, caPem, close } = await startApiServer()
process.stdout.write(`${JSON.stringify({ url, token, caPem })}\n`)
process.stdin.resume().on('end', () => void close())
