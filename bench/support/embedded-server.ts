// The embedded API alone: prints how to reach it and serves until its standard input ends.
import { setFlagsFromString } from 'node:v8'
import { startApiServer } from '../../src/playground/apiserver/server.ts'

// A process that is a server and nothing else: without this V8 keeps up to 100 MB for objects that live shortly.
setFlagsFromString('--max-semi-space-size=4')
setFlagsFromString('--semi-space-growth-factor=1')

const { url, token, caPem, close } = await startApiServer()
process.stdout.write(`${JSON.stringify({ url, token, caPem })}\n`)
process.stdin.resume().on('end', () => void close())
