// Loaded into the programs that stand for pods: leads `name:port` of Services to where they listen on loopback, as
// cluster DNS and kube-proxy would. The file CLUSTER_NETWORK maps them; `*:80` stands for any name.
import { readFileSync } from 'node:fs'
import net from 'node:net'

const connect = net.connect
net.connect = (options, ...rest) => connect(typeof options === 'object' ? redirected(options) : options, ...rest)

function redirected(options) {
  const { host, port } = options
  if (host === undefined || net.isIP(host) || host === 'localhost') return options
  const names = JSON.parse(readFileSync(process.env.CLUSTER_NETWORK, 'utf8'))
  const found = names[`${host}:${port}`] ?? names[`*:${port}`]
  if (found === undefined) return options
  const at = found.lastIndexOf(':')
  return { ...options, host: found.slice(0, at), port: Number(found.slice(at + 1)) }
}
