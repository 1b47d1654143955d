import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scheduleProblem } from './cron.ts'

describe('schedules of CronJobs', () => {
  const good = [
    '* * * * *',
    '*/5 0-6,18-23 1 jan-mar MON',
    '0 3 * * sun',
    '15/10 * ? * *',
    '@daily',
    '@every 1h30m',
    '  0 0  1 1 0 ',
  ]
  for (const schedule of good) it(`takes ${schedule}`, () => assert.equal(scheduleProblem(schedule), undefined))

  // What a kube-apiserver 1.37.2 says, through github.com/robfig/cron/v3.
  const bad: readonly (readonly [string, string])[] = [
    ['every day', 'expected exactly 5 fields, found 2: [every day]'],
    ['61 * * * *', 'end of range (61) above maximum (59): 61'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['* * * * mo', 'failed to parse int from mo: strconv.Atoi: parsing "mo": invalid syntax'],
    ['@sometimes', 'unrecognized descriptor: @sometimes'],
    ['@every day', 'failed to parse duration @every day: time: invalid duration "day"'],
  ]
  for (const [schedule, problem] of bad) {
    it(`refuses ${schedule}`, () => assert.equal(scheduleProblem(schedule), problem))
  }
})
