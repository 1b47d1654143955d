import { hostKinds, rolloutKinds, trafficKinds } from '../../src/api/all-kinds.ts'
import { permissions } from '../../src/manager/permissions.ts'
import { definitionsOf, installDefinitions } from '../support/kinds.ts'
import { dashboardCases, startDashboardAs } from './dashboard-cases.ts'
import { describeRole } from './role.ts'

describeRole({
  program: 'dashboard',
  rows: permissions.dashboard,
  network: 75,
  cases: dashboardCases,
  async prepare({ client }) {
    await installDefinitions(client, definitionsOf([...hostKinds, ...rolloutKinds, ...trafficKinds]))
    return { client, close: async () => {} }
  },
  start: startDashboardAs,
})
