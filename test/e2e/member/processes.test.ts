import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ConfigMap, type Container, Event, Namespace, Pod, Secret } from '../../../src/api/core/core-v1.ts'
import { isNotFound } from '../../../src/runtime/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestMember, type TestMember } from '../../support/member.ts'

const namespace = 'test'
const images = [{ repository: 'test/sh', program: { command: ['sh'] as const } }]

/** A container that runs a shell script. */
function shell(script: string, more: Partial<Container> = {}): Container {
  return { name: 'main', image: 'test/sh:1', args: ['-c', script], ...more }
}

describe('pods as processes', { timeout: 180_000 }, () => {
  let test: TestMember
  before(async () => {
    test = await startTestMember({ images })
    await test.member.client.create(Namespace, { metadata: { name: namespace } })
  })
  after(() => test.close())

  async function start(name: string, containers: readonly Container[], more: Partial<NonNullable<Pod['spec']>> = {}) {
    const spec = { terminationGracePeriodSeconds: 5, ...more, containers: [...containers] }
    await test.member.client.create(Pod, { metadata: { name, namespace, labels: { app: name } }, spec })
  }
  const fetchPod = (name: string) => test.member.client.fetch(Pod, { namespace, name })
  const logs = (name: string, flags = '') => test.run(`-n ${namespace} logs ${name} ${flags}`)
  /** The status of the first container as soon as `holds` does. */
  const container = (name: string, what: string, holds: (status: ContainerStatus) => unknown, withinMs = 20_000) =>
    eventually(
      `${name}: ${what}`,
      async () => {
        const status = (await fetchPod(name)).status?.containerStatuses?.[0]
        return status && holds(status) ? status : undefined
      },
      withinMs,
    )
  type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]
  const phase = (name: string, want: string) =>
    eventually(
      `${name} is ${want}`,
      async () => ((await fetchPod(name)).status?.phase === want ? want : undefined),
      20_000,
    )

  it('gives a container its environment, its address and its arguments', async () => {
    await test.member.client.create(ConfigMap, { metadata: { name: 'settings', namespace }, data: { color: 'blue' } })
    await test.member.client.create(Secret, {
      metadata: { name: 'keys', namespace },
      data: { token: Buffer.from('s3cret').toString('base64') },
    })
    const env: Container['env'] = [
      { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
      { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ]
    await start('env', [shell('echo $COLOR $TOKEN $NAME $IP $(NAME)', { env })], { restartPolicy: 'Never' })
    await phase('env', 'Succeeded')
    const { podIP } = (await fetchPod('env')).status ?? {}
    assert.match(podIP ?? '', /^127\./)
    assert.equal(await logs('env'), `blue s3cret env ${podIP} env`)
  })

  it('says why a container cannot start, and starts it when the reason is gone', async () => {
    await start(
      'waiting',
      [shell('echo $LATE', { env: [{ name: 'LATE', valueFrom: { configMapKeyRef: { name: 'late', key: 'k' } } }] })],
      {
        restartPolicy: 'Never',
      },
    )
    const { state } = await container(
      'waiting',
      'waits',
      ({ state }) => state?.waiting?.reason === 'CreateContainerConfigError',
    )
    assert.equal(state?.waiting?.message, 'configmap "late" not found')
    await test.member.client.create(ConfigMap, { metadata: { name: 'late', namespace }, data: { k: 'now' } })
    await phase('waiting', 'Succeeded')
    assert.equal(await logs('waiting'), 'now')
  })

  it('runs a sidecar beside the others, and ends it after them', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
    const beside = shell(
      'trap "test -e /shared/over && echo last; exit 0" TERM; touch /shared/up; while :; do sleep 0.1; done',
      {
        name: 'beside',
        restartPolicy: 'Always',
        startupProbe: { exec: { command: ['sh', '-c', 'test -e $SHARED/up'] }, periodSeconds: 1, failureThreshold: 30 },
        env: [{ name: 'SHARED', value: '/shared' }],
        volumeMounts,
      },
    )
    await start('sidecar', [shell('test -e /shared/up && echo first; touch /shared/over', { volumeMounts })], {
      restartPolicy: 'Never',
      initContainers: [beside],
      volumes: [{ name: 'shared', emptyDir: {} }],
    })
    await phase('sidecar', 'Succeeded')
    assert.equal(await logs('sidecar'), 'first')
    // A shell may say as well that the signal ended its sleep.
    assert.match(await logs('sidecar', '-c beside'), /last$/)
  })

  it('deletes a pod whose sidecar never starts up', async () => {
    const startupProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 100 }
    await start('stuck', [shell('sleep 600')], {
      initContainers: [shell('sleep 600', { name: 'beside', restartPolicy: 'Always', startupProbe })],
    })
    await eventually(
      'it runs',
      async () => (await fetchPod('stuck')).status?.initContainerStatuses?.[0]?.state?.running,
      20_000,
    )
    assert.equal((await fetchPod('stuck')).status?.phase, 'Pending')
    await test.run(`-n ${namespace} delete pod stuck --timeout=60s`)
  })

  it('runs a postStart hook before a container counts as running, and ends one whose hook fails', async () => {
    const hooked = (command: string[], script: string) => [
      shell(script, { lifecycle: { postStart: { exec: { command } } } }),
    ]
    await start(
      'hooked',
      hooked(['sh', '-c', 'touch hooked'], 'until test -e hooked; do sleep 0.1; done; echo hooked'),
      {
        restartPolicy: 'Never',
      },
    )
    await phase('hooked', 'Succeeded')
    await start('unhooked', hooked(['sh', '-c', 'echo no; exit 3'], 'exec sleep 600'), { restartPolicy: 'Never' })
    await phase('unhooked', 'Failed')
    const events = await test.run(`-n ${namespace} events --for pod/unhooked`)
    assert.match(events, /FailedPostStartHook.*exited with 3: no/)
  })

  it('tells a running container of new labels of its pod', async () => {
    const downwardAPI = { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] }
    await start(
      'labelled',
      [
        shell('until grep -q stage=.late /facts/labels; do sleep 0.1; done; echo seen', {
          volumeMounts: [{ name: 'facts', mountPath: '/facts' }],
        }),
      ],
      { restartPolicy: 'Never', volumes: [{ name: 'facts', downwardAPI }] },
    )
    await phase('labelled', 'Running')
    await test.run(`-n ${namespace} label pod labelled stage=late`)
    await phase('labelled', 'Succeeded')
    assert.equal(await logs('labelled'), 'seen')
  })

  it('brings changes of a ConfigMap into a running container', async () => {
    await test.member.client.create(ConfigMap, {
      metadata: { name: 'live', namespace },
      data: { 'greeting.txt': 'hello' },
    })
    await start(
      'volumes',
      [
        shell('while :; do cat /etc/live/greeting.txt; echo; sleep 0.1; done', {
          volumeMounts: [{ name: 'live', mountPath: '/etc/live' }],
        }),
      ],
      { volumes: [{ name: 'live', configMap: { name: 'live' } }] },
    )
    await eventually('it says hello', async () => (await logs('volumes', '--tail=1')) === 'hello')
    const body = { data: { 'greeting.txt': 'goodbye' } }
    await test.member.client.patch(ConfigMap, { namespace, name: 'live' }, { type: 'merge', body })
    await eventually('it says goodbye', async () => (await logs('volumes', '--tail=1')) === 'goodbye')
    const { restartCount } = await container('volumes', 'runs', ({ state }) => state?.running)
    assert.equal(restartCount, 0)
    await test.run(`-n ${namespace} delete pod volumes --force`)
  })

  it('runs init containers one after the other before the rest', async () => {
    await start('init', [shell('cat /work/steps', { volumeMounts: [{ name: 'work', mountPath: '/work' }] })], {
      restartPolicy: 'Never',
      volumes: [{ name: 'work', emptyDir: {} }],
      initContainers: ['one', 'two'].map(name => ({
        ...shell(`echo ${name} >> /work/steps`, { volumeMounts: [{ name: 'work', mountPath: '/work' }] }),
        name,
      })),
    })
    await phase('init', 'Succeeded')
    assert.equal(await logs('init', '-c main'), 'one\ntwo')
  })

  it('fails with an init container', async () => {
    await start('init-fails', [shell('echo never')], {
      restartPolicy: 'Never',
      initContainers: [{ ...shell('exit 3'), name: 'setup' }],
    })
    await phase('init-fails', 'Failed')
    const { status } = await fetchPod('init-fails')
    assert.equal(status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode, 3)
    assert.equal(status?.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing')
  })

  const ends: readonly { name: string; script: string; want: { phase: string; exitCode: number; reason: string } }[] = [
    { name: 'completed', script: 'exit 0', want: { phase: 'Succeeded', exitCode: 0, reason: 'Completed' } },
    { name: 'failed', script: 'exit 42', want: { phase: 'Failed', exitCode: 42, reason: 'Error' } },
    { name: 'killed', script: 'kill -9 $$$$', want: { phase: 'Failed', exitCode: 137, reason: 'Error' } },
  ]
  for (const { name, script, want } of ends) {
    it(`shows ${want.exitCode} for a container that ${name}`, async () => {
      await start(name, [shell(script)], { restartPolicy: 'Never' })
      await phase(name, want.phase)
      const { state } = await container(name, 'ended', ({ state }) => state?.terminated)
      assert.deepEqual([state?.terminated?.exitCode, state?.terminated?.reason], [want.exitCode, want.reason])
    })
  }

  it('says that a program is not there', async () => {
    await start('absent', [{ name: 'main', image: 'test/sh:1', command: ['sh'], args: ['/no/such/script'] }], {
      restartPolicy: 'Never',
    })
    await phase('absent', 'Failed')
    assert.match(await logs('absent'), /no\/such\/script/)
  })

  it('restarts a container that crashes at once, then with back-off, and keeps its last log', async () => {
    await start('crash', [shell('echo life; echo last words; exit 1')])
    const status = await container('crash', 'backs off', ({ state }) => state?.waiting?.reason === 'CrashLoopBackOff')
    assert.equal(status.restartCount, 2)
    assert.match(
      status.state?.waiting?.message ?? '',
      /^back-off 10s restarting failed container=main pod=crash_test\(/,
    )
    assert.equal(status.lastState?.terminated?.exitCode, 1)
    assert.equal(await logs('crash', '--previous --tail=1'), 'last words')
    assert.match(await test.run(`-n ${namespace} get pod crash`), /0\/1\s+CrashLoopBackOff\s+2/)
    const events = await eventually('the back-off is told', async () => {
      const { items } = await test.member.client.list(Event, { namespace })
      const reasons = items.filter(event => event.involvedObject.name === 'crash').map(({ reason }) => reason)
      return reasons.includes('BackOff') ? reasons : undefined
    })
    assert.ok(
      ['Scheduled', 'Pulled', 'Created', 'Started'].every(reason => events.includes(reason)),
      events.join(),
    )
    await test.run(`-n ${namespace} delete pod crash --force`)
  })

  it('restarts a container that fails its liveness probe', async () => {
    const livenessProbe = { exec: { command: ['sh', '-c', 'test ! -e sick'] }, periodSeconds: 1, failureThreshold: 1 }
    await start('sick', [shell('rm -f sick; sleep 1.5; touch sick; exec sleep 600', { livenessProbe })])
    const { lastState } = await container('sick', 'was restarted', ({ restartCount }) => restartCount > 0)
    assert.equal(lastState?.terminated?.exitCode, 143)
    await test.run(`-n ${namespace} delete pod sick --force`)
  })

  it('follows a log to the end of the container', async () => {
    await start('talks', [shell('for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done')], { restartPolicy: 'Never' })
    await container('talks', 'started', ({ state }) => state?.running ?? state?.terminated)
    assert.equal(await logs('talks', '-f'), ['1', '2', '3', '4', '5'].map(i => `line ${i}`).join('\n'))
    assert.equal(await logs('talks', '--tail=2'), 'line 4\nline 5')
  })

  it('lets a container end by itself when its pod is deleted', async () => {
    await start('polite', [shell("trap 'exit 0' TERM; while :; do sleep 0.05; done")])
    await container('polite', 'runs', ({ state }) => state?.running)
    const began = performance.now()
    await test.run(`-n ${namespace} delete pod polite`)
    assert.ok(performance.now() - began < 4_000)
  })

  it('kills a container that ignores SIGTERM when its time is up, with all that it started', async () => {
    const mark = 31_537 // What tells its processes from all others.
    await start('stubborn', [shell(`trap '' TERM; sleep ${mark} & while :; do sleep 0.05; done`)])
    await eventually('it runs', () => processesWith(`sleep ${mark}`) > 0)
    const began = performance.now()
    await test.run(`-n ${namespace} delete pod stubborn --grace-period=2`)
    const took = performance.now() - began
    assert.ok(took >= 1_900, `${took} ms`)
    await eventually('nothing of it is left', () => processesWith(`sleep ${mark}`) === 0)
  })

  it('removes a pod at once that is deleted by force', async () => {
    const mark = 31_541
    await start('forced', [shell(`trap '' TERM; sleep ${mark}`)])
    await eventually('it runs', () => processesWith(`sleep ${mark}`) > 0)
    await test.run(`-n ${namespace} delete pod forced --force`)
    await eventually('nothing of it is left', () => processesWith(`sleep ${mark}`) === 0)
    await assert.rejects(fetchPod('forced'), isNotFound)
  })
})

