/** A real Prometheus over blocks that promtool makes. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { runPrometheus } from '../../src/playground/prometheus/external/binary.ts'
import { systemClock } from '../../src/runtime/clock.ts'

/** The binary under comparison: `PROMETHEUS_BINARY`, or the one on PATH. */
export const prometheusBinary = process.env['PROMETHEUS_BINARY'] ?? 'prometheus'

/** A running one. */
export interface RealPrometheus {
  readonly url: string
  /** As `/api/v1/status/buildinfo` tells it, for example `2.42.0`. */
  readonly version: string
  close(): Promise<void>
}

const centuryMs = 100 * 365 * 86_400_000

/** Starts one that holds the samples of `openMetricsText`. */
export async function startRealPrometheus(openMetricsText: string): Promise<RealPrometheus> {
  const beside = path.join(path.dirname(prometheusBinary), 'promtool')
  const dir = await mkdtemp(path.join(tmpdir(), 'serin-differential-'))
  const input = path.join(dir, 'samples.om')
  await writeFile(input, openMetricsText)
  const promtool = existsSync(beside) ? beside : 'promtool'
  await promisify(execFile)(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', input, path.join(dir, 'data')])
  const running = await runPrometheus({ binary: prometheusBinary, dir, clock: systemClock, retentionMs: centuryMs })
  const answer = await fetch(`${running.url}/api/v1/status/buildinfo`)
  const { data } = (await answer.json()) as { data: { version: string } }
  return {
    url: running.url,
    version: data.version,
    async close() {
      await running.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
