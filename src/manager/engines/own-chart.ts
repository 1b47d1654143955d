/** Serin's own chart as a Helm repository, so that members get the agent that belongs to this manager. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { parseYaml, toYaml } from '../../apimachinery/yaml.ts'
import { sendText } from '../../runtime/http-server.ts'
import { placedFile } from '../../runtime/placed-file.ts'

/** A chart that is served. */
export interface OwnChart {
  readonly name: string
  readonly version: string
  /** Answers `/charts/index.yaml` and the archive beside it; false where the path is another. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>
}

/** Where this program's chart is. */
const ownChartFolder = placedFile(import.meta, '../../../deploy/charts/serin', '../deploy/charts/serin')

/** The chart in `folder`, packed once. Throws where there is none. */
export async function loadOwnChart(folder = ownChartFolder): Promise<OwnChart> {
  const manifest = parseYaml(await readFile(path.join(folder, 'Chart.yaml'), 'utf8'))
  const chart = manifest as { readonly name: string; readonly version: string } // Our own file, held by helm lint.
  const archive = await packChart(folder, chart.name)
  const file = `${chart.name}-${chart.version}.tgz`
  const digest = createHash('sha256').update(archive).digest('hex')
  // The time says nothing that the version does not; a fixed one gives each replica the same index.
  const entry = { ...chart, urls: [file], digest, created: '2000-01-01T00:00:00Z' }
  const index = toYaml({ apiVersion: 'v1', entries: { [chart.name]: [entry] }, generated: entry.created })
  return {
    ...chart,
    async answer(request, response) {
      const at = request.url?.split('?')[0]
      if (at === '/charts/index.yaml') sendText(response, 200, index, 'text/yaml')
      else if (at === `/charts/${file}`) {
        response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': archive.length })
        response.end(archive)
      } else return false
      return true
    },
  }
}

/** As `helm package` lays it out, but the same bytes for the same files. */
async function packChart(folder: string, name: string): Promise<Buffer> {
  const tar = pack()
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = files.filter(file => file.isFile()).map(file => path.join(file.parentPath, file.name))
  for (const file of paths.sort()) {
    const inside = path.relative(folder, file).split(path.sep).join('/')
    tar.entry({ name: `${name}/${inside}`, mode: 0o644, mtime: new Date(0) }, await readFile(file))
  }
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  return gzipSync(Buffer.concat(chunks))
}
