/** A whole local member for a test, and what a person would do with it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { allKinds } from '../../src/api/all-kinds.ts'
import { type Member, type MemberOptions, startMember } from '../../src/playground/member.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { type Kubectl, newKubectl } from './kubectl.ts'

/** A member, its kubectl, and its end. */
export interface TestMember {
  readonly member: Member
  readonly kubectl: Kubectl
  /** Runs kubectl and gives what it printed; throws what it complained about. */
  run(commandLine: string): Promise<string>
  close(): Promise<void>
}

/** Starts a member with a folder of its own. */
export async function startTestMember(options: Partial<MemberOptions> = {}): Promise<TestMember> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-member-'))
  const member = await startMember({
    name: 'member',
    network: 200 + Math.floor(Math.random() * 50),
    kinds: allKinds,
    podFolder: folder,
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
    ...options,
  })
  const kubectl = await newKubectl(member.api.kubeconfig)
  return {
    member,
    kubectl,
    async run(commandLine) {
      const { code, stdout, stderr } = await kubectl.run(`kubectl ${commandLine}`)
      if (code !== 0) throw new Error(`kubectl ${commandLine}: ${stderr}`)
      return stdout.trim()
    },
    async close() {
      await kubectl.close()
      await member.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One GET through a proxy or gateway, on a connection of its own. */
export function get(
  via: string,
  target: { readonly host: string; readonly path?: string; readonly absolute: boolean },
): Promise<{ readonly status: number; readonly body: string }> {
  const { hostname, port } = new URL(via)
  const { host, path: at = '/', absolute } = target
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, path: absolute ? `http://${host}${at}` : at, headers: { host }, agent: false },
      async response => {
        let body = ''
        for await (const chunk of response) body += chunk
        resolve({ status: response.statusCode ?? 0, body })
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}
