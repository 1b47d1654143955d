/** A real browser that looks at the dashboard. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const artefacts = path.join(import.meta.dirname, '../../test-artefacts/dashboard')

/** Starts a browser without anything that calls out. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A page in a context of its own that fails the test on any error in it. */
export async function openPage(browser: Browser, url: string, more: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...more })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', error => errors.push(String(error)))
  page.on('console', message => {
    // Refused actions are answers, not faults.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) errors.push(message.text())
  })
  await page.goto(url)
  return { page, errors, close: () => context.close() }
}

/** Keeps a picture for people to look at. */
export async function keepPicture(page: Page, name: string, { fullPage = true } = {}): Promise<void> {
  await mkdir(artefacts, { recursive: true })
  await page.screenshot({ path: path.join(artefacts, `${name}.png`), fullPage })
}
