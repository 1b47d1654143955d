/** A small Git server for local clusters: smart HTTP by `git http-backend`; a repository is made by the first push. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '../../runtime/clock.ts'
import { type HttpServer, sendText, startHttpServer } from '../../runtime/http-server.ts'
import type { Logger } from '../../runtime/log.ts'
import { runCgi } from './cgi.ts'

/** A running Git server. */
export interface GitServer {
  /** Clone and push `<url>/NAME.git`. */
  readonly url: string
  /** Where the bare repositories are. */
  readonly folder: string
  close(): Promise<void>
}

const run = promisify(execFile)
const repositoryPath = /^\/([A-Za-z0-9][\w.-]{0,99}\.git)(\/[\w./-]*)?$/

/** Starts a server over the bare repositories in `folder`. Needs `git` on the PATH. */
export async function startGitServer(options: {
  readonly folder: string
  readonly port?: number
  readonly clock: Clock
  readonly log: Logger
}): Promise<GitServer> {
  const { folder, port = 0, clock, log } = options
  await mkdir(folder, { recursive: true })
  const server: HttpServer = await startHttpServer({
    port,
    clock,
    log,
    handler: (request, response) => serve(folder, request, response),
  })
  return { url: server.url, folder, close: () => server.close() }
}

/** Makes an empty bare repository whose first branch is `main`; fine if it is there. */
export async function initBareRepository(folder: string): Promise<void> {
  if (existsSync(path.join(folder, 'HEAD'))) return
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder])
  await run('git', ['-C', folder, 'config', 'http.receivepack', 'true'])
  // Whoever pushes an existing repository keeps the name of its branch.
  await run('git', ['-C', folder, 'config', 'receive.denyDeleteCurrent', 'ignore'])
}

async function serve(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://git')
  const [, repository, rest = ''] = repositoryPath.exec(url.pathname) ?? []
  if (repository === undefined || rest.includes('..')) return sendText(response, 404, 'no such repository\n')
  const bare = path.join(folder, repository)
  if (!existsSync(bare)) {
    const isPush = url.searchParams.get('service') === 'git-receive-pack'
    if (!isPush) return sendText(response, 404, `no repository ${repository}; push to it and it will be made\n`)
    await initBareRepository(bare)
  }
  await runCgi(
    {
      argv: ['git', 'http-backend'],
      env: {
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: 'local',
        REMOTE_ADDR: '127.0.0.1',
        REQUEST_METHOD: request.method ?? 'GET',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
        ...(request.headers['content-encoding'] ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] } : {}),
        ...(request.headers['git-protocol'] ? { GIT_PROTOCOL: String(request.headers['git-protocol']) } : {}),
      },
    },
    request,
    response,
  )
}
