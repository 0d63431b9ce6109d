import { connect } from 'e6data-connector'
import { type LocalCluster, startCluster } from 'e6data-local-cluster'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AttackingPage } from './attacking-page.ts'
import { BackgroundLoad } from './background-load.ts'
import { CHROMIUM_MISSING, findChromium, launchChromium, openPage, type WatchedPage } from './chromium.ts'
import { ConsolePage } from './console-page.ts'
import { settle } from './settle.ts'

describe('without chromium', () => {
  it('opening it fails with a clear error', async () => {
    expect(findChromium('/nowhere')).toBeUndefined()
    await expect(launchChromium('/nowhere')).rejects.toThrow(CHROMIUM_MISSING)
  })
})

if (findChromium()) describe('the console, in Chromium', tests)
else console.warn(`${CHROMIUM_MISSING}: install it to run these tests`)

function tests(): void {
  let browser: Browser
  let cluster: LocalCluster
  let watched: WatchedPage
  let view: ConsolePage

  beforeAll(async () => {
    ;[browser, cluster] = await Promise.all([
      launchChromium(),
      startCluster({ rows: 60_000, batchRows: 1000, resumeMs: 50 }),
    ])
    watched = await openPage(browser)
    view = new ConsolePage(watched.page)
  })

  beforeEach(async () => {
    await watched.page.setViewportSize({ width: 1360, height: 960 })
    await watched.page.emulateMedia({ colorScheme: 'light' })
    await view.open(String(cluster.consoleUrl))
    watched.complaints.length = 0
  })

  afterEach(() => settle(cluster))

  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  it('steps through a switch by its buttons under load, and no query fails', async () => {
    await using load = await BackgroundLoad.start(cluster, ['reports', 'dashboard'])
    await view.told('Everything runs on blue')
    await view.program('reports').getByText('blue').first().waitFor()

    await view.press('Announce green')
    await view.told('Green is announced, not ready')
    await view.lane('green').getByText('announced: no clients yet').waitFor()
    await view.picture('announced')

    await view.press('Let green accept')
    await view.told('Green is ready; new work moves there')
    await view.happened('reports moved to green')
    await view.happened('dashboard moved to green')
    await view.picture('ready')

    await view.press('Cut over')
    await view.told('New work belongs to green; blue drains')
    await view.lane('blue').getByText('drains: finishes running queries').waitFor()
    await view.lane('green').getByText('serves new work').waitFor()

    await view.press('Retire blue') // no query is left there
    await view.told('Everything runs on green')
    await view.tile('Switches').getByText('1').waitFor()
    const { queries } = load
    await expect.poll(() => load.queries).toBeGreaterThan(queries)
    await view.picture('retired', { whole: true })

    expect(await view.tile('Failed in the last minute').textContent()).toBe('0')
    expect(load.failures).toEqual([])
    expect(cluster.state).toEqual({ kind: 'stable', active: 'green' })
    expect(watched.complaints).toEqual([])
  })

  it('shows a switch that is rolled back', async () => {
    const { active } = cluster
    const next = active === 'blue' ? 'green' : 'blue'
    await view.press(`Announce ${next}`)
    await view.press('Cut over') // before green accepts: neither deployment does
    await view.told('Both deployments refuse new work')
    await view.press('Roll back')
    await view.told(`Rolled back: ${active} serves again`)
    await view.happened(`Rolled back to ${active}`)
    await view.press(new RegExp(`^Retire ${next}`))
    await view.told(`Everything runs on ${active}`)
  })

  it('runs a complete switch by one button, under its demo load, while slow queries drain', async () => {
    const { active } = cluster
    const next = active === 'blue' ? 'green' : 'blue'
    await view.press('Start a demo load')
    await view.page.locator('#query-rows tr[data-state=running]').nth(2).waitFor()
    await view.press(`Deploy ${next}`)
    await view.told(`New work belongs to ${next}; ${active} drains`)
    await view.picture('draining')
    await view.told(`Everything runs on ${next}`)
    await view.press('Stop the demo load')
    await view.button('Start a demo load').waitFor()
    expect(await view.tile('Failed in the last minute').textContent()).toBe('0')
    expect(watched.complaints).toEqual([])
  })

  it('suspends the cluster and resumes it', async () => {
    await view.press('Suspend')
    await view.told('The cluster is suspended')
    await view.press('Resume')
    await view.told('Everything runs on')
    await view.happened('The cluster is active again')
  })

  it('injects faults, shows the calls they hit, and removes them', async () => {
    await view.page.getByLabel('What goes wrong').selectOption({ label: 'Every login hangs until released' })
    await view.page.getByLabel('On', { exact: true }).selectOption(cluster.active)
    await view.press('Inject')
    const fault = view.page.locator('#fault-list li')
    await fault.getByText(`hold: authenticate on ${cluster.active} every time`).waitFor()
    await using stalled = await startLogin(cluster)
    await fault.getByText('holds 1').waitFor()
    await fault.getByRole('button', { name: /^Remove/ }).click()
    await view.page.locator('#no-faults').waitFor()
    await stalled.done
  })

  it("shows the cluster's message when it refuses a request", async () => {
    await view.page.getByText('As the admin API takes it').click()
    await view.page.getByLabel('A fault, as JSON').fill('{ "fault": { "kind": "explode" } }')
    await view.press('Inject')
    await view.page.locator('#fault-said', { hasText: 'fault.kind must be one of' }).waitFor()
  })

  it('shows queries as they run, and cancels them', async () => {
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    await using cursor = connection.cursor()
    await cursor.execute('SELECT o.*, c.name FROM orders o, customers c', undefined)
    const row = view.page.locator(`[data-query="${cursor.queryId}"]`)
    await row.getByText('running').waitFor()
    await row.getByRole('button', { name: /^Cancel query/ }).click()
    await view.page.locator(`[data-query="${cursor.queryId}"][data-state=cancelled]`).waitFor()
  })

  it('runs a statement and shows rows, types and plan', async () => {
    await view.page.getByLabel('Statement', { exact: true }).fill('SELECT 9007199254740993 AS big, NULL AS nothing')
    await view.page.getByLabel('with its plan').check()
    await view.press('Run')
    const rows = view.page.getByRole('region', { name: 'Rows' })
    await rows.getByText('9007199254740993').waitFor()
    expect(await rows.getByRole('columnheader').allTextContents()).toEqual([
      'bigLONG',
      expect.stringMatching(/^nothing/),
    ])
    expect(await rows.getByRole('cell').allTextContents()).toEqual(['9007199254740993', 'NULL'])
    expect(await view.page.locator('#plan').textContent()).not.toBe('')
    await view.page.getByLabel('Statement', { exact: true }).fill('SELECT nothing_there FROM orders')
    await view.page.keyboard.press('Control+Enter')
    await view.page.locator('#editor-said', { hasText: 'nothing_there' }).waitFor()
  })

  it('shows markup in statements, names and values as text', async () => {
    const markup = `<img src=x onerror="window.broken=1"><script>window.broken=1</script>`
    const sql = `SELECT '${markup}' AS "<b>name</b>" /* ${markup} */`
    await view.page.getByLabel('Statement', { exact: true }).fill(sql)
    await view.press('Run')
    const rows = view.page.getByRole('region', { name: 'Rows' })
    expect(await rows.getByRole('cell').textContent()).toBe(markup)
    expect(await rows.getByRole('columnheader').textContent()).toContain('<b>name</b>')
    await view.page.locator('#query-rows code', { hasText: markup }).first().waitFor()
    await view.page.getByLabel('Statement', { exact: true }).fill(`SELECT "${markup.replaceAll('"', '""')}"`)
    await view.press('Run')
    await view.page.locator('#editor-said.bad', { hasText: '<script>' }).waitFor()
    expect(await view.page.locator('main img, main script, main b').count()).toBe(0)
    expect(await view.page.evaluate('window.broken')).toBeUndefined()
    expect(watched.complaints.filter((text) => !/409/.test(text))).toEqual([])
  })

  it('runs only its own scripts, whatever data the page shows', async () => {
    await view.page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.broken=1">')`)
    await view.page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { text: 'window.broken=1' }))`,
    )
    await expect.poll(() => watched.complaints.join()).toContain('Content Security Policy')
    expect(await view.page.evaluate('window.broken')).toBeUndefined()
  })

  it.each(['127.0.0.1', 'localhost'] as const)('does nothing for a page of another origin, at %s', async (host) => {
    await using connection = await connect({ url: cluster.url, strategyStore: 'process' })
    await connection.query('SELECT 1 AS one')
    // The query is cleared in the background.
    await cluster.whenCalls((calls) => {
      const last = calls.at(-1)
      return /^clear/.test(last?.method ?? '') && last?.outcome === 'answered'
    })
    const callsBefore = cluster.calls()
    const changes: unknown[] = []
    const stopListening = cluster.on('availability', (change) => changes.push(change))
    await using attack = await AttackingPage.serve(String(cluster.adminUrl))
    const { page } = await openPage(browser)
    await page.goto(attack.url(host))
    await expect.poll(() => page.title()).toBe('tried')
    expect(changes).toEqual([])
    expect(cluster.calls()).toEqual(callsBefore)
    stopListening()
    expect(await page.evaluate('window.stolen')).toBeUndefined()
    const framed = page.frames().find((frame) => frame.url().startsWith(String(cluster.adminUrl)))
    expect(await framed?.locator('#switch').count()).toBeOneOf([0, undefined])
    await view.button('Start a demo load').waitFor()
    await page.context().close()
  })

  it('can be operated by keyboard only, and keeps the focus', async () => {
    const { active } = cluster
    const next = active === 'blue' ? 'green' : 'blue'
    await view.told(`Everything runs on ${active}`)
    await view.page.keyboard.press('Tab')
    expect(await focusedText(view)).toBe('Skip to the switch')
    await view.page.keyboard.press('Enter')
    await view.page.keyboard.press('Tab')
    expect(await focusedText(view)).toBe(`Deploy ${next}`)
    await view.page.keyboard.press('Tab')
    await view.page.keyboard.press('Enter')
    await view.told('is announced, not ready')
    expect(await focusedText(view)).toBe(`Announce ${next}`)
    await view.press('Roll back')
    await view.press(new RegExp(`^Retire ${next}`))
    await view.told(`Everything runs on ${active}`)
  })

  it.each([
    { name: 'light', colorScheme: 'light' as const, width: 1360 },
    { name: 'dark', colorScheme: 'dark' as const, width: 1360 },
    { name: 'phone', colorScheme: 'light' as const, width: 360 },
  ])('is accessible, fits, and is drawn, $name', async ({ name, colorScheme, width }) => {
    await using _load = await BackgroundLoad.start(cluster, ['reports'])
    cluster.inject({ method: 'authenticate', strategy: 'purple', fault: { kind: 'hold' } })
    await view.page.emulateMedia({ colorScheme })
    await view.page.setViewportSize({ width, height: 820 })
    await view.page.getByLabel('with its plan').check()
    await view.press('Run')
    await view.page.getByRole('region', { name: 'Plan' }).waitFor()
    await view.program('reports').waitFor()
    await view.page.locator('#fault-list li').waitFor()
    expect(await view.accessibilityFaults()).toEqual([])
    expect(await view.overflow()).toBe(0)
    await view.picture(name, { whole: true })
  })

  it('reconnects when the cluster is running again', async () => {
    await using other = await startCluster({ mode: 'in-process', rows: 100, consoleToken: 'one-for-both-clusters' })
    await view.open(String(other.consoleUrl))
    const { port } = new URL(String(other.adminUrl))
    await other.close()
    await view.page.locator('#link', { hasText: 'connection lost' }).waitFor()
    await using again = await startCluster({
      mode: 'in-process',
      rows: 100,
      adminPort: Number(port),
      initial: 'green',
      consoleToken: 'one-for-both-clusters',
    })
    await view.page.locator('#link', { hasText: 'live' }).waitFor()
    await view.told(`Everything runs on ${again.active}`)
  })
}

/** Connects; resolves once the login is released. */
async function startLogin({ url }: LocalCluster) {
  const done = connect({ url, strategyStore: 'process' })
  return { done, [Symbol.asyncDispose]: async () => (await done).close() }
}

async function focusedText({ page }: ConsolePage): Promise<string> {
  return String(await page.evaluate('document.activeElement.textContent'))
}
