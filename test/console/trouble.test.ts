import { connect } from 'e6data-connector'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import { reportToConsole } from 'e6data-local-cluster/console'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BackgroundLoad } from './background-load.ts'
import { CHROMIUM_MISSING, findChromium, launchChromium, openPage } from './chromium.ts'
import { ConsolePage } from './console-page.ts'
import { HangingConsole } from './hanging-console.ts'
import { settle } from './settle.ts'

if (findChromium()) describe('the console when things go wrong, in Chromium', tests)
else console.warn(`${CHROMIUM_MISSING}: install it to run these tests`)

function tests(): void {
  let browser: Browser
  let cluster: LocalCluster
  let view: ConsolePage

  beforeAll(async () => {
    ;[browser, cluster] = await Promise.all([launchChromium(), startCluster({ rows: 5000, batchRows: 500 })])
    view = new ConsolePage((await openPage(browser)).page)
  })

  beforeEach(async () => {
    await view.page.setViewportSize({ width: 1360, height: 960 })
    await view.open(cluster.consoleUrl!)
  })

  afterEach(() => settle(cluster))

  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  it('marks its data as stale while the server hangs, disables its controls, and continues when the server answers', async () => {
    await using hanging = await HangingConsole.start()
    await view.open(hanging.url)
    await view.told('No program has reported yet')
    hanging.stop()
    await view.page.locator('#link', { hasText: /no news for \d+ s/ }).waitFor()
    await view.page.evaluate(`window.posts = 0; fetch = () => { window.posts += 1; return new Promise(() => {}) }`)
    await view.page.evaluate(`document.querySelector('#editor-form button').click()`)
    expect(await view.page.evaluate('window.posts')).toBe(0)
    const opacity = `Number(getComputedStyle(document.querySelector('main')).opacity)`
    expect(await view.page.evaluate(opacity)).toBeLessThan(1)
    hanging.goOn()
    await view.page.locator('#link', { hasText: /^live$/ }).waitFor()
  })

  it('shows a dead engine with advice, and the result of a button next to it', async () => {
    const { active } = cluster
    await view.press(`Kill ${active}'s engine`)
    await view.told(`${active === 'blue' ? 'Blue' : 'Green'} is active, and its engine is down`)
    await view.page.locator('#state-action', { hasText: `Start ${active}'s engine` }).waitFor()
    await view.page.locator('#hard-buttons-said', { hasText: 'done.' }).waitFor()
    await view.press(`Start ${active}'s engine`)
    await view.told(`Everything runs on ${active}`)
  })

  it('lists failures by message, code and program, with the last statement', async () => {
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    await using _reporter = reportToConsole([connection], {
      url: cluster.consoleUrl!,
      name: 'nightly',
      intervalMs: 100,
    })
    await view.program('nightly').waitFor()
    for (let run = 0; run < 2; run += 1)
      await connection.query('SELECT missing_column FROM orders').catch(() => undefined)
    const row = view.page.locator('#failure-rows tr', { hasText: 'missing_column' })
    await row.getByText('2 ×').waitFor()
    await row.getByText('nightly').waitFor()
    await view.page.locator('#story[data-mood=bad]', { hasText: 'failed in the last minute' }).waitFor()
  })

  it('shows one rate everywhere', async () => {
    await using _load = await BackgroundLoad.start(cluster, ['reports'])
    await view.program('reports').waitFor()
    const rates = `[...document.querySelectorAll('.lane .figure:last-child, #source-rate, [data-tile="Queries per second"] .value, .chart output')]
      .slice(0, 6).map((it) => parseFloat(it.textContent) || 0)`
    await expect.poll(async () => ((await view.page.evaluate(rates)) as number[]).some((rate) => rate > 0)).toBe(true)
    const [source, blue, green, tile, blueKey, greenKey] = (await view.page.evaluate(rates)) as number[]
    expect([blueKey, greenKey]).toEqual([blue, green])
    expect(tile).toBe(source)
  })

  it('continues to draw after its element was hidden and shown again', async () => {
    const { page } = await openPage(browser)
    await page.addInitScript(`globalThis.seen = []; globalThis.IntersectionObserver = class {
      constructor(tell) { seen.push(tell) } observe() {} unobserve() {} disconnect() {} }`)
    const other = new ConsolePage(page)
    await other.open(cluster.consoleUrl!)
    await other.press('Start a demo load')
    await page.evaluate('for (const tell of seen) tell([{ isIntersecting: false }, { isIntersecting: true }])')
    const picture = () => page.evaluate(`document.querySelector('#flow').toDataURL()`)
    const before = await picture()
    await expect.poll(picture, { timeout: 20_000 }).not.toBe(before)
    await other.press('Stop the demo load')
    await page.context().close()
  })

  it('sorts and copies a result, and recalls statements', async () => {
    const statement = view.page.getByLabel('Statement', { exact: true })
    await statement.fill("SELECT * FROM (VALUES (2, 'b'), (10, 'a')) AS t (n, s)")
    await view.press('Run')
    const cells = () => view.page.getByRole('region', { name: 'Rows' }).getByRole('cell').allTextContents()
    await view.page.locator('#editor-said', { hasText: '2 rows' }).waitFor()
    expect(await cells()).toEqual(['2', 'b', '10', 'a'])
    await view.button('s').click()
    await expect.poll(cells).toEqual(['10', 'a', '2', 'b'])
    await view.button('n').click()
    await expect.poll(cells).toEqual(['2', 'b', '10', 'a'])
    await statement.fill('SELECT 2')
    await statement.press('Control+ArrowUp')
    expect(await statement.inputValue()).toContain('VALUES (2')
    expect(await view.page.locator('#sql-colors .sql-keyword').first().textContent()).toBe('SELECT')
  })

  it('is short on a phone, with its rarely used parts folded', async () => {
    await view.page.setViewportSize({ width: 360, height: 780 })
    await view.page.reload()
    await view.told('Everything runs on')
    await expect.poll(() => view.page.evaluate('document.documentElement.scrollHeight')).toBeLessThan(2000)
    expect(await view.overflow()).toBe(0)
    await view.picture('phone-short', { whole: true })
    // A rotated phone has room for them.
    const meaning = view.page.getByText('The connector', { exact: true })
    expect(await meaning.isVisible()).toBe(false)
    await view.page.setViewportSize({ width: 780, height: 360 })
    await meaning.waitFor()
    await view.page.getByLabel('Statement', { exact: true }).waitFor()
  })
}
