/** The HTTPS server that the API asks before it stores our kinds. */
import type { Json } from '../../apimachinery/meta.ts'
import type { Clock } from '../../runtime/clock.ts'
import {
  HttpError,
  type HttpServer,
  readRequestBody,
  type ServingCertificate,
  sendJson,
  startHttpServer,
} from '../../runtime/http-server.ts'
import type { Logger } from '../../runtime/log.ts'
import { ReviewError, type Reviewer } from './review.ts'

/** A webhook that listens once it has a certificate. */
export interface WebhookServer {
  /** Shows this certificate from now on; the first one makes it listen. */
  use(certificate: ServingCertificate): void
  /** Base URL; undefined until it listens. */
  url(): string | undefined
  /** What keeps it from serving; undefined: nothing. */
  problem(): string | undefined
  close(): Promise<void>
}

/** etcd takes objects of up to 1.5 MB, and a review holds two. */
const maxReviewBytes = 8 << 20

/** A server that does not listen yet. */
export function newWebhookServer(deps: {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly reviewers: Readonly<Record<string, Reviewer>>
  readonly clock: Clock
  readonly log: Logger
}): WebhookServer {
  const { reviewers, log } = deps
  let starting: Promise<HttpServer> | undefined
  let running: HttpServer | undefined
  let failure: string | undefined

  async function start(tls: ServingCertificate): Promise<HttpServer> {
    const server = await startHttpServer({
      ...deps,
      tls,
      async handler(request, response) {
        const reviewer = reviewers[request.url?.split('?')[0] ?? '']
        if (!reviewer) throw new HttpError(404, 'nothing is reviewed here')
        if (request.method !== 'POST') throw new HttpError(405, 'a review is a POST')
        sendJson(response, 200, answerTo(reviewer, await readRequestBody(request, maxReviewBytes)))
      },
    })
    running = server
    log.info('serving admission', { url: server.url })
    return server
  }
  return {
    use(certificate) {
      starting ??= start(certificate)
      void starting.then(
        server => server.useCertificate(certificate),
        error => {
          failure = error instanceof Error ? error.message : String(error)
          log.error('admission cannot be served', { error })
        },
      )
    },
    url: () => running?.url,
    problem: () => failure ?? (running ? undefined : 'there is no certificate yet'),
    async close() {
      await starting?.then(
        server => server.close(),
        () => {},
      )
    },
  }
}

function answerTo(reviewer: Reviewer, body: Buffer) {
  try {
    return reviewer(JSON.parse(body.toString('utf8')) as Json) // Whatever it is, the reviewer looks at its shape.
  } catch (error) {
    if (error instanceof ReviewError || error instanceof SyntaxError) throw new HttpError(400, error.message)
    throw error
  }
}
