/** A real rollout, watched in the page from its start to Succeeded: real pods, real traffic, real metrics. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Dashboard, startDashboard } from '../../src/dashboard/server.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { canary, deployment, namespaceOf, type RolloutCluster, startRolloutCluster } from '../support/rollout.ts'
import { keepPicture, openPage, startBrowser } from './support.ts'

const analysis = {
  interval: '3s',
  stepWeight: 10,
  maxWeight: 50,
  metrics: [
    { name: 'request-success-rate', interval: '10s', thresholdRange: { min: 99 } },
    { name: 'request-duration', interval: '10s', thresholdRange: { max: 500 } },
  ],
}

describe('the page beside a real rollout', { timeout: 300_000 }, () => {
  let cluster: RolloutCluster
  let dashboard: Dashboard
  let browser: Browser
  const stop = new AbortController()
  let running: Promise<void>
  before(async () => {
    cluster = await startRolloutCluster()
    const { client, member, agent } = cluster
    const deps = { clock: systemClock, log: silentLogger }
    const informers = newInformerSet({ ...deps, client, random: Math.random })
    const one = { name: 'member', client, informers, prometheusUrl: member.prometheusUrl, decisionsUrl: agent.url }
    dashboard = await startDashboard({ ...deps, clusters: [one], token: 'let-me-in' })
    running = informers.run(stop.signal)
    browser = await startBrowser()
  })
  after(async () => {
    await browser.close()
    await dashboard.close()
    stop.abort(new Error('the test is over'))
    await running
    await cluster.close()
  })

  /** A rollout at rest, called all the time, and the page that shows it to somebody signed in. */
  async function watched(ns: string) {
    await cluster.apply(namespaceOf(ns), deployment(ns), canary(ns, analysis))
    await cluster.phase(ns, 'Initialized')
    const stopLoad = cluster.load(ns)
    const { page, errors, close } = await openPage(browser, dashboard.signInUrl)
    await page.getByText('Operator').waitFor()
    await page.goto(`${dashboard.url}/#/rollouts/member/${ns}/podinfo`)
    await shows(page, 'Initialized')
    return {
      page,
      errors,
      async close() {
        await close()
        await stopLoad()
      },
    }
  }
  const shows = (page: Page, phase: string) =>
    page.locator('.title').getByText(phase, { exact: true }).waitFor({ timeout: 90_000 })

  it('shows every step on the way to Succeeded, the values of both sides and why', async () => {
    const { page, errors, close } = await watched('watched')
    await cluster.apply(deployment('watched', ['--ui-message=new']))
    await shows(page, 'Progressing')
    for (const weight of [10, 20, 30]) await page.getByText(`canary ${weight}%`).waitFor({ timeout: 60_000 })
    await page.getByRole('img', { name: /^Success rate: primary 100%, canary 100%/ }).waitFor({ timeout: 30_000 })
    await keepPicture(page, 'real-progressing')
    await shows(page, 'Succeeded')
    await page.getByText('primary 100%').first().waitFor()
    const events = page.getByRole('region', { name: 'Events', exact: true })
    await events.getByText('Advance podinfo.watched canary weight 50').waitFor()
    await page
      .getByRole('region', { name: 'Decisions', exact: true })
      .getByText(/primary is ready with the new revision/)
      .waitFor()
    await keepPicture(page, 'real-succeeded')
    assert.deepEqual(errors, [])
    await close()
  })

  it('aborts a rollout by its button: the engine rolls back', async () => {
    const { page, close } = await watched('aborted')
    await cluster.apply(deployment('aborted', ['--ui-message=new']))
    await page.getByText('canary 10%').waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Abort' }).click()
    await shows(page, 'Failed')
    await page.getByText('canary 0%').waitFor()
    await keepPicture(page, 'real-aborted')
    await close()
  })

  it('promotes a rollout by its button: the engine leaves out what remains', async () => {
    const { page, close } = await watched('promoted')
    await cluster.apply(deployment('promoted', ['--ui-message=new']))
    await page.getByText('canary 10%').waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Promote' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Promote' }).click()
    await shows(page, 'Succeeded')
    const events = await cluster.events('promoted')
    assert.ok(!events.some(message => message.includes('canary weight 50')), events.join('\n'))
    await close()
  })
})
