import { permissions } from '../../src/manager/permissions.ts'
import { managerCases, prepareHost, startManagerAs } from './manager-cases.ts'
import { describeRole } from './role.ts'

describeRole({
  program: 'manager',
  rows: permissions.manager,
  network: 74,
  cases: managerCases,
  prepare: prepareHost,
  start: startManagerAs,
})
