/** Renews the picture of the console in README: a local cluster under load during a switch, taken in Chromium. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startCluster } from 'e6data-local-cluster'
import { launchChromium, openPage } from '../test/console/chromium.ts'
import { ConsolePage } from '../test/console/console-page.ts'

const PICTURE = fileURLToPath(new URL('../docs/console.png', import.meta.url))

/** Traffic before each switch, in milliseconds, so that the charts of the last minute show it. */
const TRAFFIC_MS = 9000

/** Time after the cut-over in which new work has moved and queries on the old deployment still run, in milliseconds. */
const DRAINING_MS = 1300

const browser = await launchChromium()
try {
  await using cluster = await startCluster({ rows: 60_000, batchRows: 1000 })
  const { page } = await openPage(browser)
  const view = new ConsolePage(page)
  await page.setViewportSize({ width: 1360, height: 1225 })
  await view.open(String(cluster.consoleUrl))
  await view.press('Start a demo load')
  for (const next of ['green', 'blue', 'green']) {
    await sleep(TRAFFIC_MS)
    await view.press(`Deploy ${next}`)
    await view.told(`New work belongs to ${next}`)
    if (next === 'green') await sleep(DRAINING_MS)
    await page.screenshot({ path: PICTURE })
    await view.told(`Everything runs on ${next}`)
  }
} finally {
  await browser.close()
}
