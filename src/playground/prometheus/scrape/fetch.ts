/** Getting an exposition over HTTP, within a size and a time. */
import { type Agent, requestUrl } from '../../../runtime/undici.ts'
import type { Target } from './target.ts'

/** Bounds of one scrape. */
export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBodyBytes: number
}

/** A target did not give its metrics. */
export class ScrapeError extends Error {
  override readonly name = 'ScrapeError'
  readonly reason = 'ScrapeFailed'
}

const accepted =
  'application/openmetrics-text;version=1.0.0;q=0.75,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=0.0.4;q=0.3,*/*;q=0.1'

/** The body and its type. Throws {@link ScrapeError}, or what the signal was aborted with. */
export async function fetchExposition(
  target: Target,
  agent: Agent,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<{ text: string; contentType: string }> {
  if (target.collect) return { text: await target.collect(), contentType: '' }
  const { statusCode, headers, body } = await requestUrl(agent, target.url, {
    method: 'GET',
    signal,
    headers: {
      accept: accepted,
      'user-agent': 'Serin-Prometheus',
      'x-prometheus-scrape-timeout-seconds': String(limits.timeoutMs / 1000),
    },
  })
  if (statusCode !== 200) {
    await body.dump({ limit: limits.maxBodyBytes, signal })
    throw new ScrapeError(`server returned HTTP status ${statusCode}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.maxBodyBytes) {
      body.destroy()
      throw new ScrapeError(`body is larger than ${limits.maxBodyBytes} bytes (maxBodyBytes)`)
    }
    chunks.push(chunk)
  }
  const contentType = headers['content-type']
  return {
    text: Buffer.concat(chunks).toString('utf8'),
    contentType: Array.isArray(contentType) ? (contentType[0] ?? '') : (contentType ?? ''),
  }
}
