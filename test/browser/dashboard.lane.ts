/** The dashboard's page in Chromium, over Canaries whose status the test writes. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Canary } from '../../src/api/flagger/v1beta1.ts'
import {
  applyCanary,
  applyFleet,
  applyNamespace,
  type DashboardUnderTest,
  setStatus,
  startDashboardUnderTest,
} from '../support/dashboard.ts'
import { keepPicture, openPage, startBrowser } from './support.ts'

const rolloutPath = '/#/rollouts/kurator-member1/webapp/backend'
const progressing = {
  type: 'Promoted',
  status: 'Unknown',
  reason: 'Progressing',
  message: 'New revision detected, progressing canary analysis.',
}

let test: DashboardUnderTest
let browser: Browser
before(async () => {
  test = await startDashboardUnderTest()
  browser = await startBrowser()
  await applyNamespace(test.member.client)
  await applyFleet(test.host)
  await applyCanary(test.member.client, 'backend', {
    phase: 'Progressing',
    canaryWeight: 10,
    conditions: [progressing],
  })
})
after(async () => {
  await browser.close()
  await test.close()
})

/** What axe-core finds wrong. It is put into the page by the debugger, which the page's policy does not bind. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  const found = await page.evaluate('axe.run()')
  const { violations } = found as {
    violations: readonly { id: string; help: string; nodes: readonly { html: string }[] }[]
  } // axe's own result
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

for (const colorScheme of ['light', 'dark'] as const) {
  describe(`the page in ${colorScheme} colours`, () => {
    const places = [
      { name: 'overview', path: '/', shows: 'Under way' },
      { name: 'rollouts', path: '/#/rollouts', shows: 'Rollouts' },
      { name: 'application', path: '/#/applications/default/rollout-demo', shows: 'rollout-demo' },
      { name: 'rollout', path: rolloutPath, shows: 'Primary against canary' },
      { name: 'not-found', path: '/#/rollouts/mars/a/b', shows: 'Rollout not found' },
    ]
    for (const { name, path, shows } of places) {
      it(`shows ${name} without anything that keeps people out, and without an error`, async () => {
        const { page, errors, close } = await openPage(browser, test.dashboard.url + path, { colorScheme })
        await page.getByRole('heading', { name: shows }).first().waitFor()
        await page.getByText('Live', { exact: true }).waitFor()
        await keepPicture(page, `${name}-${colorScheme}`)
        assert.deepEqual(await violationsOf(page), [])
        assert.deepEqual(errors, [])
        await close()
      })
    }
  })
}

describe('the page', () => {
  it('leads from the fleet to the application to the rollout by keyboard', async () => {
    const { page, close } = await openPage(browser, test.dashboard.url)
    await page.getByRole('link', { name: 'rollout-demo' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'default/rollout-demo' }).waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'main')
    await page.getByRole('link', { name: 'kurator-member1' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'webapp/backend' }).waitFor()
    assert.equal(new URL(page.url()).hash, rolloutPath.slice(1))
    await close()
  })

  it('shows a new weight and tells of a new phase without being loaded again', async () => {
    const { page, close } = await openPage(browser, test.dashboard.url + rolloutPath)
    await page.getByText('canary 10%').waitFor()
    await setStatus(test.member.client, 'backend', { phase: 'Progressing', canaryWeight: 20 })
    await page.getByText('canary 20%').waitFor()
    await setStatus(test.member.client, 'backend', { phase: 'Promoting', canaryWeight: 50 })
    await page.getByText('backend in kurator-member1: Promoting, canary 50 percent.').waitFor({ state: 'attached' })
    await close()
  })

  it('says why its buttons do nothing for those who only look', async () => {
    const { page, close } = await openPage(browser, test.dashboard.url + rolloutPath)
    const pause = page.getByRole('button', { name: 'Pause' })
    await pause.waitFor()
    assert.equal(await pause.getAttribute('aria-disabled'), 'true')
    await page.getByText('Sign in with a token to pause, promote or abort.').waitFor()
    await close()
  })

  it('pauses, resumes and aborts for those who signed in, and asks before it aborts', async () => {
    const { client } = test.member
    const canary = () => client.fetch(Canary, { namespace: 'webapp', name: 'backend' })
    await setStatus(client, 'backend', { phase: 'Progressing', canaryWeight: 30 })
    const { page, errors, close } = await openPage(browser, test.dashboard.signInUrl)
    await page.getByText('Operator').waitFor()
    assert.equal(page.url().includes('token'), false)
    await page.goto(test.dashboard.url + rolloutPath)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Progressing (paused)').waitFor()
    assert.equal((await canary()).spec.suspend, true)
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.getByRole('button', { name: 'Abort' }).click()
    const question = page.getByRole('alertdialog')
    await keepPicture(page, 'abort-question')
    assert.deepEqual(await violationsOf(page), [])
    await question.getByRole('button', { name: 'Abort' }).click()
    await page.getByText('Abort: done.').waitFor()
    assert.equal((await canary()).status?.failedChecks, 2)
    assert.deepEqual(errors, [])
    await close()
  })

  it('refuses a wrong token in the dialog and says so', async () => {
    const { page, close } = await openPage(browser, test.dashboard.url)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Token').fill('made-up')
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.getByText('The token is not the one of this dashboard.').waitFor()
    await keepPicture(page, 'sign-in')
    assert.deepEqual(await violationsOf(page), [])
    await close()
  })

  it('fits a telephone', async () => {
    const { page, close } = await openPage(browser, test.dashboard.url + rolloutPath, {
      viewport: { width: 390, height: 844 },
    })
    await page.getByRole('heading', { name: 'webapp/backend' }).waitFor()
    await keepPicture(page, 'rollout-narrow')
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    assert.ok(Number(overflow) <= 0, `the page is ${overflow} px wider than the screen`)
    await close()
  })
})

describe('500 rollouts', () => {
  const count = 500
  before(async () => {
    const names = Array.from({ length: count - 1 }, (_, index) => `service-${String(index).padStart(3, '0')}`)
    const phases = ['Succeeded', 'Progressing', 'Failed', 'Initialized', 'WaitingPromotion'] as const
    for (let start = 0; start < names.length; start += 25) {
      const some = names.slice(start, start + 25)
      await Promise.all(
        some.map((name, index) =>
          applyCanary(test.member.client, name, {
            phase: phases[(start + index) % phases.length] ?? 'Succeeded',
            canaryWeight: index % 50,
          }),
        ),
      )
    }
  })

  it('are all listed soon after the page was asked for', async context => {
    const { page, errors, close } = await openPage(browser, `${test.dashboard.url}/#/rollouts`)
    await page.getByText(`${count} of ${count}`).waitFor()
    await page.reload()
    await page.getByText(`${count} of ${count}`).waitFor()
    // The mark that the page sets when the first state is drawn, counted from the start of the navigation.
    const firstMs = Number(await page.evaluate(`performance.getEntriesByName('first-state')[0].startTime`))
    context.diagnostic(`first render of ${count} rollouts: ${Math.round(firstMs)} ms after navigation`)
    await keepPicture(page, 'rollouts-500', { fullPage: false })
    assert.ok(firstMs < 5_000, `${firstMs} ms`)
    assert.deepEqual(errors, [])
    await close()
  })

  it('are narrowed down as one types, and the address keeps it', async () => {
    const { page, close } = await openPage(browser, `${test.dashboard.url}/#/rollouts?show=failed`)
    await page.getByText(`100 of ${count}`).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('service-002')
    await page.getByText(`1 of ${count}`).waitFor()
    assert.match(page.url(), /show=failed&q=service-002/)
    await close()
  })
})