describe('a member that is killed', { timeout: 120_000 }, () => {
  it('takes all processes of its pods with it, within two seconds', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'serin-mortal-'))
    const mark = 31_543
    const child = fork(path.join(import.meta.dirname, '../../support/member-process.ts'), [folder, '199'])
    try {
      const kubeconfig = await new Promise<string>(resolve => child.once('message', text => resolve(String(text))))
      const client = newClient({ kubeconfig, clock: systemClock })
      const containers = [
        shell(`trap '' TERM; sleep ${mark} & wait`),
        { name: 'demo', image: 'ghcr.io/stefanprodan/podinfo:6.1.0' },
      ]
      await eventually('the service account is there', () =>
        client.create(Pod, { metadata: { name: 'doomed', namespace: 'default' }, spec: { containers } }).then(
          () => true,
          () => undefined,
        ),
      )
      await eventually(
        'the pod runs',
        async () => (await client.fetch(Pod, { namespace: 'default', name: 'doomed' })).status?.phase === 'Running',
        30_000,
      )
      const hosts = childrenOf(child.pid ?? 0)
      assert.ok(hosts.length >= 3, 'the shell, the reaper and the host of programs')
      await client.close()
      child.kill('SIGKILL')
      const killed = performance.now()
      await eventually(
        'nothing is left',
        () => processesWith(`sleep ${mark}`) === 0 && hosts.every(pid => !isAlive(pid)),
      )
      assert.ok(performance.now() - killed < 2_000)
    } finally {
      child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    }
  })
})

/** The fields of /proc/PID/stat after the program's name. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
}

function isAlive(pid: number): boolean {
  const state = statOf(pid)?.[0]
  return state !== undefined && state !== 'Z'
}

function childrenOf(parent: number): number[] {
  return pids().filter(pid => Number(statOf(pid)?.[1]) === parent)
}

/** How many living processes have that command line. */
function processesWith(commandLine: string): number {
  return pids().filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim() === commandLine && isAlive(pid)
    } catch {
      return false
    }
  }).length
}
