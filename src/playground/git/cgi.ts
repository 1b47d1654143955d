/** Runs a CGI program (RFC 3875) for one HTTP request. */
import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** How to run it. */
export interface CgiProgram {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

// Far more than git's answers have; a program that sends more is broken.
const maxHeaderBytes = 64 * 1024

/** Pipes the request in and the answer out. Resolves when the program has ended; never rejects. */
export function runCgi(program: CgiProgram, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [command, ...args] = program.argv
  return new Promise(resolve => {
    const child = spawn(command, args, { env: { ...process.env, ...program.env }, stdio: ['pipe', 'pipe', 'ignore'] })
    let head: Buffer | undefined = Buffer.alloc(0)
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === undefined) {
        response.write(chunk)
        return
      }
      head = Buffer.concat([head, chunk])
      const end = endOfHead(head)
      if (end === undefined && head.length <= maxHeaderBytes) return
      if (end === undefined) return void child.kill()
      const { status, headers } = parseHead(head.subarray(0, end.at).toString('latin1'))
      response.writeHead(status, headers)
      response.write(head.subarray(end.at + end.length))
      head = undefined
    })
    child.once('error', error => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(`${command}: ${error.message}\n`)
      resolve()
    })
    child.once('close', () => {
      if (!response.headersSent) response.writeHead(502)
      response.end()
      resolve()
    })
    // The program may end before it has read everything; that is no error of ours.
    child.stdin.on('error', () => {})
    request.pipe(child.stdin)
    response.once('close', () => child.kill())
  })
}

function endOfHead(bytes: Buffer): { readonly at: number; readonly length: number } | undefined {
  for (const mark of ['\r\n\r\n', '\n\n']) {
    const at = bytes.indexOf(mark)
    if (at >= 0) return { at, length: mark.length }
  }
  return undefined
}

function parseHead(text: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'status') status = Number.parseInt(value, 10)
    else if (colon > 0) headers[name] = value
  }
  return { status, headers }
}
