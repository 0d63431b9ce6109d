import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'

const SCREENSHOTS = fileURLToPath(new URL('../../.build/screenshots/', import.meta.url))
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface Violation {
  id: string
  impact: string
  help: string
  nodes: { html: string }[]
}

/** The console as users see it: by its text and buttons. */
export class ConsolePage {
  constructor(readonly page: Page) {}

  async open(url: string): Promise<void> {
    await this.page.goto('about:blank') // else an address that differs behind its # alone would load nothing
    await this.page.goto(url)
    await this.page.locator('#link', { hasText: 'live' }).waitFor()
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' })
  }

  /** Presses a button once it is enabled. */
  async press(name: string | RegExp): Promise<void> {
    await this.page.locator('button:not([aria-disabled])').and(this.button(name)).click()
  }

  /** Resolves when the title of the state contains this. */
  async told(title: string): Promise<void> {
    await this.page.locator('#state-title', { hasText: title }).waitFor()
  }

  /** Resolves when a moment contains this. */
  async happened(text: string): Promise<void> {
    await this.page.locator('#moments li', { hasText: text }).first().waitFor()
  }

  lane(strategy: 'blue' | 'green'): Locator {
    return this.page.getByRole('region', { name: `${strategy} lane` })
  }

  tile(name: string): Locator {
    return this.page.locator(`[data-tile="${name}"] .value`)
  }

  program(name: string): Locator {
    return this.page.locator(`[data-program="${name}"]`)
  }

  /** Saves a screenshot for people. */
  async picture(name: string, options: { whole?: boolean } = {}): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true })
    if (options.whole) await this.page.evaluate('scrollTo(0, 0)')
    await this.page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: options.whole ?? false })
  }

  /** The accessibility violations of the current page, one per line. */
  async accessibilityFaults(): Promise<string[]> {
    // Put in by the debugger, which the page's content policy does not bind.
    await this.page.evaluate(`${await readFile(AXE, 'utf8')};undefined`)
    const violations = (await this.page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[]
    return violations.flatMap(({ id, impact, help, nodes }) =>
      nodes.map(({ html }) => `${impact} ${id}: ${help}: ${html}`),
    )
  }

  /** How much the page is wider than the viewport, in pixels. */
  async overflow(): Promise<number> {
    const root = 'document.documentElement'
    return (await this.page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`)) as number
  }
}
