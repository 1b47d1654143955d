import { meshKinds, rolloutKinds, trafficKinds } from '../../src/api/all-kinds.ts'
import { startAgent } from '../../src/manager/agent.ts'
import { permissions } from '../../src/manager/permissions.ts'
import { routerFactories } from '../../src/router/factory.ts'
import { scaledObjects } from '../conformance/rollout/host.ts'
import { definitionsOf, installDefinitions } from '../support/kinds.ts'
import { quickAgent } from '../support/quick-agent.ts'
import { startScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { accessNamespace } from './access.ts'
import { agentCases } from './agent-cases.ts'
import { describeRole } from './role.ts'

const known = new Set(Object.keys(routerFactories).map(name => name.split(':')[0]))

describeRole({
  program: 'agent',
  rows: permissions.agent.filter(({ provider }) => provider === undefined || known.has(provider)),
  network: 73,
  cases: agentCases,
  async prepare({ client }) {
    await installDefinitions(client, [
      ...definitionsOf([...rolloutKinds, ...trafficKinds, ...meshKinds]),
      scaledObjects,
    ])
    const prometheus = await startScriptedPrometheus()
    return { client, prometheus, close: () => prometheus.close() }
  },
  async start({ prometheus }, access, identity) {
    const client = access.newClient()
    const agent = await startAgent({
      ...quickAgent,
      client,
      metricsServer: prometheus.url,
      leaderElection: { namespace: accessNamespace, identity },
    })
    return { close: () => agent.close().finally(() => client.close()) }
  },
})
