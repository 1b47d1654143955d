/** The real Flagger, built by tools/flagger/build.sh, as a process beside a test. */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { CustomResourceDefinition } from '../../src/api/core/apiextensions-v1.ts'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'

/** A running Flagger. */
export interface RealFlagger {
  /** What it has written to its log. */
  log(): string
  /** Ends it as a kubelet would, and waits until it has. */
  stop(): Promise<void>
}

/** Starts it against the cluster of a kubeconfig file. */
export function startFlagger(options: {
  readonly assets: string
  readonly kubeconfig: string
  readonly metricsServer: string
}): RealFlagger {
  const { assets, kubeconfig, metricsServer } = options
  const args = ['-mesh-provider=istio', `-metrics-server=${metricsServer}`, `-kubeconfig=${kubeconfig}`, '-port=0']
  const child = spawn(path.join(assets, 'flagger'), [...args, '-log-level=info'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    log += text
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  return {
    log: () => log,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The definitions that upstream publishes; `name` is the file's beginning: `flagger`, `source`, `kustomize`, `helm`. */
export async function upstreamDefinitions(assets: string, name: string): Promise<readonly CustomResourceDefinition[]> {
  const folder = path.join(assets, 'crds')
  const files = (await readdir(folder)).filter(file => file.startsWith(name) && file.endsWith('.yaml'))
  const texts = await Promise.all(files.map(file => readFile(path.join(folder, file), 'utf8')))
  return texts.flatMap(text => parseYamlDocuments(text)) as unknown as CustomResourceDefinition[] // Upstream's files.
}
