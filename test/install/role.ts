/** Holds the role of a program on a real API server: no right is missing, and each one is needed. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Namespace } from '../../src/api/core/core-v1.ts'
import type { Permission, PermittedProgram } from '../../src/manager/permissions.ts'
import { eventually } from '../support/eventually.ts'
import { type Access, newAccess } from './access.ts'
import { type Asked, type RealCluster, startRealCluster } from './real-cluster.ts'

/** One thing that a program does, in a namespace of its own. */
export interface RoleCase<E> {
  readonly name: string
  run(env: E, ns: string): Promise<void>
}

/** A program, and what it is to do. */
export interface RoleUnderTest<E extends { close(): Promise<void> }> {
  readonly program: PermittedProgram
  readonly rows: readonly Permission[]
  /** Of loopback addresses; see {@link startRealCluster}. */
  readonly network: number
  readonly cases: readonly RoleCase<E>[]
  /** Kinds and servers that the cases need. */
  prepare(cluster: RealCluster): Promise<E>
  /** Starts the program under the account. `identity` is another one each time. */
  start(env: E, access: Access, identity: string): Promise<{ close(): Promise<void> }>
}

/** `patch canaries/status.flagger.app`: what the audit log and the table have in common. */
const atomOf = ({ verb, resource, group }: Pick<Asked, 'verb' | 'resource' | 'group'>) => `${verb} ${resource}.${group}`
const atomsOf = ({ verbs, resources, group }: Permission) =>
  verbs.flatMap(verb => resources.map(resource => atomOf({ verb, resource, group })))
/** An apply that makes its object needs the right to create it too, of which the log does not speak. */
const usedIn = (asked: Asked) =>
  asked.verb === 'patch' && asked.code === 201 ? [atomOf(asked), atomOf({ ...asked, verb: 'create' })] : [atomOf(asked)]

/** Declares the tests. */
export function describeRole<E extends { close(): Promise<void> }>(role: RoleUnderTest<E>): void {
  const { program, rows, cases } = role
  describe(`the ${program}'s role, on a real API server`, { timeout: 1_200_000 }, () => {
    let cluster: RealCluster
    let env: E
    let access: Access
    /** The first case that used a right. */
    const usedBy = new Map<string, number>()
    let round = 0

    before(async () => {
      cluster = await startRealCluster({ network: role.network, streamedLists: false })
      env = await role.prepare(cluster)
      access = await newAccess(cluster, program)
    })
    after(async () => {
      await env?.close()
      await cluster?.close()
    })

    const asked = () => cluster.asked().filter(({ user }) => user === access.user)

    async function withProgram(task: () => Promise<void>): Promise<void> {
      const running = await role.start(env, access, `${program}-${++round}`)
      try {
        await task()
      } finally {
        await running.close().catch(() => {}) // It may have lost rights that it needs for its end.
      }
    }

    async function runCase(index: number): Promise<void> {
      const ns = `case-${index}-${round}`
      await cluster.client.create(Namespace, { metadata: { name: ns } })
      await cases[index]?.run(env, ns)
    }

    for (const [index, { name }] of cases.entries()) {
      it(`is enough: ${name}`, { timeout: 300_000 }, async () => {
        await access.grant(rows)
        const before = asked().length
        await withProgram(() => runCase(index))
        const now = asked().slice(before)
        assert.deepEqual([...new Set(now.filter(({ code }) => code === 403).map(atomOf))], [])
        for (const atom of now.flatMap(usedIn)) if (!usedBy.has(atom)) usedBy.set(atom, index)
      })
    }

    it('names no right that nothing uses', () => {
      assert.deepEqual(
        rows.flatMap(atomsOf).filter(atom => !usedBy.has(atom)),
        [],
      )
    })

    for (const [at, row] of rows.entries()) {
      it(`needs ${row.verbs.join(', ')} on ${row.resources.join(', ')}: ${row.why}`, { timeout: 120_000 }, async () => {
        const atoms = new Set(atomsOf(row))
        const index = [...atoms].map(atom => usedBy.get(atom)).find(each => each !== undefined)
        assert.ok(index !== undefined, 'no case uses it')
        await access.grant(rows.filter((_, i) => i !== at))
        const before = asked().length
        const isRefused = () =>
          asked()
            .slice(before)
            .some(each => each.code === 403 && atoms.has(atomOf(each)))
        await withProgram(async () => {
          // The case cannot come to its end; that it is refused what the row is about says why.
          const running = runCase(index).catch(() => {})
          await eventually(`"${cases[index]?.name}" is refused it`, async () => isRefused(), 60_000)
          void running
        })
      })
    }
  })
}
