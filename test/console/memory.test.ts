import { startConsole } from 'e6data-local-cluster/console'
import type { CDPSession } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { CHROMIUM_MISSING, findChromium, launchChromium, openPage } from './chromium.ts'
import { FastFeed } from './fast-feed.ts'

if (findChromium()) describe('the memory of the console page, in Chromium', tests)
else console.warn(`${CHROMIUM_MISSING}: install it to run these tests`)

/** Compiled code varies by 0.1 MB; the samples of ten minutes take more than 1 MB. */
const MOST_GROWTH_BYTES = 500_000
const MOST_NEW_NODES = 300

interface Memory {
  readonly heapBytes: number
  readonly nodes: number
  readonly listeners: number
}

function tests(): void {
  it('is as large after ten more minutes of a busy cluster', { timeout: 240_000 }, async () => {
    const browser = await launchChromium()
    try {
      await using watching = await startConsole()
      const { page, complaints } = await openPage(browser)
      const feed = await FastFeed.install(page)
      const inspector = await page.context().newCDPSession(page)
      await page.goto(watching.url)
      await feed.begin()
      await feed.minutes(2)
      const before = await memoryOf(inspector)
      await feed.minutes(10)
      const after = await memoryOf(inspector)
      expect(await page.locator('#query-rows tr').count()).toBe(40)
      console.info(`the memory of the page, before and after: ${JSON.stringify([before, after])}`)
      expect(after.heapBytes - before.heapBytes).toBeLessThan(MOST_GROWTH_BYTES)
      expect(after.nodes - before.nodes).toBeLessThan(MOST_NEW_NODES)
      expect(after.listeners - before.listeners).toBeLessThan(MOST_NEW_NODES)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
    }
  })
}

/** The heap after garbage collection. */
async function memoryOf(inspector: CDPSession): Promise<Memory> {
  await inspector.send('HeapProfiler.enable')
  for (let round = 0; round < 3; round += 1) await inspector.send('HeapProfiler.collectGarbage')
  const { usedSize } = await inspector.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await inspector.send('Memory.getDOMCounters')
  return { heapBytes: usedSize, nodes, listeners: jsEventListeners }
}
