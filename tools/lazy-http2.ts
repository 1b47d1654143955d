/** HTTP/2 of undici, and with it Node's own, 4 MB: loaded with the first server that speaks it, of which programs meet none or few. */
import { readFileSync } from 'node:fs'
import type { Plugin } from 'esbuild'

const from = "const connectH2 = require('./client-h2.js')"
const to = "const connectH2 = (...args) => require('./client-h2.js')(...args)"

/** The plugin for the bundle. The build fails where undici no longer has the line that is exchanged. */
export function lazyHttp2(): Plugin {
  return {
    name: 'lazy-http2',
    setup(build) {
      build.onLoad({ filter: /[/\\]undici[/\\]lib[/\\]dispatcher[/\\]client\.js$/ }, ({ path: file }) => {
        const text = readFileSync(file, 'utf8')
        return text.split(from).length === 2
          ? { contents: text.replace(from, () => to) }
          : { errors: [{ text: `${file} is without ${from}` }] }
      })
    },
  }
}
