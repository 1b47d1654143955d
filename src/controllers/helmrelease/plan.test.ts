import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HelmRelease } from '../../api/helm/v2.ts'
import { decideStep, formerRelease, type Revision, type Step, type Wanted } from './plan.ts'

type Spec = Partial<HelmRelease['spec']>
type Status = NonNullable<HelmRelease['status']>

const wanted: Wanted = { chartName: 'web', chartVersion: '1.0.0', configDigest: 'sha256:values' }
const snapshot = {
  name: 'web',
  namespace: 'shop',
  version: 1,
  status: 'deployed',
  chartName: 'web',
  chartVersion: '1.0.0',
  configDigest: 'sha256:values',
  digest: 'sha256:release',
  firstDeployed: '2026-01-01T00:00:00Z',
  lastDeployed: '2026-01-01T00:00:00Z',
}
const deployed: readonly Revision[] = [{ version: 1, status: 'deployed' }]

function release(spec: Spec, status: Status): HelmRelease {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'web', namespace: 'shop', generation: 1 },
    spec: { interval: '10m', ...spec },
    status,
  }
}

describe('the next step of a release', () => {
  const failedTest = {
    type: 'TestSuccess',
    status: 'False' as const,
    reason: 'TestFailed',
    message: 'no',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  const afterFailedTest = {
    history: [{ ...snapshot, testHooks: {} }],
    conditions: [failedTest],
    lastAttemptedReleaseAction: 'upgrade' as const,
  }
  const failedUpgrade: readonly Revision[] = [
    { version: 1, status: 'superseded' },
    { version: 2, status: 'failed' },
  ]
  const cases: readonly {
    name: string
    spec: Spec
    status: Status
    revisions?: readonly Revision[]
    want: Step
  }[] = [
    { name: 'is none where all is as wanted', spec: {}, status: { history: [snapshot] }, want: { kind: 'done' } },
    {
      name: 'is the test where there is one to run',
      spec: { test: { enable: true } },
      status: { history: [snapshot] },
      want: { kind: 'test' },
    },
    {
      name: 'is to give up after a failed test that was counted, where nothing is to be remediated',
      spec: { test: { enable: true } },
      status: { ...afterFailedTest, upgradeFailures: 1 },
      want: { kind: 'stall', reason: 'RetriesExceeded', message: 'Failed to upgrade after 1 attempt(s)' },
    },
    {
      name: 'is to roll back after a failed test, as after a failed upgrade',
      spec: { test: { enable: true }, upgrade: { remediation: { retries: 1 } } },
      status: { ...afterFailedTest, history: [{ ...snapshot, version: 2, testHooks: {} }], upgradeFailures: 1 },
      revisions: [
        { version: 1, status: 'superseded' },
        { version: 2, status: 'deployed' },
      ],
      want: { kind: 'rollback', to: 1 },
    },
    {
      name: 'is none after a failed test where the remediation ignores tests',
      spec: { test: { enable: true }, upgrade: { remediation: { retries: 1, ignoreTestFailures: true } } },
      status: afterFailedTest,
      want: { kind: 'done' },
    },
    {
      name: 'is none after a failed test where all failures of tests are ignored',
      spec: { test: { enable: true, ignoreFailures: true } },
      status: afterFailedTest,
      want: { kind: 'done' },
    },
    {
      name: 'is a rollback after a failed upgrade with retries',
      spec: { upgrade: { remediation: { retries: 1 } } },
      status: { history: [snapshot], lastAttemptedReleaseAction: 'upgrade', upgradeFailures: 1 },
      revisions: failedUpgrade,
      want: { kind: 'rollback', to: 1 },
    },
    {
      name: 'is the same upgrade again where the strategy says so, however often it has failed',
      spec: { upgrade: { strategy: { name: 'RetryOnFailure' } } },
      status: { history: [snapshot], lastAttemptedReleaseAction: 'upgrade', upgradeFailures: 9 },
      revisions: failedUpgrade,
      want: { kind: 'upgrade' },
    },
    {
      name: 'is the same installation again where the strategy says so and nothing is there',
      spec: { install: { strategy: { name: 'RetryOnFailure' } } },
      status: { lastAttemptedReleaseAction: 'install', installFailures: 9 },
      revisions: [],
      want: { kind: 'install' },
    },
  ]
  for (const c of cases) {
    it(c.name, () => {
      const { spec, status, revisions = deployed } = c
      assert.deepEqual(decideStep({ release: release(spec, status), wanted, revisions, isForced: false }), c.want)
    })
  }
})

describe('the release that another one takes the place of', () => {
  const former = { name: 'web', namespace: 'shop' }
  const cases: readonly { name: string; spec: Spec; of?: object; want: typeof former | undefined }[] = [
    { name: 'is none where it is the same', spec: {}, want: undefined },
    {
      name: 'is none where only the version of the chart differs',
      spec: {},
      of: { chartVersion: '2' },
      want: undefined,
    },
    { name: 'is the one of the other name', spec: { releaseName: 'other' }, want: former },
    { name: 'is the one in the other namespace', spec: { targetNamespace: 'b', releaseName: 'web' }, want: former },
    { name: 'is the one of the other chart', spec: {}, of: { chartName: 'old' }, want: former },
    {
      name: 'is none where the chart may change its name in place',
      spec: { upgrade: { chartNameChangeStrategy: 'InPlaceUpdate' } },
      of: { chartName: 'old' },
      want: undefined,
    },
  ]
  for (const c of cases) {
    it(c.name, () => {
      assert.deepEqual(formerRelease(release(c.spec, { history: [{ ...snapshot, ...c.of }] }), wanted), c.want)
    })
  }

  it('is none before the first one', () => assert.equal(formerRelease(release({}, {}), wanted), undefined))
})
