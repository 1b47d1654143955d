import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AgentFlags, agentSettings, clustersOf } from './agent.ts'
import { served } from './programs.ts'

const flags: AgentFlags = {
  kubeconfig: [],
  logLevel: 'info',
  leaderElectionLeaseDuration: '9s',
  leaderElectionRenewDeadline: '6s',
  leaderElectionRetryPeriod: '1500ms',
  metricsServer: 'http://prometheus:9090',
  meshProvider: 'istio',
  secretNamespaces: '*',
  enableLeaderElection: false,
  enableConfigTracking: true,
  refuseCrossNamespaceRefs: true,
  pace: 'event',
  minInterval: '10s',
  slackUser: 'flagger',
}
const defaults = {
  metricsServer: 'http://prometheus:9090',
  meshProvider: 'istio',
  configTracking: true,
  noCrossNamespaceRefs: true,
  pace: 'event',
  minIntervalMs: 10_000,
}

describe('the flags of the agent', () => {
  const cases: readonly {
    readonly name: string
    readonly given?: Partial<AgentFlags>
    readonly env?: Readonly<Record<string, string>>
    readonly want: object
  }[] = [
    { name: 'have defaults', want: {} },
    {
      name: 'are lists with commas',
      given: { selectorLabels: 'app, tier', includeLabelPrefix: 'app.kubernetes.io', secretNamespaces: 'a,b' },
      want: {
        selectorLabels: ['app', 'tier'],
        includeLabelPrefixes: ['app.kubernetes.io'],
        secretNamespaces: ['a', 'b'],
      },
    },
    { name: 'may give no Secrets at all', given: { secretNamespaces: '' }, want: { secretNamespaces: [] } },
    {
      name: 'are switches',
      given: { enableConfigTracking: false, refuseCrossNamespaceRefs: false },
      want: { configTracking: false, noCrossNamespaceRefs: false },
    },
    {
      name: 'send alerts to a channel of Slack',
      given: { slackUrl: 'http://slack', slackChannel: 'ops', slackToken: 't', slackProxyUrl: 'http://proxy' },
      want: {
        notifier: {
          type: 'slack',
          address: 'http://slack',
          channel: 'ops',
          username: 'flagger',
          token: 't',
          proxy: 'http://proxy',
        },
      },
    },
    { name: 'send nothing to Slack without a channel', given: { slackUrl: 'http://slack' }, want: {} },
    {
      name: 'prefer Teams to Slack',
      given: { slackUrl: 'http://slack', slackChannel: 'ops', msteamsUrl: 'http://teams' },
      want: { notifier: { type: 'msteams', address: 'http://teams' } },
    },
    {
      name: 'give way to the environment',
      given: { slackUrl: 'http://slack', slackChannel: 'ops', eventWebhook: 'http://events' },
      env: { SLACK_URL: 'http://other', EVENT_WEBHOOK_URL: 'http://hook' },
      want: {
        eventWebhook: 'http://hook',
        notifier: { type: 'slack', address: 'http://other', channel: 'ops', username: 'flagger' },
      },
    },
    {
      name: "take a key of AWS from the environment, under AWS's names",
      env: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'token' },
      want: { aws: { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token' } },
    },
    { name: 'take no half of such a key', env: { AWS_ACCESS_KEY_ID: 'id' }, want: {} },
  ]
  for (const { name, given = {}, env = {}, want } of cases) {
    it(name, () => assert.deepEqual(agentSettings({ ...flags, ...given }, env), { ...defaults, ...want }))
  }

  it('name an interval that is none', () => {
    assert.throws(() => agentSettings({ ...flags, minInterval: 'soon' }, {}), /--min-interval: "soon" is no duration/)
  })

  it('put the Lease into the namespace that is served, unless another one is named', () => {
    const leaseOf = (given: Partial<AgentFlags>) =>
      served({ ...flags, enableLeaderElection: true, ...given }).leaderElection?.namespace
    assert.equal(leaseOf({}), 'kube-system')
    assert.equal(leaseOf({ namespace: 'team' }), 'team')
    assert.equal(leaseOf({ namespace: 'team', leaderElectionNamespace: 'serin' }), 'serin')
  })

  it('name clusters, by their files alone or with a name', () => {
    assert.deepEqual(clustersOf([]), [{}])
    assert.deepEqual(clustersOf(['east=/etc/east.yaml', './other=x.yaml']), [
      { cluster: 'east', file: '/etc/east.yaml' },
      { file: './other=x.yaml' },
    ])
    assert.throws(() => clustersOf(['a=1', 'a=2']), /two clusters are called a/)
  })
})
